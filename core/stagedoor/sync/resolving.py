"""What a person does about conflicts: decides one, takes a decision back, makes it the rule."""

from __future__ import annotations

import getpass
from dataclasses import dataclass, field

from stagedoor.engine.inbound import DOUBTED
from stagedoor.errors import Misconfigured, Moved
from stagedoor.extension import PlatformWriter
from stagedoor.hubspot.portal import Portal
from stagedoor.mapping.inbound import WayBack
from stagedoor.mapping.owner_rule import with_owner
from stagedoor.model import Action, Base, Change, ObjectBatch, ObjectRef, Owner, Side
from stagedoor.state.platform_rows import ObjectRows, PlatformRows
from stagedoor.state.sent import clear_in_flight, in_flight
from stagedoor.store.conflicts import KeptConflict
from stagedoor.store.decisions import Decided, KeptDecision
from stagedoor.sync.entries import seen_entries
from stagedoor.sync.our_side import Entry, OurSide, entries_of
from stagedoor.sync.session import Session
from stagedoor.sync.writing_back import write_back

LIST = "See: stagedoor conflicts list"


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person decides: one side's value, or another."""

    side: Side | None
    value: str | None = None

    def of(self, conflict: KeptConflict) -> str | None:
        """Return the value that both sides get."""
        match self.side:
            case Side.PLATFORM:
                return conflict.ours
            case Side.HUBSPOT:
                return conflict.theirs
            case _:
                return self.value


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


