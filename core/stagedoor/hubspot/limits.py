"""HubSpot's allowances as pure values: rolling windows, the search's second, the day's budget.

A token bucket that refills steadily may still pass more than the allowance in some ten seconds;
a window that remembers each call cannot. A call that must wait reserves its moment, so waiters
go in the order in which they came, and a search that waits holds up nobody else.
https://developers.hubspot.com/docs/guides/apps/api-usage/usage-details
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from heapq import merge
from typing import Literal, TypeAlias

WINDOW = 10.05
"""Seconds of HubSpot's rolling window, and a little for the way that calls travel."""

SEARCH_WINDOW = 1.05
"""Seconds of the window in which five searches are allowed, and a little more."""

INTERVAL = "10000"
"""Milliseconds of the only window whose headers are read."""

ASK_AGAIN = 60.0
"""Seconds after which one call may find out whether a new day's budget has begun."""

HORIZON = 120.0
"""Seconds ahead beyond which a noted time is a clock's mistake."""

Priority: TypeAlias = Literal["batch", "realtime"]
"""Whether a call belongs to a long run, or to somebody who waits for it."""

Headers: TypeAlias = Mapping[str, str]
"""Headers of a response, names in lower case."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What one portal may be sent."""

    allowance: int
    """Calls in any `window` seconds."""
    window: float = WINDOW
    associations: int = 150
    """Calls of the associations API in a window of their own, if that is less."""
    searches: int = 5
    search_window: float = SEARCH_WINDOW
    daily_reserve: float = 0.1
    """Share of the day's allowance that batch work leaves to real-time work."""


def earliest(times: Sequence[float], most: int, seconds: float, start: float) -> float:
    """Return the first moment from `start` on that one more call may have.

    `times` are sorted, and may lie ahead. Around every `most` calls closer together than
    `seconds` there is a stretch in which one more would be too many.
    """
    at = start
    for first, last in zip(times, times[most - 1 :], strict=False):
        if last - first < seconds and last - seconds < at < first + seconds:
            at = first + seconds
    return at


@dataclass
class Window:
    """The calls in one rolling window: ours, reserved ones included, and those of others."""

    ours: list[float] = field(default_factory=list)
    """When each of our calls is sent."""
    held: list[float] = field(default_factory=list)
    """When each was counted at the latest: as it was sent, until its answer came."""
    others: list[float] = field(default_factory=list)
    """Calls of other programs, each noted when a header first told of it."""
    told_most: int | None = None
    told_at: float = 0.0
    blocked_until: float = 0.0

    def forget(self, now: float, seconds: float) -> None:
        """Drop what is past, and what a clock set back has left ahead.

        Our own calls are kept for two windows: an answer may tell of the one before.
        """
        for times in (self.ours, self.held):
            del times[: bisect_right(times, now - 2 * seconds)]
        del self.others[: bisect_right(self.others, now - seconds)]
        for times in (self.ours, self.held, self.others):
            del times[bisect_left(times, now + HORIZON) :]
        if self.blocked_until > now + HORIZON:
            self.blocked_until = now

    def most(self, now: float, allowance: int, seconds: float) -> int:
        """Return how many calls the window may hold, expecting others to go on as they did."""
        known = min(allowance, self.told_most or allowance)
        if not self.others:
            return known
        silent = min(max(now - self.told_at, 0.0), seconds)
        expected = len(self.others) * silent / seconds
        # Others call at random: a deviation more than expected, and two calls for rounding.
        return max(known - 2 - math.ceil(expected + 1.3 * math.sqrt(expected)), 1)

    def earliest(self, start: float, now: float, allowance: int, seconds: float) -> float:
        """Return the first moment from `start` on that a new call may have."""
        start = max(start, self.blocked_until)
        most = self.most(now, allowance, seconds)
        ours = self.held[bisect_right(self.held, now - seconds) :]
        if len(ours) + len(self.others) < most:
            return start
        return earliest([*merge(ours, self.others)], most, seconds, start)

    def wait(self, now: float, allowance: int, seconds: float) -> float:
        """Return how long a call whose moment has come must still wait; 0 means go."""
        blocked = max(self.blocked_until - now, 0.0)
        most = self.most(now, allowance, seconds)
        past = self.held[bisect_right(self.held, now - seconds) : bisect_right(self.held, now)]
        if len(past) + len(self.others) < most:
            return blocked
        oldest = [*merge(past, self.others)][-most]
        return max(oldest + seconds - now, blocked, 0.0)

    def reserve(self, at: float) -> None:
        """Note a call that will be sent at a moment."""
        insort(self.ours, at)
        insort(self.held, at)

    def release(self, at: float) -> None:
        """Give a reserved moment back."""
        for times in (self.ours, self.held):
            if at in times:
                times.remove(at)

    def answered(self, since: float, now: float) -> None:
        """Note that a call sent at `since` has its answer, or will have none.

        HubSpot counted it on its way; who calls again a window after sending it may be early.
        """
        if since in self.held:
            self.held.remove(since)
            insort(self.held, now)

    def heed(self, now: float, since: float, headers: Headers, seconds: float) -> None:
        """Count the calls of others, of which an answer to a call sent at `since` tells.

        HubSpot counted at some moment between `since` and `now`, so any of our calls until `now`
        may be in its number: only what is left beyond all of them proves that there are others.
        Once that is proved, those sent after `since` are taken not to be.
        What was counted more than a window ago tells nothing any more.
        """
        most = headers.get("x-hubspot-ratelimit-max", "")
        left = headers.get("x-hubspot-ratelimit-remaining", "")
        if headers.get("x-hubspot-ratelimit-interval-milliseconds", INTERVAL) != INTERVAL:
            return
        if most.isdigit() and int(most) > 0:
            self.told_most = int(most)
        if not left.isdigit() or self.told_most is None or since < now - seconds:
            return
        self.told_at = max(self.told_at, since)
        used = self.told_most - int(left) - len(self.others)
        gone = bisect_right(self.ours, since - seconds)
        surely = used - (bisect_right(self.ours, now) - gone)
        likely = used - (bisect_right(self.ours, since) - gone)
        if self.others or surely > 0:
            self.others += [now] * max(likely, 0)

    def block(self, now: float, seconds: float) -> None:
        """Let nobody call for a while: HubSpot said no."""
        self.blocked_until = max(self.blocked_until, now + seconds)


