"""Our own writes of two-way properties to HubSpot: those on their way, and when others arrived.

A tap may read an object, then an outbound run writes it, and only then the record reaches us: it
says nothing of what we wrote. And the answer to a write may be lost: what HubSpot holds then may
be our own value, that nobody has agreed to yet. Without this, both would look like edits.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

import pyarrow as pa

from stagedoor.model import ObjectBatch, ObjectRef, Outcome, Properties, Status
from stagedoor.state.database import StateDatabase
from stagedoor.state.moments import in_utc
from stagedoor.state.platform_rows import IN_FLIGHT

ANSWERED = ("OBJECT_GONE", "VALUE_TAKEN")
"""Codes of refusals after which a change is tried again; it was not carried out."""

InFlight: TypeAlias = Mapping[ObjectRef, tuple[Properties, ...]]
"""Writes that we sent and heard nothing of, oldest first."""


class Sent:
    """Our own writes of one portal's two-way properties."""

    def __init__(self, database: StateDatabase, properties: Mapping[str, Collection[str]]) -> None:
        """Note writes of `properties`, by entry of the mapping."""
        self._database = database
        self._properties = properties

    def intend(self, batches: Iterable[ObjectBatch]) -> Iterator[ObjectBatch]:
        """Yield each batch after its values are noted as on their way; durable by then."""
        for batch in batches:
            self._intend(batch)
            yield batch

    def _intend(self, batch: ObjectBatch) -> None:
        names = self._properties.get(batch.object_type) or ()
        told = [
            (change.ref.key, change.match_value, json.dumps(_boxed(mine), ensure_ascii=False))
            for change in batch.changes
            if (mine := {n: v for n, v in change.after.items() if n in names})
        ]
        if not told:
            return
        keys, values, properties = zip(*told, strict=True)
        table = pa.table({"key": keys, "match_value": values, "properties": properties})
        with self._database.registered("leaving_now", table):
            self._database.execute(
                "INSERT INTO inbound.sending SELECT ?, * FROM leaving_now", [batch.object_type]
            )

    def _heard(self, batch: ObjectBatch, answered: Collection[ObjectRef]) -> None:
        """Take what was answered out of what is on its way; older values of others stay."""
        sent = {c.ref.key: {*c.after, *c.kept} for c in batch.changes if c.ref in answered}
        waiting = self._database.rows(
            "SELECT key, match_value, properties FROM inbound.sending WHERE object_type = ? "
            "AND key IN (SELECT unnest(?::VARCHAR[])) ORDER BY rowid",
            [batch.object_type, list(sent)],
        )
        self._database.execute(
            "DELETE FROM inbound.sending WHERE object_type = ? "
            "AND key IN (SELECT unnest(?::VARCHAR[]))",
            [batch.object_type, list(sent)],
        )
        for key, match_value, told in waiting:
            left = {n: v for n, v in json.loads(told).items() if n not in sent[key]}
            if left:
                self._database.execute(
                    "INSERT INTO inbound.sending VALUES (?, ?, ?, ?)",
                    [batch.object_type, key, match_value, json.dumps(left, ensure_ascii=False)],
                )

    def _made_anew(
        self,
        batch: ObjectBatch,
        answers: Mapping[ObjectRef, Outcome],
        mine: Mapping[ObjectRef, list[str]],
    ) -> None:
        """Note by which match values objects had been sent before they were made now.

        Nothing was found by these, so a record that was made then is gone; a read of it may come,
        even after the object has another match value.
        """
        made = [
            (change.ref.key, int(bool(mine[change.ref])), in_utc(outcome.written_at))
            for change in batch.changes
            if (outcome := answers.get(change.ref)) is not None
            and outcome.status is Status.CREATED
            and outcome.written_at is not None
        ]
        if made:
            self._database.execute(
                "INSERT INTO inbound.made_anew SELECT DISTINCT * FROM ("
                "SELECT s.object_type, s.key, s.match_value, m.made_at "
                "FROM inbound.sending s JOIN (SELECT unnest(?::VARCHAR[]) AS key, "
                "unnest(?::INTEGER[]) AS this_time, unnest(?::TIMESTAMP[]) AS made_at) m "
                "USING (key) WHERE s.object_type = ? "
                "QUALIFY row_number() OVER (PARTITION BY s.key ORDER BY s.rowid DESC) "
                "> m.this_time)",
                [*map(list, zip(*made, strict=True)), batch.object_type],
            )

    def note(self, batch: ObjectBatch, outcomes: Sequence[Outcome]) -> None:
        """Note what was answered, with HubSpot's own time of a write; durable on return."""
        names = self._properties.get(batch.object_type)
        if not names:
            return
        answers = {o.ref: o for o in outcomes if not _is_unknown(o)}
        mine = {c.ref: [n for n in c.after if n in names] for c in batch.changes}
        rows = [
            (ref.key, mine[ref], in_utc(outcome.written_at))
            for ref, outcome in answers.items()
            if mine.get(ref) and outcome.written_at is not None
        ]
        with self._database.transaction():
            self._made_anew(batch, answers, mine)
            self._heard(batch, answers.keys())
            if rows:
                self._database.execute(
                    "INSERT INTO inbound.sent SELECT ?, unnest(?::VARCHAR[]), "
                    "unnest(?::VARCHAR[][]), unnest(?::TIMESTAMP[]), NULL",
                    [batch.object_type, *map(list, zip(*rows, strict=True))],
                )


