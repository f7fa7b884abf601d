"""Decides a batch of edits, writes the platform, and settles what both sides agree on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from stagedoor.engine import inbound as engine
from stagedoor.engine.merge import Decision, Resolve, writes
from stagedoor.extension import PlatformWriter
from stagedoor.model import Base, Owner, Side
from stagedoor.state.database import StateDatabase
from stagedoor.state.ledger import Ledger
from stagedoor.state.platform_rows import PlatformRows
from stagedoor.state.sent import InFlight, clear_in_flight
from stagedoor.state.writing import Writing
from stagedoor.store.decisions import Decided
from stagedoor.sync.diary import Diary
from stagedoor.sync.inbound_letters import untaken
from stagedoor.sync.our_side import Entry, OurObject, OurSide
from stagedoor.sync.recovering import recover
from stagedoor.sync.tally import Tally
from stagedoor.sync.writing_back import Place, Written, begun_by, write_back

ATTEMPTS = 3
"""Times that an object is decided again since somebody edits the platform meanwhile."""

FAVOUR_HUBSPOT = (Owner.HUBSPOT, Owner.IF_EMPTY)
"""Rules by which HubSpot's value would take the place of an edit that was made upon it."""


@dataclass
class Left:
    """The HubSpot ids of what is not settled."""

    waiting: set[str] = field(default_factory=set)
    """Until the next run."""
    parked: set[str] = field(default_factory=set)
    """Until the platform has been read again."""


@dataclass(frozen=True, slots=True)
class _Merged:
    """One object after the merge."""

    seen: engine.Seen
    ours: OurObject
    decisions: tuple[Decision, ...]

    def decided(self) -> Iterator[Decided]:
        """Yield the decisions as they are kept."""
        return (Decided(self.seen.ref, self.seen.hubspot_id, d) for d in self.decisions)


