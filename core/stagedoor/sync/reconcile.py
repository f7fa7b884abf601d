"""Compares both sides as they are now, whatever the ledger says, and mends what has drifted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias

from stagedoor.engine.batches import MAX_OBJECTS, chunks
from stagedoor.extension import ObjectType
from stagedoor.hubspot.portal import Portal
from stagedoor.mapping.document import ObjectMapping
from stagedoor.mapping.mapper import ObjectMapper
from stagedoor.mapping.properties import Property, UpdateMode
from stagedoor.model import Base, ObjectRef, Properties, RemoteObject
from stagedoor.state.links import Held, Links
from stagedoor.state.pending import CHUNK
from stagedoor.state.replica import quoted
from stagedoor.state.seen import SeenObject, SeenObjects
from stagedoor.sync.outbound import planner_for
from stagedoor.sync.session import Session

EXAMPLES = 3
"""Objects that are named for each property that has drifted."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One linked object: what was agreed, what the platform says, and what HubSpot holds."""

    base: Base
    desired: Properties
    held: Properties | None
    """Canonical; nothing where HubSpot does not have it."""


@dataclass
class Drift:
    """What differs, by entry and property."""

    compared: Counter[str] = field(default_factory=Counter)
    missing: dict[str, list[ObjectRef]] = field(default_factory=dict)
    """Objects that HubSpot does not have any more, by entry."""
    properties: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], list[ObjectRef]] = field(default_factory=dict)

    def add(self, ref: ObjectRef, name: str) -> None:
        """Note that a property of an object differs."""
        place = (ref.object_type, name)
        self.properties[place] += 1
        if len(self.examples.setdefault(place, [])) < EXAMPLES:
            self.examples[place].append(ref)

    @property
    def is_empty(self) -> bool:
        """Whether both sides say the same."""
        return not self.properties and not any(self.missing.values())

    def lines(self) -> Iterator[str]:
        """Yield what differs in words, without values."""
        for entry, number in self.compared.items():
            yield f"{entry}: {number:,} compared"
            for ref in self.missing.get(entry, [])[:EXAMPLES]:
                yield f"  not in HubSpot any more: {ref.key}"
            for (owner, name), count in self.properties.most_common():
                if owner == entry:
                    keys = ", ".join(ref.key for ref in self.examples[owner, name])
                    yield f"  {name} differs of {count:,}, such as {keys}"
        if self.is_empty:
            yield "Both sides say the same."


Repairs: TypeAlias = list[Base]


