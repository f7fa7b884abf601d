"""A HubSpot in a dictionary, for sequences that must be cheap.

It has the rules that matter for two ways: an upsert finds its record by address, addresses are
unique, a read by a merged id leads to the winner, a batch update leaves out ids that it does not
know, and every change has a time of HubSpot's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from stagedoor.hubspot.outcomes import gone
from stagedoor.model import (
    Action,
    AssociationBatch,
    Change,
    ObjectBatch,
    Outcome,
    PairOutcome,
    Refusal,
    RemoteObject,
    Status,
)

START = datetime(2026, 11, 1, tzinfo=UTC)
KEY = "email"


class Clock:
    """Time that only moves when it is asked for."""

    def __init__(self) -> None:
        self.ticks = 0

    def __call__(self) -> datetime:
        self.ticks += 1
        return START + timedelta(seconds=self.ticks)


@dataclass
class Record:
    """One contact."""

    hubspot_id: str
    properties: dict[str, str | None]
    updated_at: datetime
    times: dict[str, datetime] = field(default_factory=dict)
    archived: bool = False
    secondary: set[str] = field(default_factory=set)
    """Addresses of records that were merged into it."""


class DictHubSpot:
    """Contacts by id."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.records: dict[str, Record] = {}
        self.moved: dict[str, str] = {}
        """Merged ids, and the winner's."""
        self.merged_at: dict[str, datetime] = {}
        """When the winner was first said to be merged of an id."""
        self.reads = 0
        self.log: list[tuple[str, str, str | None, str | None]] = []
        """Our writes: id, property, before, after."""
        self.fails: list[str] = []
        """What happens to the next writes: `refused` or `unheard`; nothing when it is empty."""
        self.on_write: Any = lambda *_arguments: None
        """Called before each of our writes: object's key, id, property, value, is it a new one."""
        self._ids = 100

    # what people do

    def make(self, properties: Mapping[str, str | None]) -> str:
        """Make a contact by hand."""
        hubspot_id, now = self._next_id(), self.clock()
        times = dict.fromkeys(properties, now)
        self.records[hubspot_id] = Record(hubspot_id, dict(properties), now, times)
        return hubspot_id

    def edit(self, hubspot_id: str, name: str, value: str | None) -> None:
        """Edit a property by hand."""
        self._set(self.records[hubspot_id], name, value)

    def merge(self, winner: str, loser: str, *, anew: bool = False) -> str:
        """Merge two contacts by hand: the winner keeps its values, and fills its gaps.

        Return the id of what they have become: the winner's, or one that neither had.
        """
        kept, lost = self.records.pop(winner), self.records.pop(loser)
        for name, value in lost.properties.items():
            if kept.properties.get(name) is None and name != KEY:
                self._set(kept, name, value)
        kept.secondary |= {*lost.secondary, *filter(None, [lost.properties.get(KEY)])}
        if anew:
            kept.hubspot_id = self._next_id()
        became = kept.hubspot_id
        self.records[became] = kept
        kept.updated_at = self.clock()
        gone = [i for i in (winner, loser) if i != became]
        gone += [i for i, w in self.moved.items() if w in gone]
        self.moved |= dict.fromkeys(gone, became)
        self.merged_at |= dict.fromkeys(gone, kept.updated_at)
        return became

    def archive(self, hubspot_id: str) -> None:
        """Delete a contact by hand."""
        record = self.records[hubspot_id]
        record.archived, record.updated_at = True, self.clock()

    def restore(self, hubspot_id: str) -> None:
        """Restore a contact by hand."""
        record = self.records[hubspot_id]
        record.archived, record.updated_at = False, self.clock()

    def is_taken(self, address: str, besides: str | None = None) -> bool:
        """Whether a contact has an address."""
        found = self._owner(address)
        return found is not None and found.hubspot_id != besides

    def living(self) -> list[Record]:
        """Return the contacts that are not deleted."""
        return [record for record in self.records.values() if not record.archived]

    # what the engine calls

    def push(self, batch: ObjectBatch) -> list[Outcome]:
        """Write a batch, unless something comes between."""
        failure = self.fails.pop(0) if self.fails else ""
        if failure == "refused":
            raise ConnectionError
        outcomes = [self._write(batch.action, change) for change in batch.changes]
        if failure == "unheard":
            raise ConnectionError
        return outcomes

    def associate(self, batch: AssociationBatch) -> list[PairOutcome]:
        """There are no companies here."""
        raise NotImplementedError

    dissociate = associate

    def read_by(
        self, _type: str, by: str | None, values: Sequence[str], names: Sequence[str]
    ) -> dict[str, RemoteObject]:
        """Return contacts by id or by address."""
        self.reads += 1
        found = {v: self._owner(v) if by else self.records.get(v) for v in values}
        return {
            value: RemoteObject(r.hubspot_id, {n: r.properties.get(n) for n in names}, r.updated_at)
            for value, r in found.items()
            if r is not None and not r.archived
        }

    def record(self, hubspot_id: str) -> dict[str, Any] | None:
        """Return a live contact as the tap reads it."""
        found = self._known(hubspot_id)
        if found is None:
            return None
        return {
            "id": found.hubspot_id,
            "updated_at": found.updated_at.isoformat(),
            "archived": found.archived,
            "properties": dict(found.properties),
            "merged_ids": [i for i, winner in self.moved.items() if winner == found.hubspot_id],
            "property_times": {n: at.isoformat() for n, at in found.times.items()},
        }

    def _write(self, action: Action, change: Change) -> Outcome:
        wanted = change.after.get(KEY) or change.match_value
        if action is Action.UPDATE:
            record = self.records.get(change.hubspot_id or "")
            if record is None or record.archived:
                return gone(change)
        else:
            record = self._owner(change.match_value)
        if self.is_taken(wanted, record.hubspot_id if record else None):
            why = Refusal("VALUE_TAKEN", "taken", "wait")
            return Outcome(change.ref, Status.DEFERRED, refusal=why)
        status = Status.UPDATED if record else Status.CREATED
        if record is None:
            record = self.records[self.make({KEY: change.match_value})]
            self.on_write(change.ref.key, record.hubspot_id, KEY, change.match_value, True)
        for name, value in change.after.items():
            if action is Action.CREATE and name == KEY:
                continue
            self.log.append((record.hubspot_id, name, record.properties.get(name), value))
            self.on_write(change.ref.key, record.hubspot_id, name, value, False)
            self._set(record, name, value)
        return Outcome(
            change.ref,
            status,
            hubspot_id=record.hubspot_id,
            returned={n: record.properties.get(n) for n in change.after},
            written_at=record.updated_at,
        )

    def _set(self, record: Record, name: str, value: str | None) -> None:
        record.updated_at = record.times[name] = self.clock()
        record.properties[name] = value

    def _next_id(self) -> str:
        self._ids += 1
        return str(self._ids)

    def _known(self, hubspot_id: str) -> Record | None:
        return self.records.get(self.moved.get(hubspot_id, hubspot_id))

    def _owner(self, address: str) -> Record | None:
        for record in self.living():
            if address == record.properties.get(KEY) or address in record.secondary:
                return record
        return None
