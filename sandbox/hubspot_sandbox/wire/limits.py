"""Limits on calls: ten rolling seconds per app, five searches a second, a daily budget.

https://developers.hubspot.com/docs/guides/apps/api-usage/usage-details
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from starlette.responses import Response

from hubspot_sandbox.model.account import TIME_ZONE
from hubspot_sandbox.wire.errors import ApiError

WINDOW_MS = 10_000
SEARCHES_A_SECOND = 5

Sort = Literal["plain", "search", "association", "exempt"]
Who = tuple[int, int]
"""An app's number and a portal's id."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one kind of account may call."""

    burst: int
    """Calls of one app in any ten seconds."""
    daily: int | None
    """Calls of all private apps in a day of the account's time zone; none for OAuth apps."""
    associations: int = 150
    """Calls of the associations API in any ten seconds, counted on their own."""


ALLOWANCES = {
    "free": Allowance(100, 250_000, 100),
    "pro": Allowance(190, 625_000),
    "enterprise": Allowance(190, 1_000_000),
    "oauth": Allowance(110, None),
}


@dataclass
class Limits:
    """Calls that were let through lately; without an account nothing is limited."""

    account: str | None = None
    changed: Mapping[str, int] = field(default_factory=dict)
    """Parts of the allowance that a test sets otherwise."""
    calls: dict[Who, deque[int]] = field(default_factory=lambda: defaultdict(deque))
    associations: dict[Who, deque[int]] = field(default_factory=lambda: defaultdict(deque))
    searches: dict[int, deque[int]] = field(default_factory=lambda: defaultdict(deque))
    today: dict[tuple[int, str], int] = field(default_factory=lambda: defaultdict(int))

    @property
    def allowance(self) -> Allowance | None:
        """What may be called, if anything is limited."""
        if self.account is None:
            return None
        kind = ALLOWANCES[self.account]
        return Allowance(
            self.changed.get("burst", kind.burst),
            self.changed.get("daily", kind.daily or 0) or None,
            self.changed.get("associations", kind.associations),
        )

    def set(self, account: str | None, changed: Mapping[str, int]) -> None:
        """Limit as another kind of account does, from now on.

        Raises:
            ValueError: There is no such kind.
        """
        if account is not None and account not in ALLOWANCES:
            raise ValueError(f"account is one of {', '.join(ALLOWANCES)}")
        self.account, self.changed = account, changed
        for counted in (self.calls, self.associations, self.searches, self.today):
            counted.clear()

    def refuse(self, who: Who, now: int, sort: Sort = "plain") -> Response | None:
        """Count a call at `now` (ms); return HubSpot's 429 when it is one too many."""
        allowance = self.allowance
        if allowance is None or sort == "exempt":
            return None
        window = self._window(who, now, sort)
        day = (who[1], _day(now))
        if allowance.daily is not None and self.today[day] >= allowance.daily:
            return _too_many("You have reached your daily limit.", "DAILY", who)
        if sort == "search":
            searches = self.searches[who[1]]
            _forget(searches, now - 1_000)
            if len(searches) >= SEARCHES_A_SECOND:
                sentence = "You have reached your secondly limit."
                return ApiError(429, sentence, "RATE_LIMITS").response()
        if len(window) >= self._most(allowance, sort):
            sentence = "You have reached your ten_secondly_rolling limit."
            return _too_many(sentence, "TEN_SECONDLY_ROLLING", who)
        window.append(now)
        self.today[day] += 1
        if sort == "search":
            self.searches[who[1]].append(now)
        return None

    def _window(self, who: Who, now: int, sort: Sort) -> deque[int]:
        window = (self.associations if sort == "association" else self.calls)[who]
        _forget(window, now - WINDOW_MS)
        return window

    @staticmethod
    def _most(allowance: Allowance, sort: Sort) -> int:
        return allowance.associations if sort == "association" else allowance.burst

    def used_today(self, portal_id: int, now: int) -> int:
        """Return how many calls were made since midnight, in the account's time zone."""
        return self.today[portal_id, _day(now)]

    def headers(self, who: Who, now: int, sort: Sort = "plain") -> dict[str, str]:
        """Return what an answer tells of the limits; a search tells the day's only."""
        allowance = self.allowance
        if allowance is None or sort == "exempt":
            return {}
        told: dict[str, str] = {}
        if allowance.daily is not None:
            left = allowance.daily - self.used_today(who[1], now)
            told["X-HubSpot-RateLimit-Daily"] = str(allowance.daily)
            told["X-HubSpot-RateLimit-Daily-Remaining"] = str(left)
        if sort != "search":
            most = self._most(allowance, sort)
            told["X-HubSpot-RateLimit-Max"] = str(most)
            told["X-HubSpot-RateLimit-Remaining"] = str(most - len(self._window(who, now, sort)))
            told["X-HubSpot-RateLimit-Interval-Milliseconds"] = str(WINDOW_MS)
        return told


def _forget(times: deque[int], before: int) -> None:
    while times and times[0] <= before:
        times.popleft()


def _day(now: int) -> str:
    at = datetime.fromtimestamp(now / 1000, UTC).astimezone(ZoneInfo(TIME_ZONE))
    return at.date().isoformat()


def _too_many(message: str, policy: str, who: Who) -> Response:
    group = f"publicapi:private_app-api-calls-{policy.lower().replace('_', '-')}:{who[0]}:{who[1]}"
    error = ApiError(429, message, errorType="RATE_LIMIT", policyName=policy, groupName=group)
    return error.response()