@dataclass
class Deciding:
    """What one run decides, writes and settles."""

    database: StateDatabase
    ledger: Ledger
    writer: PlatformWriter
    diary: Diary
    ours: OurSide
    in_flight: InFlight
    resolve: Resolve
    tally: Tally
    now: datetime

    def __post_init__(self) -> None:
        """Work on the rows of `database`."""
        self.rows = PlatformRows(self.database)
        self.writing = Writing(self.database)

    def settle(self, entry: Entry, differing: Sequence[engine.Seen]) -> Left:
        """Settle objects that HubSpot holds otherwise than was agreed; say what is left."""
        left = Left()
        again = list(differing)
        for _ in range(ATTEMPTS):
            again = self._attempt(entry, again, left) if again else []
        left.waiting |= {seen.hubspot_id for seen in again}
        return left

    def _attempt(self, entry: Entry, batch: Sequence[engine.Seen], left: Left) -> list[engine.Seen]:
        """Decide, write and settle; return what the platform has otherwise than we thought."""
        merged = list(self._merged(entry, batch, left))
        self._keep_conflicts(merged)
        logged = self._log(merged)
        written = self._write(entry, merged)
        failed = {*written.conflicts, *written.invalid}
        self.diary.drop(logged[place] for place in failed if place in logged)
        self.diary.bury([(ref, untaken(n, why)) for (ref, n), why in written.invalid.items()])
        self._agree(entry, merged, written, failed)
        again = {ref for ref, _ in written.conflicts}
        arrived = recover(self.ledger, self.writing) if again else {}
        return [_with_base(m.seen, arrived) for m in merged if m.seen.ref in again]

    def _merged(self, entry: Entry, batch: Sequence[engine.Seen], left: Left) -> Iterator[_Merged]:
        """Yield objects with what is decided about them; those without a row are parked."""
        ours = self.ours.look(entry, [seen.ref.key for seen in batch])
        waiting = self.diary.waiting()
        doubted = self.writing.doubted()
        owners = {name: entry.mapping.properties[name].owner for name in entry.ways}
        for seen in batch:
            there = ours.get(seen.ref.key)
            if there is None or there.rows.main is None:
                self.tally.count(entry.name, "no row")  # a guest, or gone from the platform
                left.parked.add(seen.hubspot_id)
                continue
            held = waiting.get(seen.ref, frozenset()) | seen.doubted
            held |= {n for n in doubted.get(seen.ref, ()) if owners.get(n) in FAVOUR_HUBSPOT}
            if seen.theirs.get(entry.mapping.match_key, "") is None:
                held |= {entry.mapping.match_key}  # a person without it is nobody's any more
            rules = owners
            if there.rows.main.changed_at is None and (late := _asking_when(seen, there, owners)):
                left.parked.add(seen.hubspot_id)
                rules = {name: owner for name, owner in owners.items() if name not in late}
            made = engine.decide(seen, there.version, rules, self.resolve, held)
            yield _Merged(seen, there, made)

    def _keep_conflicts(self, merged: Sequence[_Merged]) -> None:
        told = [one for m in merged for one in m.decided()]
        self.diary.open([one for one in told if one.decision.is_open])
        self.diary.close(
            [(one.ref, one.decision.property) for one in told if engine.is_agreement(one.decision)]
        )

    def _log(self, merged: Sequence[_Merged]) -> dict[Place, int]:
        """Keep what is decided, before it is carried out; return the ids."""
        made = [one for m in merged for one in m.decided() if engine.is_closed(one.decision)]
        ids = self.diary.log(made)
        return {(one.ref, one.decision.property): n for one, n in zip(made, ids, strict=True)}

    def _write(self, entry: Entry, merged: Sequence[_Merged]) -> Written:
        """Give the platform what was decided; noted before, and taken over after."""
        wanted = {m.seen.ref: (m.ours.rows, writes(m.decisions, Side.PLATFORM)) for m in merged}
        theirs = {m.seen.ref: m.seen.theirs for m in merged}
        begun = list(begun_by(entry, {ref: (*pair, theirs[ref]) for ref, pair in wanted.items()}))
        self.writing.begin(begun)
        written = write_back(self.writer, entry, wanted)
        self.writing.withdraw(written.conflicts, begun)
        self.rows.patch(written.patches, self.now, ours=True)
        self.rows.patch(written.found, self.now, ours=False)
        if written.patches or written.found:
            self.ours.forget()
        return written

    def _agree(
        self, entry: Entry, merged: Sequence[_Merged], written: Written, failed: Collection[Place]
    ) -> None:
        """Let the ledger know what HubSpot holds, of all that was decided and could be written."""
        bases: list[Base] = []
        for m in merged:
            ref = m.seen.ref
            bad = {name for other, name in failed if other == ref}
            self.tally.decided(ref.object_type, m.decisions, bad)
            if agreed := engine.agreed(d for d in m.decisions if d.property not in bad):
                match = agreed.get(entry.mapping.match_key) or m.ours.match_value
                bases.append(Base(ref, m.seen.hubspot_id, match, agreed, engine.DOUBTED))
        settled = [(base.ref, name) for base in bases for name in base.properties]
        asked = [(m.seen.ref, d.property) for m in merged for d in m.decisions if d.is_open]
        with self.ledger.transaction():
            self.ledger.settle(bases)
            clear_in_flight(self.database, settled, self.in_flight)
            self.writing.end([*settled, *written.invalid, *asked])


def _asking_when(seen: engine.Seen, ours: OurObject, owners: Mapping[str, Owner]) -> frozenset[str]:
    """Return the properties that both sides changed, and of which a rule asks when."""
    told = ours.version.properties
    return frozenset(
        name
        for name, theirs in seen.differing().items()
        if owners.get(name) is Owner.NEWEST
        and told.get(name, seen.base.get(name)) not in (theirs, seen.base.get(name))
    )


def _with_base(seen: engine.Seen, arrived: Mapping[Place, str | None]) -> engine.Seen:
    mine = {name: value for (ref, name), value in arrived.items() if ref == seen.ref}
    return replace(seen, base={**seen.base, **mine}) if mine else seen
