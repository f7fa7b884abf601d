"""Carries out a plan: calls in flight side by side, outcomes settled one after another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Protocol

from stagedoor.engine.diff import agreed
from stagedoor.engine.observing import Observers
from stagedoor.engine.plan import AssociationPhase, ObjectPhase, Plan
from stagedoor.extension import AssociationSource
from stagedoor.hubspot.outcomes import GONE, TAKEN
from stagedoor.model import (
    AssociationBatch,
    Base,
    Change,
    ObjectBatch,
    Outcome,
    PairOutcome,
    Status,
)
from stagedoor.state.ledger import Ledger
from stagedoor.state.sent import Sent
from stagedoor.sync.labelling import Labelling
from stagedoor.sync.letters import Letters
from stagedoor.sync.progress import Progress
from stagedoor.sync.side_by_side import side_by_side
from stagedoor.sync.summary import Summary


class Writer(Protocol):
    """What a push needs of a portal."""

    def push(self, batch: ObjectBatch) -> list[Outcome]:
        """Write one batch; give each change exactly one outcome."""

    def associate(self, batch: AssociationBatch) -> list[PairOutcome]:
        """Make the pairs of one batch."""

    def dissociate(self, batch: AssociationBatch) -> list[PairOutcome]:
        """Take away the pairs of one batch."""


class Push:
    """One plan being carried out."""

    def __init__(
        self,
        writer: Writer,
        ledger: Ledger,
        letters: Letters,
        summary: Summary,
        progress: Progress,
        *,
        in_flight: int,
        associations: Iterable[AssociationSource],
        last: bool = True,
    ) -> None:
        """Write through `writer`, with at most `in_flight` calls at the same time.

        Unless this is the `last` attempt, objects that need a second look are left for it.
        """
        self._writer = writer
        self._ledger = ledger
        self._letters = letters
        self._summary = summary
        self._progress = progress
        self._in_flight = in_flight
        self._associations_made = tuple(associations)
        self._last = last
        self.observers = Observers()
        """Told of every outcome that is final; nobody, unless set."""
        self.sent: Sent | None = None
        """Notes our own writes of properties that go both ways, unless there are none."""
        self.again = 0
        """Objects worth a second attempt: HubSpot had lost them, or their address was taken."""

    def carry_out(self, plan: Plan, labelling: Labelling | None = None) -> None:
        """Write everything in `plan`, settling as outcomes arrive; labels by `labelling`."""
        labels = partial(_labels, plan, labelling)
        with ThreadPoolExecutor(self._in_flight, thread_name_prefix="hubspot") as pool:
            for phase in plan.objects:
                self._objects(phase, pool)
            labels(remove=True)
            for pairs in plan.associations:
                self._associations(pairs, pool)
            labels(remove=False)

    def _objects(self, phase: ObjectPhase, pool: ThreadPoolExecutor) -> None:
        if not phase.count:
            return
        with self._progress.phase(f"{phase.action} {phase.object_type}", phase.count) as advance:
            batches = self.sent.intend(phase.batches()) if self.sent else phase.batches()
            called = side_by_side(pool, self._in_flight, self._writer.push, batches)
            for batch, outcomes in called:
                self._settle(batch, outcomes)
                advance(len(batch.changes))

    def _settle(self, batch: ObjectBatch, outcomes: list[Outcome]) -> None:
        by_ref = {outcome.ref: outcome for outcome in outcomes}
        agreed_now: list[Base] = []
        refused: list[tuple[Change, Outcome]] = []
        final: list[Outcome] = []
        for change in batch.changes:
            outcome = by_ref[change.ref]
            if self._worth_another_look(change, outcome):
                continue
            final.append(outcome)
            self._summary.count(batch.object_type, outcome.status)
            if outcome.status in (Status.CREATED, Status.UPDATED, Status.UNCHANGED):
                agreed_now.append(_base(change, outcome))
            else:
                refused.append((change, outcome))
        with self._ledger.transaction():  # between the two, our write would look like an edit
            if self.sent is not None:
                self.sent.note(batch, outcomes)
            self._ledger.settle(agreed_now)
        self._letters.resolve(batch.object_type, [base.ref.key for base in agreed_now])
        self._refuse(refused)
        self.observers.tell(final)

    def _worth_another_look(self, change: Change, outcome: Outcome) -> bool:
        """Whether a second attempt in this run may succeed."""
        code = outcome.refusal.code if outcome.refusal else None
        if code == GONE:
            self._ledger.unlink([change.ref], self._associations_made)
        if self._last or code not in (GONE, TAKEN):
            return False
        self.again += 1
        return True

    def _refuse(self, refused: list[tuple[Change, Outcome]]) -> None:
        self._letters.bury_changes(refused)
        self._ledger.refuse(
            (change.ref, change.source_hash)
            for change, outcome in refused
            if outcome.status is not Status.DEFERRED
        )

    def _associations(self, phase: AssociationPhase, pool: ThreadPoolExecutor) -> None:
        if not phase.count:
            return
        name = phase.association.name
        call = self._writer.dissociate if phase.remove else self._writer.associate
        title = f"{'dissociate' if phase.remove else 'associate'} {name.replace('_', ' ')}"
        with self._progress.phase(title, phase.count) as advance:
            batches = phase.batches() if phase.remove else self._intended(phase)
            for batch, outcomes in side_by_side(pool, self._in_flight, call, batches):
                done = [o.pair for o in outcomes if o.refusal is None]
                keep = self._ledger.forget_pairs if phase.remove else self._ledger.settle_pairs
                keep(name, done)
                self._ledger.answered_pairs(name, [o.pair for o in outcomes if _is_known(o)])
                self._letters.bury_pairs(name, [o for o in outcomes if o.refusal is not None])
                self._summary.count_pairs(name, len(done), remove=phase.remove)
                advance(len(batch.pairs))

    def _intended(self, phase: AssociationPhase) -> Iterator[AssociationBatch]:
        """Yield each batch after its pairs are noted as on their way."""
        for batch in phase.batches():
            self._ledger.intend_pairs(phase.association.name, batch.pairs)
            yield batch


def _is_known(outcome: PairOutcome) -> bool:
    """Whether HubSpot has said what became of a pair."""
    return outcome.status is not Status.DEFERRED


def _labels(plan: Plan, labelling: Labelling | None, *, remove: bool) -> None:
    for phase in plan.labels:
        if phase.remove is remove and phase.count and labelling is not None:
            labelling.carry_out(phase)


def _base(change: Change, outcome: Outcome) -> Base:
    sent = {name: value for name, value in change.after.items() if name not in outcome.kept}
    properties = agreed({}, sent, outcome.returned) | dict(change.kept)
    hubspot_id = outcome.hubspot_id or change.hubspot_id or ""
    return Base(change.ref, hubspot_id, change.match_value, properties, change.source_hash)
