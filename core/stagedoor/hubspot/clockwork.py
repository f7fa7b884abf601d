"""Time and chance, handed in, so that tests hand in their own."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clockwork:
    """Time and chance, handed in."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random
    wall: Callable[[], float] = time.time
    """The clock that all processes share, in seconds since 1970."""

    def backoff(self, attempt: int) -> float:
        """Return a wait that doubles, up to half a minute, with chance in it."""
        return min(0.2 * float(2 ** (attempt - 1)), 30.0) * (0.5 + self.jitter() / 2)