@dataclass
class Budget:
    """What HubSpot last told of the day's allowance."""

    limit: int = 0
    remaining: int = 0
    told_at: float = -math.inf

    def heed(self, now: float, headers: Headers) -> None:
        """Note what the headers tell; without them there is no budget."""
        limit = headers.get("x-hubspot-ratelimit-daily", "")
        remaining = headers.get("x-hubspot-ratelimit-daily-remaining", "")
        if limit.isdigit() and remaining.isdigit():
            self.limit, self.remaining, self.told_at = int(limit), int(remaining), now

    def refuses(self, now: float, reserve: float, priority: Priority) -> bool:
        """Return whether a call would use what is kept back.

        What was told a while ago may be yesterday's: then one call goes, and asks.
        """
        if priority == "realtime" or self.limit == 0 or self.remaining > self.limit * reserve:
            return False
        if not 0 <= now - self.told_at < ASK_AGAIN:
            self.told_at = now
            return False
        return True


@dataclass
class Traffic:
    """All calls to one portal that still matter; told the time by its caller."""

    calls: Window = field(default_factory=Window)
    associations: Window = field(default_factory=Window)
    searches: Window = field(default_factory=Window)
    budget: Budget = field(default_factory=Budget)

    def windows(self, rules: Rules, kind: str) -> list[tuple[Window, int, float]]:
        """Return the windows that a call of `kind` stands in, with their sizes.

        Associations have an allowance of their own; a search counts twice.
        """
        if kind == "associate":
            most = min(rules.allowance, rules.associations)
            return [(self.associations, most, rules.window)]
        calls = (self.calls, rules.allowance, rules.window)
        searches = (self.searches, rules.searches, rules.search_window)
        return [calls, searches] if kind == "search" else [calls]

    def reserve(self, rules: Rules, kind: str, now: float) -> float:
        """Note a call for the first moment that it may have, and return that."""
        windows = self.windows(rules, kind)
        for window, _, seconds in windows:
            window.forget(now, seconds)
        at, found = now, -math.inf
        while found < at:
            found = at
            at = max(w.earliest(at, now, most, seconds) for w, most, seconds in windows)
        for window, *_ in windows:
            window.reserve(at)
        return at

    def claim(self, rules: Rules, kind: str, at: float, now: float) -> float:
        """Return `now` when the call reserved for `at` may go, else its next moment.

        Much may have been heard of since it was reserved, and nobody wakes up to the millisecond.
        """
        windows = self.windows(rules, kind)
        for window, _, seconds in windows:
            window.release(at)
            window.forget(now, seconds)
        moment = now + max(w.wait(now, most, seconds) for w, most, seconds in windows)
        for window, *_ in windows:
            window.reserve(moment)
        return moment

    def heed(self, rules: Rules, kind: str, headers: Headers, since: float, now: float) -> None:
        """Take note of the limits that the answer to a call sent at `since` tells."""
        self.budget.heed(now, headers)
        for window, *_ in self.windows(rules, kind):
            window.answered(since, now)
        if kind != "search":
            ((window, _, seconds),) = self.windows(rules, kind)
            window.forget(now, seconds)
            window.heed(now, since, headers, seconds)

    def block(self, rules: Rules, kind: str, now: float, seconds: float) -> None:
        """Hold back calls of this kind after a 429: a search's concerns searches only."""
        self.windows(rules, kind)[-1][0].block(now, seconds)
