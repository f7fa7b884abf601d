"""Carries out what the plan says about labels: read what pairs have, decide, write, settle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from stagedoor.engine.labels import PRIMARY, LabelPair, Step, Types, give, take
from stagedoor.engine.plan import LabelPhase
from stagedoor.hubspot.labels import Labels, Present, types_of
from stagedoor.model import Pair, PairOutcome
from stagedoor.state.labels import LabelLedger
from stagedoor.sync.letters import Letters
from stagedoor.sync.progress import Progress
from stagedoor.sync.summary import Summary


class Labelling:
    """Gives and takes labels in one portal."""

    def __init__(
        self,
        labels: Labels,
        ledger: LabelLedger,
        letters: Letters,
        summary: Summary,
        progress: Progress,
    ) -> None:
        """Write through `labels`."""
        self._labels = labels
        self._ledger = ledger
        self._letters = letters
        self._summary = summary
        self._progress = progress

    def carry_out(self, phase: LabelPhase) -> None:
        """Write one phase, settling after each call."""
        verb = "unlabel" if phase.remove else "label"
        title = f"{verb} {phase.from_type} with {phase.to_type}"
        with self._progress.phase(title, phase.count) as advance:
            for batch in phase.batches():
                ids = [item.pair.from_id for item in batch]
                present = self._labels.present(phase.from_type, phase.to_type, ids)
                if phase.remove:
                    self._take(phase, batch, present)
                else:
                    self._give(phase, batch, present)
                advance(len(batch))

    def _give(self, phase: LabelPhase, batch: Sequence[LabelPair], present: Present) -> None:
        steps = list(_gifts(batch, present))
        self._ledger.intend(steps)
        calls = [step for step in steps if step.is_call]
        outcomes = self._labels.put(phase.from_type, phase.to_type, calls)
        refused = self._refused(batch, outcomes)
        done = [step for step in steps if step.pair not in refused]
        self._ledger.settle(done)
        self._count(done, remove=False)

    def _take(self, phase: LabelPhase, batch: Sequence[LabelPair], present: Present) -> None:
        steps = [take(item, _types(present, item)) for item in batch]
        calls = [step for step in steps if step.is_call]
        outcomes = self._labels.take(phase.from_type, phase.to_type, calls)
        refused = self._refused(batch, outcomes)
        gone = [
            (item.pair, kind.name)
            for item in batch
            for kind in item.kinds
            if item.pair not in refused
        ]
        self._ledger.forget(gone)
        for name, number in Counter(name for _, name in gone).items():
            self._summary.count_pairs(name, number, remove=True)

    def _refused(
        self, batch: Sequence[LabelPair], outcomes: Sequence[PairOutcome]
    ) -> dict[Pair, PairOutcome]:
        """Bury what HubSpot refused; return it by pair."""
        refused = {o.pair: o for o in outcomes if o.refusal is not None}
        for item in batch:
            if item.pair in refused:
                name = ", ".join(kind.name for kind in item.kinds)
                self._letters.bury_pairs(name, [refused[item.pair]])
        return refused

    def _count(self, steps: Sequence[Step], *, remove: bool) -> None:
        names = Counter(name for step in steps if step.put for name in step.standing)
        for name, number in names.items():
            self._summary.count_pairs(name, number, remove=remove)


def _gifts(batch: Sequence[LabelPair], present: Present) -> Iterator[Step]:
    for item in batch:
        others = (
            types
            for to_id, types in present.get(item.pair.from_id, {}).items()
            if to_id != item.pair.to_id
        )
        has_other = any(spec in PRIMARY for types in others for spec in types)
        yield give(item, _types(present, item), has_other_primary=has_other)


def _types(present: Present, item: LabelPair) -> Types:
    return types_of(present, item.pair.from_id, item.pair.to_id)
