"""Counts what became of seen objects and of their properties, for a run's summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from stagedoor.engine import inbound as engine
from stagedoor.engine.merge import Decision


@dataclass
class Tally:
    """The counts of one inbound run."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    """By entry of the mapping, and by what became of objects and properties."""

    def count(self, entry: str, what: str) -> None:
        """Count one."""
        self.counts.setdefault(entry, Counter())[what] += 1

    def decided(
        self, entry: str, decisions: Iterable[Decision], failed: Collection[str] = ()
    ) -> None:
        """Count decisions; the properties in `failed` could not be written."""
        for decision in decisions:
            self.count(entry, "not taken" if decision.property in failed else _became(decision))


def _became(decision: Decision) -> str:
    if decision.is_open:
        return "conflicts"
    if engine.is_agreement(decision):
        return "agreed"
    return "to platform" if decision.value != decision.ours else "to HubSpot"
