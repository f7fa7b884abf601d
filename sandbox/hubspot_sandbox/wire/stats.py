"""Counts and remembers API calls, for tests and for the portal's page."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

KEPT = 500


@dataclass
class Stats:
    """What was called since the portal started, or since the last reset."""

    calls: Counter[str] = field(default_factory=Counter)
    by_kind: Counter[str] = field(default_factory=Counter)
    by_status: Counter[str] = field(default_factory=Counter)
    recent: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=KEPT))

    def count(self, name: str, object_type: str, kind: str, status: int, ms: float) -> None:
        """Count one answered call."""
        self.calls[f"{name} {object_type}".strip()] += 1
        self.by_kind[kind] += 1
        self.by_status[str(status)] += 1
        self.recent.appendleft(
            {"name": name, "object_type": object_type, "status": status, "ms": round(ms, 1)}
        )

    def forget(self) -> None:
        """Start counting anew."""
        for counted in (self.calls, self.by_kind, self.by_status, self.recent):
            counted.clear()

    def as_json(self) -> dict[str, Any]:
        """Return the counts."""
        return {
            "calls": dict(self.calls),
            "reads": self.by_kind["read"],
            "writes": self.by_kind["write"] + self.by_kind["provision"],
            "by_kind": {kind: self.by_kind[kind] for kind in ("read", "write", "provision")},
            "by_status": dict(self.by_status),
            "throttled": self.by_status["429"],
        }
