"""What a run did, in numbers; printed at its end and kept with the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from stagedoor.model import Status

COLUMNS = (
    Status.CREATED,
    Status.UPDATED,
    Status.UNCHANGED,
    Status.REJECTED,
    Status.INVALID,
    Status.DEFERRED,
)


@dataclass
class Summary:
    """Counts of one run."""

    objects: dict[str, Counter[Status]] = field(default_factory=dict)
    associations: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)
    removals: Counter[str] = field(default_factory=Counter)
    """Objects that left the platform, by type and what was done: `contacts archive`."""
    audience: dict[str, Counter[str]] = field(default_factory=dict)
    """Lists, participation and behavioural events: what was done, how often."""
    inbound: dict[str, Counter[str]] = field(default_factory=dict)
    """What became of what was seen of HubSpot, by entry of the mapping."""
    calls: dict[str, int] = field(default_factory=dict)
    withheld: int = 0
    """Properties left out of objects that were sent."""
    dead_letters: int = 0
    seconds: float = 0.0

    def count(self, object_type: str, status: Status, number: int = 1) -> None:
        """Count objects."""
        self.objects.setdefault(object_type, Counter())[status] += number

    def count_pairs(self, name: str, number: int, *, remove: bool) -> None:
        """Count associations."""
        (self.removed if remove else self.associations)[name] += number

    def count_removals(self, object_type: str, removal: str, number: int) -> None:
        """Count objects that were cleared, archived or erased."""
        if number:
            self.removals[f"{object_type} {removal}"] += number

    def as_json(self) -> dict[str, Any]:
        """Return the counts as they are kept with the run."""
        return {
            "objects": {name: dict(counts) for name, counts in self.objects.items()},
            "associations": dict(self.associations),
            "associations_removed": dict(self.removed),
            "removals": dict(self.removals),
            **{name: dict(counts) for name, counts in self.audience.items()},
            **({"inbound": {n: dict(c) for n, c in self.inbound.items()}} if self.inbound else {}),
            "calls": self.calls,
            "withheld": self.withheld,
            "dead_letters": self.dead_letters,
            "seconds": round(self.seconds, 2),
        }

    def lines(self) -> Iterator[str]:
        """Yield the summary as a table of plain text."""
        head = "".join(f"{status.value:>11}" for status in COLUMNS)
        yield f"{'':<14}{head}"
        for name, counts in self.objects.items():
            yield f"{name:<14}" + "".join(f"{counts[status]:>11,}" for status in COLUMNS)
        yield f"associations  made: {_listed(self.associations)}"
        if self.removed:
            yield f"              removed: {_listed(self.removed)}"
        if self.removals:
            yield f"left          {_listed(self.removals)}"
        for name, counts_of in self.audience.items():
            yield f"{name:<14}{_listed(+counts_of)}"
        yield f"calls         {_listed(self.calls)}"
        if self.dead_letters:
            yield (
                f"dead letters  {self.dead_letters:,}, {self.withheld:,} of them single "
                "properties: stagedoor dead-letters list"
            )
        yield f"took          {self.seconds:.1f} s"


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in counts.items()) or "none"