@dataclass(frozen=True, slots=True)
class AgreedAt:
    """Properties on which both sides agree by what HubSpot was found to hold.

    A read from before says nothing of them, unless it has the edit that was made upon that.
    """

    ref: ObjectRef
    names: tuple[str, ...]
    moment: datetime
    """When the object had changed last in HubSpot, as it was found."""
    edits: Properties = field(default_factory=dict)
    """What HubSpot holds instead of what was agreed, in canonical text."""


def note_agreed(database: StateDatabase, agreed: Iterable[AgreedAt]) -> None:
    """Note what was agreed, for `SeenObjects.linked` to heed; durable on return."""
    for item in agreed:
        database.execute(
            "INSERT INTO inbound.sent VALUES (?, ?, ?, ?, ?)",
            [
                item.ref.object_type,
                item.ref.key,
                list(item.names),
                in_utc(item.moment),
                json.dumps(item.edits, ensure_ascii=False) if item.edits else None,
            ],
        )


def _is_unknown(outcome: Outcome) -> bool:
    """Whether HubSpot's answer does not say if it carried a change out."""
    told = outcome.refusal.code if outcome.refusal else None
    return outcome.status is Status.DEFERRED and told not in ANSWERED


def in_flight(database: StateDatabase) -> dict[ObjectRef, tuple[Properties, ...]]:
    """Return the writes of which nothing was heard, oldest first, by object."""
    found: dict[ObjectRef, tuple[Properties, ...]] = {}
    for name, key, told in database.rows(
        "SELECT object_type, key, properties FROM inbound.sending ORDER BY rowid"
    ):
        write = {n: v[0] if v else None for n, v in json.loads(told).items()}
        ref = ObjectRef(name, key)
        found[ref] = (*found.get(ref, ()), write)
    return found


def sent_as(database: StateDatabase) -> dict[ObjectRef, tuple[str, ...]]:
    """Return by which match values objects were sent of which nothing was heard, latest first."""
    found: dict[ObjectRef, tuple[str, ...]] = {}
    for name, key, match_value in database.rows(
        "SELECT object_type, key, match_value FROM inbound.sending ORDER BY rowid DESC"
    ):
        ref = ObjectRef(name, key)
        found[ref] = (*found.get(ref, ()), match_value)
    return found


def clear_in_flight(
    database: StateDatabase, places: Iterable[tuple[ObjectRef, str]], known: InFlight
) -> None:
    """Forget values of which it has turned out what HubSpot holds."""
    gone: dict[ObjectRef, set[str]] = {}
    for ref, name in places:
        if any(name in write for write in known.get(ref, ())):
            gone.setdefault(ref, set()).add(name)
    for ref, names in gone.items():
        place = [ref.object_type, ref.key]
        told = database.rows(
            "SELECT match_value, properties FROM inbound.sending "
            "WHERE object_type = ? AND key = ? ORDER BY rowid",
            place,
        )
        with database.transaction():
            database.execute("DELETE FROM inbound.sending WHERE object_type = ? AND key = ?", place)
            for match_value, properties in told:
                left = {n: v for n, v in json.loads(properties).items() if n not in names}
                if left:
                    database.execute(
                        "INSERT INTO inbound.sending VALUES (?, ?, ?, ?)",
                        [*place, match_value, json.dumps(left, ensure_ascii=False)],
                    )


def forget_sent(database: StateDatabase, now: datetime) -> None:
    """Forget writes that every read knows which may still come, or waits already."""
    for table, written in (("sent", "sent_at"), ("made_anew", "made_at")):
        database.execute(
            f"DELETE FROM inbound.{table} WHERE {written} < least(?::TIMESTAMP, "
            "coalesce((SELECT min(arrived_at) FROM inbound.seen), ?::TIMESTAMP)) - " + IN_FLIGHT,
            [in_utc(now)] * 2,
        )


def _boxed(properties: Properties) -> dict[str, list[str]]:
    return {name: [] if value is None else [value] for name, value in properties.items()}
