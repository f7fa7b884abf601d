"""The main path of an inbound run, from what was seen of HubSpot to a settled platform."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from stagedoor.engine import inbound as engine
from stagedoor.engine.batches import chunks
from stagedoor.engine.merge import Decision, Resolve, writes
from stagedoor.engine.present import heard_of
from stagedoor.extension import CreatingWriter, PlatformWriter
from stagedoor.mapping.document import MappingDocument
from stagedoor.model import Base, ObjectRef, Refusal, Side
from stagedoor.plugins import Plugins
from stagedoor.state.database import StateDatabase
from stagedoor.state.ledger import Ledger
from stagedoor.state.links import Links
from stagedoor.state.merges import Merges
from stagedoor.state.platform_rows import PlatformRows
from stagedoor.state.seen import Linked, SeenObjects
from stagedoor.state.sent import clear_in_flight, in_flight
from stagedoor.state.writing import Writing
from stagedoor.store.decisions import Decided
from stagedoor.sync.entries import seen_entries
from stagedoor.sync.inbound_letters import is_private, not_made, told_of, unreadable, untaken
from stagedoor.sync.newcomers import Newcomer, Newcomers, newcomers
from stagedoor.sync.our_side import Entry, OurObject, OurSide, entries_of
from stagedoor.sync.recovering import recover
from stagedoor.sync.writing_back import Written, begun_by, write_back

logger = logging.getLogger("stagedoor")

BATCH = 500
"""Objects that are decided, written and settled together."""
ATTEMPTS = 3
"""Times that an object is decided again since somebody edits the platform meanwhile."""


class Diary(Protocol):
    """Where decisions and conflicts are kept."""

    def waiting(self) -> Mapping[ObjectRef, frozenset[str]]:
        """Return the properties with an open conflict, by object."""

    def log(self, made: Sequence[Decided]) -> Sequence[int]:
        """Keep decisions before they are carried out; return their ids."""

    def drop(self, ids: Iterable[int]) -> None:
        """Forget decisions that could not be carried out."""

    def open(self, conflicts: Sequence[Decided]) -> None:
        """Keep conflicts that wait for a person."""

    def close(self, properties: Sequence[tuple[ObjectRef, str]]) -> None:
        """Close conflicts: both sides say the same by now."""

    def bury(self, refusals: Sequence[tuple[ObjectRef, Refusal]]) -> None:
        """Keep what could not be taken over as dead letters."""


@dataclass
class Inbound:
    """One inbound run on one portal's state."""

    database: StateDatabase
    ledger: Ledger
    plugins: Plugins
    document: MappingDocument
    diary: Diary
    writer: PlatformWriter
    run_id: str
    now: datetime
    resolve: Resolve = lambda _conflict: None
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    """What became of seen objects and of their properties, by entry."""

    def __post_init__(self) -> None:
        """Look at nothing yet."""
        self.seen = SeenObjects(self.database)
        self.links = Links(self.database, self.run_id)
        self.rows = PlatformRows(self.database)
        object_types = seen_entries(self.database, self.document, self.plugins.object_types)
        self.entries = entries_of(self.document, object_types, self.plugins)
        self.ours = OurSide(self.database, self.plugins, self.document, self.now)
        self._parked: set[str] = set()
        self.in_flight = in_flight(self.database)
        self._doubted: dict[ObjectRef, set[str]] = {}
        self.writing = Writing(self.database)
        self.newcomers = Newcomers(
            self.ledger, self.links, self.rows, self.ours, self.writing, self.now
        )

    def run(self) -> None:
        """Take over everything that was seen.

        Raises:
            Unavailable: The platform stopped answering; what was done is settled, the rest waits.
        """
        by_type: dict[str, list[Entry]] = {}
        for entry in self.entries:
            by_type.setdefault(entry.object_type.hubspot_type, []).append(entry)
        self.rows.reapply(self.now)
        self._recover()
        self.seen.forget_settled(self.now)
        for hubspot_type, entries in by_type.items():
            self._follow(hubspot_type, [entry.name for entry in entries])
            self._take_over(hubspot_type, {entry.name: entry for entry in entries})

    def _follow(self, hubspot_type: str, names: list[str]) -> None:
        """Let links follow what happened to whole records."""
        for told, moved in (
            ("merged", Merges(self.database, self.links).follow(hubspot_type, names)),
            ("deleted", self.links.delete(hubspot_type, names)),
            ("restored", self.links.restore(hubspot_type, names)),
        ):
            for item in moved:
                self._count(item.ref.object_type, told)
            self.diary.bury(
                [told_of(item) for item in moved if told == "merged" or is_private(item)]
            )

    def _take_over(self, hubspot_type: str, entries: Mapping[str, Entry]) -> None:
        for page in self.seen.linked(hubspot_type, entries):
            self._parked = set()
            left = [self._left(hubspot_type, entries, batch) for batch in chunks(page, BATCH)]
            done = {item.seen.hubspot_id for item in page}
            self.seen.park(hubspot_type, self._parked)
            self.seen.settle(hubspot_type, done.difference(*left, self._parked), self.now)

    def _left(
        self, hubspot_type: str, entries: Mapping[str, Entry], batch: Sequence[Linked]
    ) -> set[str]:
        """Settle a batch; return the HubSpot ids of what has to wait for the next run."""
        differing: list[engine.Seen] = []
        left: set[str] = set()
        living = [item for item in batch if not item.seen.archived]
        linked = [(item, item.base) for item in living if item.base is not None]
        linked += self._placed(hubspot_type, entries, [i for i in living if i.base is None])
        for item, base in linked:
            seen = self._seen(entries[base.ref.object_type], item, base)
            if seen.differing():
                differing.append(seen)
            else:
                self._count(base.ref.object_type, "echo")
        for name, entry in entries.items():
            mine = [seen for seen in differing if seen.ref.object_type == name]
            for _ in range(ATTEMPTS):
                mine = self._decide(entry, mine) if mine else []
            left |= {seen.hubspot_id for seen in mine}
        return left

    def _placed(
        self, hubspot_type: str, entries: Mapping[str, Entry], unlinked: Sequence[Linked]
    ) -> list[tuple[Linked, Base]]:
        """Find a place for records that nothing is linked to; return those that are linked now."""
        linked: list[tuple[Linked, Base]] = []
        waiting = {item.seen.hubspot_id: item for item in unlinked}
        for entry in entries.values():
            found = list(newcomers(entry, [item.seen for item in waiting.values()]))
            for hubspot_id, ref in self.newcomers.linked_again(entry, found).items():
                self._count(entry.name, "linked again")
                base = Base(ref, hubspot_id, "", {}, engine.DOUBTED)
                linked.append((waiting.pop(hubspot_id), base))
            expected = self.newcomers.expected(entry, found) & waiting.keys()
            self._parked |= expected
            free = [one for one in found if one.seen.hubspot_id in waiting.keys() - expected]
            made = self._make(entry, free) if entry.mapping.creates and free else set()
            waiting = {i: item for i, item in waiting.items() if i not in expected | made}
        for _ in waiting:
            self._count(hubspot_type, "not on the platform")
        return linked

    def _make(self, entry: Entry, found: Sequence[Newcomer]) -> set[str]:
        """Make rows of records; return the HubSpot ids of those that have, or will have, one."""
        done: set[str] = set()
        for one in self.newcomers.unknown(entry, found):
            if not isinstance(self.writer, CreatingWriter) or one.unreadable:
                self.diary.bury([not_made(entry, one)])
                continue
            ref, outcome, decisions = self.newcomers.make(self.writer, entry, one)
            if outcome.conflicts:
                # The platform has them since it was read last; or has edited what a run that was
                # cut off had made. With the next read of it they are merged.
                self._parked.add(one.seen.hubspot_id)
                self.ours.forget()
                done.add(one.seen.hubspot_id)
                continue
            if not decisions:
                self.diary.bury([not_made(entry, one, outcome)])
                continue
            self.diary.log([Decided(ref, one.seen.hubspot_id, d) for d in decisions])
            self.ours.forget()
            self._count(entry.name, "made")
            done.add(one.seen.hubspot_id)
        return done

    def _seen(self, entry: Entry, item: Linked, base: Base) -> engine.Seen:
        """Return a seen object in canonical text, with the base in the same spelling."""
        theirs: dict[str, str | None] = {}
        agreed: dict[str, str | None] = {}
        refusals: list[tuple[ObjectRef, Refusal]] = []
        unheard = self.in_flight.get(base.ref, ())
        for name, way in entry.ways.items():
            if name not in item.seen.properties or name in item.newer:
                continue
            try:
                theirs[name] = way.seen(item.seen.properties[name])
            except ValueError as error:
                refusals.append((base.ref, unreadable(name, str(error))))
                continue
            try:
                agreed[name] = way.seen(base.properties.get(name))
            except ValueError:
                agreed[name] = base.properties.get(name)
        self.diary.bury(refusals)
        arrived, doubted = heard_of(unheard, theirs, agreed)
        agreed |= arrived  # our own writes, of which we heard nothing
        self._doubted[base.ref] = doubted
        return engine.Seen(
            base.ref, base.hubspot_id, agreed, theirs, item.seen.times, item.seen.updated_at
        )

    def _decide(self, entry: Entry, batch: Sequence[engine.Seen]) -> list[engine.Seen]:
        """Decide, write and settle; return what the platform has otherwise than we thought."""
        ours = self.ours.look(entry, [seen.ref.key for seen in batch])
        waiting = self.diary.waiting()
        owners = {name: entry.mapping.properties[name].owner for name in entry.ways}
        decided: list[_Merged] = []
        for seen in batch:
            there = ours.get(seen.ref.key)
            if there is None or there.rows.main is None:
                self._count(entry.name, "no row")  # a guest, or gone from the platform
                self._parked.add(seen.hubspot_id)
                continue
            # An edit upon a write of ours that may, or may not, have arrived: nobody can tell.
            held = waiting.get(seen.ref, frozenset()) | self._doubted.get(seen.ref, set())
            if seen.theirs.get(entry.mapping.match_key, "") is None:
                held |= {entry.mapping.match_key}  # a person without it is nobody's any more
            made = engine.decide(seen, there.version, owners, self.resolve, held)
            decided.append(_Merged(seen, there, made))
        return self._carry_out(entry, decided)

    def _carry_out(self, entry: Entry, merged: Sequence[_Merged]) -> list[engine.Seen]:
        self.diary.open([Decided(m.seen.ref, m.seen.hubspot_id, d) for m, d in _open(merged)])
        self.diary.close(
            [(m.seen.ref, d.property) for m, d in _all(merged) if engine.is_agreement(d)]
        )
        made = [(m, d) for m, d in _all(merged) if not d.is_open and not engine.is_agreement(d)]
        ids = self.diary.log([Decided(m.seen.ref, m.seen.hubspot_id, d) for m, d in made])
        logged = {
            (m.seen.ref, d.property): number for (m, d), number in zip(made, ids, strict=True)
        }
        wanted = {m.seen.ref: (m.ours.rows, writes(m.decisions, Side.PLATFORM)) for m in merged}
        theirs = {m.seen.ref: m.seen.theirs for m in merged}
        begun = {ref: (rows, values, theirs[ref]) for ref, (rows, values) in wanted.items()}
        self.writing.begin(list(begun_by(entry, begun)))
        written = write_back(self.writer, entry, wanted)
        self.rows.patch(written.patches, self.now, ours=True)
        self.rows.patch(written.found, self.now, ours=False)
        if written.patches or written.found:
            self.ours.forget()
        self.diary.drop(
            logged[place] for place in (*written.conflicts, *written.invalid) if place in logged
        )
        self.diary.bury([(ref, untaken(n, why)) for (ref, n), why in written.invalid.items()])
        self._settle(entry, merged, written)
        again = {ref for ref, _ in written.conflicts}
        arrived = self._recover() if again else {}
        return [_with_base(m.seen, arrived) for m in merged if m.seen.ref in again]

    def _recover(self) -> dict[tuple[ObjectRef, str], str | None]:
        """Agree to what the platform holds by a write of ours that was cut short."""
        return recover(self.ledger, self.writing)

    def _settle(self, entry: Entry, merged: Sequence[_Merged], written: Written) -> None:
        bases: list[Base] = []
        for m in merged:
            failed = {n for ref, n in (*written.conflicts, *written.invalid) if ref == m.seen.ref}
            good = [d for d in m.decisions if d.property not in failed]
            self._tally(m.seen.ref.object_type, m.decisions, failed)
            if agreed := engine.agreed(good):
                match = agreed.get(entry.mapping.match_key) or m.ours.match_value
                bases.append(Base(m.seen.ref, m.seen.hubspot_id, match, agreed, engine.DOUBTED))
        self.ledger.settle(bases)
        settled = [(base.ref, name) for base in bases for name in base.properties]
        clear_in_flight(self.database, settled, self.in_flight)
        self.writing.end([*settled, *written.invalid])

    def _tally(self, entry: str, decisions: Iterable[Decision], failed: set[str]) -> None:
        for d in decisions:
            if d.property in failed:
                self._count(entry, "not taken")
            elif d.is_open:
                self._count(entry, "conflicts")
            elif engine.is_agreement(d):
                self._count(entry, "agreed")
            else:
                self._count(entry, "to platform" if d.value != d.ours else "to HubSpot")

    def _count(self, entry: str, what: str) -> None:
        self.counts.setdefault(entry, Counter())[what] += 1


@dataclass(frozen=True, slots=True)
class _Merged:
    """One object after the merge."""

    seen: engine.Seen
    ours: OurObject
    decisions: tuple[Decision, ...]


def _with_base(
    seen: engine.Seen, arrived: Mapping[tuple[ObjectRef, str], str | None]
) -> engine.Seen:
    mine = {name: value for (ref, name), value in arrived.items() if ref == seen.ref}
    return replace(seen, base={**seen.base, **mine}) if mine else seen


def _all(merged: Sequence[_Merged]) -> Iterator[tuple[_Merged, Decision]]:
    for m in merged:
        yield from ((m, d) for d in m.decisions)


def _open(merged: Sequence[_Merged]) -> Iterator[tuple[_Merged, Decision]]:
    return ((m, d) for m, d in _all(merged) if d.is_open)
