"""Records of HubSpot that the ledger does not link: made there anew, or for the first time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from stagedoor.engine.inbound import DOUBTED
from stagedoor.engine.merge import Decision
from stagedoor.extension import CreatingWriter, PlatformChange, PlatformOutcome, Value
from stagedoor.model import Base, ObjectRef, Side
from stagedoor.state.ledger import Ledger
from stagedoor.state.links import Held, Links
from stagedoor.state.platform_rows import Patch, PlatformRows
from stagedoor.state.seen import SeenObject
from stagedoor.state.writing import Begun, Writing
from stagedoor.streams import STREAMS
from stagedoor.sync.our_side import Entry, OurSide
from stagedoor.sync.recovering import recover


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A record that nothing of the platform is linked to."""

    seen: SeenObject
    match_value: str | None
    theirs: dict[str, str | None]
    """Two-way properties in canonical text."""
    unreadable: dict[str, str]
    """Those that are none of their codec's, and why."""


def newcomers(entry: Entry, seen: Sequence[SeenObject]) -> Iterator[Newcomer]:
    """Yield records as an entry reads them."""
    match_key = entry.mapping.match_key
    for item in seen:
        theirs: dict[str, str | None] = {}
        unreadable: dict[str, str] = {}
        for name, way in entry.ways.items():
            try:
                theirs[name] = way.seen(item.properties.get(name))
            except ValueError as error:
                unreadable[name] = str(error)
        match = theirs.get(match_key)
        if match_key not in entry.ways:
            match = str(item.properties.get(match_key) or "").strip().lower() or None
        yield Newcomer(item, match, theirs, unreadable)


@dataclass
class Newcomers:
    """What one run does about them."""

    ledger: Ledger
    links: Links
    rows: PlatformRows
    ours: OurSide
    writing: Writing
    now: datetime

    def linked_again(self, entry: Entry, found: Sequence[Newcomer]) -> dict[str, ObjectRef]:
        """Link objects whose record was deleted to one that somebody made for them since."""
        held = self.links.held(entry.name)
        again: dict[str, ObjectRef] = {}
        for one in found if held else ():
            ref, reason = held.get((one.match_value or "").lower(), (None, None))
            if ref is not None and reason is Held.ARCHIVED:
                self.links.relink(ref, one.seen.hubspot_id)
                again[one.seen.hubspot_id] = ref
        return again

    def expected(self, entry: Entry, found: Sequence[Newcomer]) -> set[str]:
        """Return the HubSpot ids of records that an outbound run, or other news, will link.

        A row of the platform, or a linked object, has their match value; or it is a read of a
        record of ours that was never heard of, and is gone: news of that will follow.
        """
        named = {(one.match_value or "").lower(): one.seen for one in found}
        named.pop("", None)
        if not named or entry.object_type.row is None:
            return set()
        known = self.ledger.with_match_values(entry.name, list(named))
        way = entry.ways.get(entry.mapping.match_key)
        column = way.column if way else entry.mapping.properties[entry.mapping.match_key].from_
        stream = entry.object_type.row.stream
        if column in {field.name for field in STREAMS[stream].fields}:
            known |= self.rows.having(stream, str(column), list(named))
        for value, made_at in self.ledger.made_anew(entry.name, list(named)).items():
            read_of = named[value].updated_at
            known |= {value} if read_of is not None and read_of <= made_at else set()
        return {named[value].hubspot_id for value in known}

    def unknown(self, entry: Entry, found: Sequence[Newcomer]) -> list[Newcomer]:
        """Return those that may become a row: nobody on the platform has their match value."""
        if entry.mapping.properties[entry.mapping.match_key].from_ == "key":
            return list(found)
        named = [one for one in found if one.match_value is not None]
        there = self.ours.with_match_values(entry, [one.match_value or "" for one in named])
        return [one for one in named if (one.match_value or "").lower() not in there]

    def make(
        self, writer: CreatingWriter, entry: Entry, one: Newcomer
    ) -> tuple[ObjectRef, PlatformOutcome, list[Decision]]:
        """Make one row; return its object, what became of the fields, and the decisions."""
        row = entry.object_type.row
        if row is None:
            raise LookupError(entry.name)
        key = f"hubspot-{one.seen.hubspot_id}"
        ref = ObjectRef(entry.name, row.prefix + key)
        values, invalid = _values(entry, one)
        change = PlatformChange(row.stream, key, values)
        if invalid:
            return ref, PlatformOutcome(change, invalid=invalid), []
        again = self.writing.is_begun(ref)
        if not again:
            self.writing.begin(list(_begun(entry, row.stream, key, ref, one, values)))
        way = entry.ways.get(entry.mapping.match_key)
        outcome = writer.create(change, way.column if way else None)
        if is_taken(outcome, way.column if way else None):
            return ref, outcome, []
        there = {*outcome.written, *outcome.conflicts}
        taken = [n for n, t in one.theirs.items() if entry.ways[n].column in there and t]
        owners = entry.mapping.properties
        made = [
            Decision(n, None, None, one.theirs[n], owners[n].owner, one.theirs[n], Side.HUBSPOT)
            for n in taken
        ]
        if taken:
            fields = {**{f: values[f] for f in outcome.written}, **outcome.conflicts}
            self.rows.add(row.stream, key, fields, self.now)
            if again:  # made by a run that was cut off, of what HubSpot held then
                recover(self.ledger, self.writing)
                return ref, outcome, made
            agreed = {n: one.theirs[n] for n in taken}
            match = one.match_value or ref.key
            self.ledger.settle([Base(ref, one.seen.hubspot_id, match, agreed, DOUBTED)])
        self.writing.end([(ref, name) for name in one.theirs])
        return ref, outcome, made


def _values(entry: Entry, one: Newcomer) -> tuple[dict[str, Value], dict[str, str]]:
    """Return a new row's fields, and the properties that no field can hold, with why."""
    values: dict[str, Value] = {}
    invalid: dict[str, str] = {}
    for name, text in one.theirs.items():
        try:
            if text is not None:
                values[entry.ways[name].column] = entry.ways[name].back(text)
        except ValueError as error:
            invalid[name] = str(error)
    return values, invalid


def _begun(
    entry: Entry,
    stream: str,
    key: str,
    ref: ObjectRef,
    one: Newcomer,
    values: Mapping[str, Value],
) -> Iterator[Begun]:
    """Yield what is about to be made, so that a run that is cut off is not forgotten."""
    for name, text in one.theirs.items():
        column = entry.ways[name].column
        if column in values:
            patch = Patch(stream, key, column, values[column])
            match = one.match_value or ref.key
            yield Begun(ref, name, text, patch, one.seen.hubspot_id, match)


def is_taken(outcome: PlatformOutcome, unique: str | None) -> bool:
    """Whether another row has the value by which a new one would be found."""
    if unique is None or unique not in outcome.conflicts:
        return False
    return outcome.conflicts[unique] == outcome.change.values[unique]
