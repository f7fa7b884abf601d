"""The portal's time, which tests may move."""

from __future__ import annotations

import time


class Clock:
    """Real time, plus what it was moved by; or standing still."""

    def __init__(self) -> None:
        """Begin at the real time."""
        self._ahead = 0
        self._standing: int | None = None

    def now(self) -> int:
        """Return the time in ms since 1970."""
        if self._standing is not None:
            return self._standing
        return time.time_ns() // 1_000_000 + self._ahead

    def advance(self, ms: int) -> None:
        """Move on; time never goes back.

        Raises:
            ValueError: `ms` is negative.
        """
        if ms < 0:
            raise ValueError("time does not go back")
        if self._standing is not None:
            self._standing += ms
        else:
            self._ahead += ms

    def stand(self, *, still: bool) -> None:
        """Stop the clock, or let it run on from where it stands."""
        now = self.now()
        self._standing = now if still else None
        self._ahead = now - time.time_ns() // 1_000_000
