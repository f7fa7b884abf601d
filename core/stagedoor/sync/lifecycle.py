"""Writes life cycle stages past nobody's own setting: reads what HubSpot has, then writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from stagedoor.engine.lifecycle import Verdict, verdict, without_stage
from stagedoor.hubspot.portal import Portal
from stagedoor.mapping.facts import Choice
from stagedoor.mapping.lifecycle import PROPERTY
from stagedoor.model import (
    Action,
    AssociationBatch,
    Change,
    ObjectBatch,
    Outcome,
    PairOutcome,
    RemoteObject,
    Status,
)


class LifecycleGuard:
    """A portal, behind a look at the stages that contacts have now."""

    def __init__(self, portal: Portal, order: Sequence[Choice]) -> None:
        """Write through `portal`, whose stages stand in `order`."""
        self._portal = portal
        self._order = order

    def push(self, batch: ObjectBatch) -> list[Outcome]:
        """Write a batch, less the stages that are not ours to set."""
        staged = [change for change in batch.changes if change.after.get(PROPERTY) is not None]
        if not staged:
            return self._portal.push(batch)
        present = self._present(batch, staged)
        verdicts = {change.ref: self._verdict(batch, change, present) for change in staged}
        changes = tuple(
            without_stage(change)
            if verdicts.get(change.ref, Verdict.WRITE) is not Verdict.WRITE
            else change
            for change in batch.changes
        )
        # A creation is written even with nothing left: it may be all that makes the object.
        left = tuple(c for c in changes if c.after or c.action is Action.CREATE)
        written = self._portal.push(replace(batch, changes=left)) if left else []
        outcomes = {outcome.ref: outcome for outcome in written}
        return [
            _settled(change, outcomes.get(change.ref), verdicts.get(change.ref))
            for change in batch.changes
        ]

    def _present(self, batch: ObjectBatch, staged: Sequence[Change]) -> dict[str, RemoteObject]:
        by_id = batch.action is Action.UPDATE
        values = [(c.hubspot_id if by_id else c.match_value) or "" for c in staged]
        match = None if by_id else batch.match_property
        return self._portal.read_by(batch.hubspot_type, match, values, [PROPERTY])

    def _verdict(
        self, batch: ObjectBatch, change: Change, present: dict[str, RemoteObject]
    ) -> Verdict:
        by_id = batch.action is Action.UPDATE
        there = present.get((change.hubspot_id if by_id else change.match_value) or "")
        now = (there.properties.get(PROPERTY) or None) if there else None
        wanted, last = change.after[PROPERTY] or "", change.before.get(PROPERTY)
        if there is None:
            return Verdict.WRITE
        return verdict(wanted, last, now, self._order)

    def associate(self, batch: AssociationBatch) -> list[PairOutcome]:
        """Make associations."""
        return self._portal.associate(batch)

    def dissociate(self, batch: AssociationBatch) -> list[PairOutcome]:
        """Take associations away."""
        return self._portal.dissociate(batch)


def _settled(change: Change, outcome: Outcome | None, judged: Verdict | None) -> Outcome:
    """Return the outcome of a change with what it says about its stage."""
    told = outcome or Outcome(change.ref, Status.UNCHANGED, hubspot_id=change.hubspot_id)
    wanted = change.after.get(PROPERTY)
    if judged is Verdict.AGREED:
        return replace(told, returned={**told.returned, PROPERTY: wanted})
    # HubSpot answers with the stage that it has: another one than ours was set meanwhile.
    refused = judged is Verdict.WRITE and told.returned.get(PROPERTY, wanted) != wanted
    if judged is Verdict.KEPT or refused:
        return replace(told, kept=(PROPERTY,))
    return told