@dataclass
class Reconciling:
    """One comparison, and what it mends."""

    session: Session
    portal: Portal
    repair: bool = False
    drift: Drift = field(default_factory=Drift)

    def run(self) -> Drift:
        """Compare every linked object; with `repair`, let the ledger say what HubSpot holds.

        What differs is then an ordinary difference: the next push writes what the platform says,
        and edits of properties that go both ways are merged as if a tap had read them.
        """
        planner = planner_for(self.session)
        planner.compute()
        for object_type in planner.object_types:
            mapping = self.session.document.objects[object_type.name]
            for chunk in self._linked(object_type, mapping):
                self._compare(object_type, mapping, chunk)
        return self.drift

    def _linked(
        self, object_type: ObjectType, mapping: ObjectMapping
    ) -> Iterator[list[tuple[Base, Properties]]]:
        """Yield linked objects that are desired, with what the platform says of them."""
        database, name = self.session.database, object_type.name
        mapper = ObjectMapper(name, mapping, self.session.plugins.codecs)
        after = ""
        while True:
            cursor = database.execute(
                f"SELECT * FROM {quoted('desired_' + name)} d WHERE key > ? AND key IN "
                "(SELECT key FROM ledger.objects WHERE object_type = ?) ORDER BY key LIMIT ?",
                [after, name, CHUNK],
            )
            columns = [column[0] for column in cursor.description]
            rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
            if not rows:
                return
            after = rows[-1]["key"]
            found = [mapper.map(row).desired for row in rows]
            pairs = [(self.session.ledger.base(d.ref), d) for d in found if d is not None]
            yield [(base, d.properties) for base, d in pairs if base is not None]

    def _compare(
        self,
        object_type: ObjectType,
        mapping: ObjectMapping,
        linked: Sequence[tuple[Base, Properties]],
    ) -> None:
        names = [n for n, p in mapping.properties.items() if _is_compared(p)]
        there = self._read(object_type, [base.hubspot_id for base, _ in linked], names)
        repairs: list[Base] = []
        edited: list[tuple[Base, RemoteObject]] = []
        for base, desired in linked:
            self.drift.compared[object_type.name] += 1
            remote = there.get(base.hubspot_id)
            if remote is None:
                self.drift.missing.setdefault(object_type.name, []).append(base.ref)
                continue
            held = self._canonical(mapping, remote.properties, names)
            differing = [n for n in names if n in desired and held[n] != desired[n]]
            for name in differing:
                self.drift.add(base.ref, name)
            one_way = {n: held[n] for n in differing if not mapping.properties[n].inbound}
            if one_way:
                repairs.append(
                    Base(base.ref, base.hubspot_id, base.match_value, one_way, "doubted")
                )
            if len(one_way) < len(differing):
                edited.append((base, remote))
        if self.repair:
            self.session.ledger.settle(repairs)
            self._see(object_type, mapping, edited)
            self._hold(object_type)

    def _read(
        self, object_type: ObjectType, ids: Sequence[str], names: Sequence[str]
    ) -> dict[str, RemoteObject]:
        """Return HubSpot's objects by id, one call for 100 of them."""

        def read(chunk: tuple[str, ...]) -> Mapping[str, RemoteObject]:
            return self.portal.read_by(object_type.hubspot_type, None, chunk, names)

        in_flight = self.session.settings.max_in_flight
        with ThreadPoolExecutor(in_flight, thread_name_prefix="reconcile") as pool:
            found = list(pool.map(read, chunks(ids, MAX_OBJECTS)))
        return {hubspot_id: remote for part in found for hubspot_id, remote in part.items()}

    def _canonical(
        self, mapping: ObjectMapping, held: Properties, names: Sequence[str]
    ) -> dict[str, str | None]:
        codecs = self.session.plugins.codecs
        found: dict[str, str | None] = {}
        for name in names:
            text = held.get(name) or None
            try:
                found[name] = codecs[mapping.properties[name].codec].encode(text)
            except ValueError:
                found[name] = text
        return found

    def _see(
        self,
        object_type: ObjectType,
        mapping: ObjectMapping,
        edited: Sequence[tuple[Base, RemoteObject]],
    ) -> None:
        """Let an inbound run look at edits as if a tap had read them."""
        names = {*mapping.two_way, mapping.match_key}
        seen = [
            SeenObject(
                base.hubspot_id,
                remote.updated_at,
                archived=False,
                properties={n: remote.properties.get(n) or None for n in names},
                times={},
            )
            for base, remote in edited
        ]
        SeenObjects(self.session.database).absorb(object_type.hubspot_type, seen, datetime.now(UTC))

    def _hold(self, object_type: ObjectType) -> None:
        """Leave alone what goes both ways and was deleted in HubSpot, unheard."""
        if not self.session.document.objects[object_type.name].two_way:
            return
        missing = self.drift.missing.get(object_type.name, [])
        bases = [self.session.ledger.base(ref) for ref in missing]
        gone = [(b.hubspot_id, Held.ARCHIVED, None) for b in bases if b is not None]
        links = Links(self.session.database, self.session.run_id)
        links.absorb_deletions(object_type.hubspot_type, gone, datetime.now(UTC))
        links.delete(object_type.hubspot_type, [object_type.name])


def _is_compared(rule: Property) -> bool:
    """Whether both sides are to say the same: what is only filled or added to may differ."""
    return rule.update_mode is UpdateMode.OVERWRITE
