"""Limits on calls: ten rolling seconds per app, five searches a second, a daily budget.

https://developers.hubspot.com/docs/guides/apps/api-usage/usage-details
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from starlette.responses import Response

from hubspot_sandbox.wire.errors import ApiError

WINDOW_MS = 10_000
SEARCHES_A_SECOND = 5


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one kind of account may call."""

    burst: int
    daily: int | None


ALLOWANCES = {
    "free": Allowance(100, 250_000),
    "pro": Allowance(190, 625_000),
    "enterprise": Allowance(190, 1_000_000),
    "oauth": Allowance(110, None),
}


@dataclass
class Limits:
    """Calls that were let through lately; without an allowance nothing is limited."""

    allowance: Allowance | None = None
    calls: deque[int] = field(default_factory=deque)
    searches: deque[int] = field(default_factory=deque)
    today: int = 0

    def refuse(self, now: int, *, search: bool) -> Response | None:
        """Count a call at `now` (ms); return HubSpot's 429 when it is one too many."""
        if self.allowance is None:
            return None
        _forget(self.calls, now - WINDOW_MS)
        _forget(self.searches, now - 1_000)
        if self.allowance.daily is not None and self.today >= self.allowance.daily:
            return _too_many("You have reached your daily limit.", "DAILY")
        if search and len(self.searches) >= SEARCHES_A_SECOND:
            return ApiError(429, "You have reached your secondly limit.", "RATE_LIMITS").response()
        if len(self.calls) >= self.allowance.burst:
            sentence = "You have reached your ten_secondly_rolling limit."
            return _too_many(sentence, "TEN_SECONDLY_ROLLING")
        self.calls.append(now)
        self.today += 1
        if search:
            self.searches.append(now)
        return None

    def headers(self, *, search: bool) -> dict[str, str]:
        """Return what an answer tells of the limits; a search tells the day's only."""
        if self.allowance is None:
            return {}
        told: dict[str, str] = {}
        if self.allowance.daily is not None:
            told["X-HubSpot-RateLimit-Daily"] = str(self.allowance.daily)
            told["X-HubSpot-RateLimit-Daily-Remaining"] = str(self.allowance.daily - self.today)
        if not search:
            told["X-HubSpot-RateLimit-Max"] = str(self.allowance.burst)
            told["X-HubSpot-RateLimit-Remaining"] = str(self.allowance.burst - len(self.calls))
            told["X-HubSpot-RateLimit-Interval-Milliseconds"] = str(WINDOW_MS)
        return told


def _forget(times: deque[int], before: int) -> None:
    while times and times[0] <= before:
        times.popleft()


def _too_many(message: str, policy: str) -> Response:
    return ApiError(429, message, errorType="RATE_LIMIT", policyName=policy).response()
