"""Carries out the removals of a plan: clears, archives and erases what left the platform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stagedoor.engine.person import Person
from stagedoor.engine.plan import Plan
from stagedoor.engine.removal import Leaving, Reason, Removal, RemovalPhase
from stagedoor.errors import Reject
from stagedoor.extension import AssociationSource
from stagedoor.hubspot.outcomes import GONE, normal
from stagedoor.hubspot.portal import Portal
from stagedoor.model import Action, Base, ObjectBatch, Outcome, Refusal, RemoteObject, Status
from stagedoor.state.erasure import Eraser
from stagedoor.sync.erasing import block, erase_here
from stagedoor.sync.session import Session

MERGED = "hs_merged_object_ids"


@dataclass
class Removing:
    """The removals of one run."""

    session: Session
    portal: Portal
    associations: Sequence[AssociationSource]

    def carry_out(self, plan: Plan) -> None:
        """Remove everything that the plan names, settling as it goes."""
        for phase in plan.removals:
            title = f"{phase.removal} {phase.object_type}"
            with self.session.progress.phase(title, phase.count) as advance:
                for batch in phase.batches():
                    self._remove(phase, batch)
                    advance(len(batch))

    def _remove(self, phase: RemovalPhase, batch: Sequence[Leaving]) -> None:
        if phase.removal is Removal.CLEAR:
            done = self._clear(phase, batch)
        else:
            there = self._ours(phase, batch)
            act = self._archive if phase.removal is Removal.ARCHIVE else self._erase
            done = act(phase, there)
        self.session.summary.count_removals(phase.object_type, phase.removal, len(done))
        for leaving in done:
            if leaving.reason is Reason.ANONYMISED:
                self._erase_here(leaving)

    def _clear(self, phase: RemovalPhase, batch: Sequence[Leaving]) -> list[Leaving]:
        changes = tuple(leaving.as_change() for leaving in batch)
        outcomes = self.portal.push(
            ObjectBatch(
                phase.object_type,
                Action.UPDATE,
                batch[0].match_property,
                changes,
                phase.hubspot_type,
            )
        )
        by_ref = {outcome.ref: outcome for outcome in outcomes}
        gone = [c.ref for c in changes if _code(by_ref[c.ref]) == GONE]
        self.session.ledger.unlink(gone, self.associations)
        done = [item for item in batch if by_ref[item.ref].status is Status.UPDATED]
        self.session.ledger.settle([_cleared(item) for item in done])
        self.session.letters.bury_changes(
            [
                (change, by_ref[change.ref])
                for change in changes
                if by_ref[change.ref].refusal and change.ref not in gone
            ]
        )
        return done

    def _ours(self, phase: RemovalPhase, batch: Sequence[Leaving]) -> list[Leaving]:
        """Return those that HubSpot has and that are still the objects which we wrote.

        What HubSpot no longer has, or what has become somebody else's there, is let go.
        """
        first = batch[0].match_property
        ids = [item.hubspot_id for item in batch]
        remote = self.portal.read_by(phase.hubspot_type, None, ids, [first, MERGED])
        ours, let_go = [], []
        for item in batch:
            there = remote.get(item.hubspot_id)
            problem = None if there is None else self._taken_over(item, there)
            if there is not None and problem is None:
                ours.append(item)
            else:
                let_go.append(item.ref)
            if problem is not None:
                self.session.letters.bury_refusals("push", [(item.ref, problem)])
        self.session.ledger.unlink(let_go, self.associations)
        return ours

    def _taken_over(self, item: Leaving, there: RemoteObject) -> Refusal | None:
        merged = [i for i in (there.properties.get(MERGED) or "").split(";") if i]
        others = self.session.ledger.linked_to([*merged, there.hubspot_id], besides=item.ref)
        value = normal(there.properties.get(item.match_property) or "")
        changed = item.removal is Removal.ARCHIVE and value != normal(item.match_value)
        if not others and not changed:
            return None
        why = (
            "another object was merged into it" if others else f"its {item.match_property} differs"
        )
        return Refusal(
            "NO_LONGER_OURS",
            f"HubSpot object {item.hubspot_id} was not removed: {why}.",
            "Its row is gone from the platform. Look at the record, and delete it by hand if it "
            "should go.",
            properties=(item.match_property,),
        )

    def _archive(self, phase: RemovalPhase, batch: Sequence[Leaving]) -> list[Leaving]:
        if not batch:
            return []
        try:
            self.portal.archive(phase.hubspot_type, [item.hubspot_id for item in batch])
        except Reject as error:
            if len(batch) > 1:
                middle = len(batch) // 2
                return [
                    *self._archive(phase, batch[:middle]),
                    *self._archive(phase, batch[middle:]),
                ]
            self._refused(batch[0], error)
            return []
        self.session.ledger.unlink([item.ref for item in batch], self.associations)
        return list(batch)

    def _erase(self, _phase: RemovalPhase, batch: Sequence[Leaving]) -> list[Leaving]:
        done = []
        for item in batch:
            try:
                self.portal.erase_contact(item.hubspot_id)
            except Reject as error:
                self._refused(item, error)
            else:
                done.append(item)
        return done

    def _refused(self, item: Leaving, error: Reject) -> None:
        refusal = Refusal(
            error.category or "REJECTED",
            str(error),
            "The next run tries again; look at the record in HubSpot if this repeats.",
            category=error.category,
            correlation_id=error.correlation_id,
        )
        self.session.letters.bury_refusals("push", [(item.ref, refusal)])

    def _erase_here(self, item: Leaving) -> None:
        """Erase an anonymised person from our own files, and keep them out from now on."""
        session, portal = self.session, self.session.settings.portal
        person = Eraser(session.database).by_key(item.ref.key)
        person = person.joined(
            Person(addresses=frozenset(filter(None, [normal(item.match_value)])))
        )
        what = "hubspot" if item.removal is Removal.ERASE else "cleared"
        session.store.erasures.record(
            portal, session.run_id, reason=item.reason, what=what, hubspot_id=item.hubspot_id
        )
        block(session.store, portal, Person(customer_ids=person.customer_ids))
        erase_here(session.database, session.store, portal, person)
        session.ledger.unlink([item.ref], self.associations)


def _code(outcome: Outcome) -> str | None:
    return outcome.refusal.code if outcome.refusal else None


def _cleared(item: Leaving) -> Base:
    """Return what is agreed about an object that was emptied."""
    emptied = dict.fromkeys(item.before)
    return Base(item.ref, item.hubspot_id, item.match_value, emptied, "cleared")