@dataclass
class Resolving:
    """Decisions of people, on one portal's state."""

    session: Session
    writer: PlatformWriter
    person: str = field(default_factory=_who)
    """Who decides, as the log of decisions names them."""

    def __post_init__(self) -> None:
        """Look at nothing yet."""
        session = self.session
        object_types = seen_entries(
            session.database, session.document, session.plugins.object_types
        )
        found = entries_of(session.document, object_types, session.plugins)
        self._entries = {entry.name: entry for entry in found}
        self._rows = PlatformRows(session.database)

    def resolve(self, conflict_id: int, choice: Choice, reason: str = "") -> Decided:
        """Give both sides a value: the platform now, HubSpot by the next push.

        Raises:
            Misconfigured: There is no such open conflict, or the platform cannot hold the value.
            Moved: The platform was edited since; the conflict tells the value of now.
        """
        store, portal = self.session.store, self.session.settings.portal
        conflict = store.conflicts.get(portal, conflict_id)
        if conflict is None or conflict.closed_at is not None:
            raise Misconfigured(f"There is no open conflict {conflict_id}. {LIST}")
        entry, way = self._way(conflict.ref, conflict.property)
        value = choice.of(conflict)
        if choice.side is None:
            value = self._canonical(way, value)
        decided = conflict.decided(value, f"person {self.person}", reason)
        (number,) = store.decisions.log(portal, self.session.run_id, [decided])
        rows = self._rows_of(entry, conflict.ref)
        if not self._write(entry, conflict.ref, way, value, rows):
            store.decisions.drop([number])
            raise Moved(
                f"The platform's {conflict.property} of {conflict.ref} was edited since. Nothing "
                "was decided: the next run of tap-platform and target-hubspot shows the value of "
                "now."
            )
        self._settle(conflict.ref, conflict.hubspot_id, way, conflict.theirs)
        place = (conflict.ref, conflict.property)
        store.conflicts.close(portal, [place], "resolved", decision_id=number)
        return decided

    def undo(self, decision_id: int, portal: Portal) -> KeptDecision:
        """Give each side back what it held before a decision, and let a person decide.

        Raises:
            Misconfigured: There is no such decision, or a later one about the same property.
            Moved: A side was edited since; nothing was undone.
        """
        store, name = self.session.store, self.session.settings.portal
        kept = store.decisions.get(name, decision_id)
        if kept is None or kept.undone_at is not None:
            raise Misconfigured(
                f"There is no decision {decision_id} to undo. See: stagedoor conflicts log"
            )
        made, ref = kept.decision, kept.ref
        latest = store.decisions.of(name, ref, made.property)[0]
        if latest.id != kept.id and latest.undone_at is None:
            raise Misconfigured(
                f"Decision {latest.id} about the same property came later. Undo that one first."
            )
        entry, way = self._way(ref, made.property)
        held = self._held(portal, entry, kept.hubspot_id, way)
        rows = self._rows_of(entry, ref)
        ours = self._ours(way, rows)
        if held not in (made.value, made.theirs) or ours not in (made.value, made.ours):
            side = "HubSpot" if held not in (made.value, made.theirs) else "the platform"
            raise Moved(
                f"{made.property} of {ref} was edited on {side} since decision {decision_id}; "
                "nothing was undone."
            )
        if not self._write(entry, ref, way, made.ours, rows):
            raise Moved(
                f"{made.property} of {ref} was edited on the platform just now; nothing was undone."
            )
        if held != made.theirs:
            self._give_back(portal, entry, kept, held)
        self._settle(ref, kept.hubspot_id, way, made.base)
        again = Decided(ref, kept.hubspot_id, made)
        store.conflicts.open(name, self.session.run_id, [again], decision_id=kept.id)
        store.decisions.undone(kept.id)
        return kept

    def always(self, decided: Decided, side: Side) -> str:
        """Let a side win from now on, by the user's mapping document; return its name.

        Raises:
            Misconfigured: There is no document of the user's.
        """
        path = self.session.settings.mapping
        if path is None:
            raise Misconfigured(
                "A rule needs a mapping document of your own: make one (`stagedoor mapping init`), "
                "and name it in the setting `mapping`."
            )
        owner = Owner.PLATFORM if side is Side.PLATFORM else Owner.HUBSPOT
        ref, name = decided.ref, decided.decision.property
        text = with_owner(path.read_text("utf-8"), ref.object_type, name, owner)
        path.write_text(text, encoding="utf-8")
        return str(path)

    def _way(self, ref: ObjectRef, name: str) -> tuple[Entry, WayBack]:
        entry = self._entries.get(ref.object_type)
        if entry is None or name not in entry.ways:
            raise Misconfigured(
                f"The mapping has no `inbound: true` for {name} of {ref.object_type} any more."
            )
        return entry, entry.ways[name]

    @staticmethod
    def _canonical(way: WayBack, value: str | None) -> str | None:
        try:
            text = way.seen(value)
            way.back(text)
        except ValueError as error:
            raise Misconfigured(f"{way.property} cannot be {value!r}: it {error}.") from error
        return text

    def _rows_of(self, entry: Entry, ref: ObjectRef) -> ObjectRows:
        session = self.session
        side = OurSide(session.database, session.plugins, session.document, session.started)
        found = side.look(entry, [ref.key]).get(ref.key)
        if found is None or found.rows.main is None:
            raise Misconfigured(f"The platform has no row of {ref} any more.")
        return found.rows

    @staticmethod
    def _ours(way: WayBack, rows: ObjectRows) -> str | None:
        if rows.main is None:
            return None
        try:
            return way.canonical(rows.main.fields[way.column])
        except ValueError:
            return None

    def _write(
        self, entry: Entry, ref: ObjectRef, way: WayBack, value: str | None, rows: ObjectRows
    ) -> bool:
        """Give the platform a value; say whether it held what we thought."""
        if self._ours(way, rows) == value and not way.shared:
            return True
        written = write_back(self.writer, entry, {ref: (rows, {way.property: value})})
        self._rows.patch(written.patches, self.session.started, ours=True)
        self._rows.patch(written.found, self.session.started, ours=False)
        if why := written.invalid.get((ref, way.property)):
            raise Misconfigured(f"The platform does not take this {way.property} of {ref}: {why}.")
        return not written.conflicts

    def _settle(self, ref: ObjectRef, hubspot_id: str, way: WayBack, agreed: str | None) -> None:
        ledger, database = self.session.ledger, self.session.database
        base = ledger.base(ref)
        match = base.match_value if base is not None else ""
        ledger.settle([Base(ref, hubspot_id, match, {way.property: agreed}, DOUBTED)])
        clear_in_flight(database, [(ref, way.property)], in_flight(database))

    def _held(self, portal: Portal, entry: Entry, hubspot_id: str, way: WayBack) -> str | None:
        found = portal.read_by(entry.object_type.hubspot_type, None, [hubspot_id], [way.property])
        if hubspot_id not in found:
            raise Moved(f"HubSpot does not have the record {hubspot_id} any more.")
        return way.seen(found[hubspot_id].properties.get(way.property) or None)

    def _give_back(
        self, portal: Portal, entry: Entry, kept: KeptDecision, held: str | None
    ) -> None:
        made = kept.decision
        change = Change(
            ref=kept.ref,
            action=Action.UPDATE,
            match_property=entry.mapping.match_key,
            match_value="",
            hubspot_id=kept.hubspot_id,
            before={made.property: held},
            after={made.property: made.theirs},
            source_hash=DOUBTED,
        )
        batch = ObjectBatch(
            kept.ref.object_type,
            Action.UPDATE,
            entry.mapping.match_key,
            (change,),
            entry.object_type.hubspot_type,
        )
        (outcome,) = portal.push(batch)
        if outcome.refusal is not None:
            raise Moved(f"HubSpot did not take it back: {outcome.refusal.message}")
