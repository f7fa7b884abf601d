"""Keeps within HubSpot's allowance: a true rolling window, shared by the threads of a portal.

A token bucket that refills steadily may still pass more than the allowance in some ten seconds;
a window that remembers each call cannot.
https://developers.hubspot.com/docs/guides/apps/api-usage/usage-details
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

WINDOW = 10.05
"""Seconds of HubSpot's rolling window, and a little for the way that calls travel."""


@dataclass
class RollingWindow:
    """The calls of the last ten seconds; pure, told the time by its caller."""

    allowance: int
    calls: deque[float] = field(default_factory=deque)
    blocked_until: float = 0.0

    def wait(self, now: float) -> float:
        """Return how many seconds to wait before the next call; 0 means go."""
        while self.calls and now - self.calls[0] >= WINDOW:
            self.calls.popleft()
        full = self.calls[0] + WINDOW - now if len(self.calls) >= self.allowance else 0.0
        return max(full, self.blocked_until - now, 0.0)

    def note(self, now: float) -> None:
        """Record a call."""
        self.calls.append(now)

    def heed(self, now: float, headers: Mapping[str, str]) -> None:
        """Slow down when others use up the same allowance, as HubSpot's headers tell."""
        remaining = headers.get("x-hubspot-ratelimit-remaining", "")
        if remaining.isdigit() and int(remaining) == 0 and self.calls:
            self.block(now, max(self.calls[0] + WINDOW - now, 0.1))

    def block(self, now: float, seconds: float) -> None:
        """Let nobody call for a while: HubSpot said no."""
        self.blocked_until = max(self.blocked_until, now + seconds)


class Limiter:
    """Lets threads through as the window allows."""

    def __init__(
        self,
        allowance: int,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        """Allow `allowance` calls in any ten seconds of `clock`."""
        self._window = RollingWindow(allowance)
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()

    def acquire(self) -> None:
        """Return when a call may be made."""
        while True:
            with self._lock:
                now = self._clock()
                wait = self._window.wait(now)
                if wait <= 0:
                    self._window.note(now)
                    return
            self._sleep(wait)

    def heed(self, headers: Mapping[str, str]) -> None:
        """Take note of the limits that a response tells."""
        with self._lock:
            self._window.heed(self._clock(), headers)

    def block(self, seconds: float) -> None:
        """Hold everybody back after a 429."""
        with self._lock:
            self._window.block(self._clock(), seconds)
