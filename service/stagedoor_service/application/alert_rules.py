"""When people are told: from what was and what is, to what changed; pure.

A condition is bad or good. It turns bad at a limit, and good again only clearly below it, so that
what swings around the limit is told once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Condition(StrEnum):
    """What is watched of each portal."""

    CONNECTION = "connection"
    """HubSpot lets us in."""
    RUNS = "runs"
    """The last runs did not all fail."""
    DEAD_LETTERS = "dead_letters"
    """Not too many records wait for a person."""
    BACKLOG = "backlog"
    """Events and runs do not wait for long."""
    QUOTA = "quota"
    """Some of the day's calls are left for runs."""


class Link(StrEnum):
    """How a portal is connected."""

    CONNECTED = "connected"
    RECONNECT = "reconnect"
    """HubSpot refuses the refresh token."""
    DISCONNECTED = "disconnected"
    """It was in use, and nothing opens it any more."""
    NEVER = "never"
    """It was never in use."""


@dataclass(frozen=True, slots=True)
class Facts:
    """How it goes with a portal."""

    link: Link = Link.CONNECTED
    failures: int = 0
    """Runs of one kind that failed one after another, up to now."""
    last_error: str = ""
    """What the last of them said; nothing of records."""
    dead_letters: int = 0
    waiting_seconds: float = 0.0
    """How long the oldest event or run has waited."""
    calls_left: float = 1.0
    """Share of the day's calls that HubSpot still allows."""


@dataclass(frozen=True, slots=True)
class Limits:
    """From when a condition is bad."""

    failed_runs: int = 1
    dead_letters: int = 20
    backlog_seconds: float = 600.0
    calls_left: float = 0.1


@dataclass(frozen=True, slots=True)
class Change:
    """A condition that turned."""

    condition: Condition
    is_bad: bool
    message: str


def changes(facts: Facts, limits: Limits, bad: Collection[str]) -> list[Change]:
    """Return what has turned, where the conditions in `bad` were bad up to now."""
    turned = []
    for condition in Condition:
        is_bad = _is_bad(condition, facts, limits, was_bad=condition in bad)
        if is_bad != (condition in bad):
            told = _PROBLEMS[condition] if is_bad else _RECOVERIES[condition]
            turned.append(Change(condition, is_bad, told.format(facts=facts, **_shown(facts))))
    return turned


def _is_bad(condition: Condition, facts: Facts, limits: Limits, *, was_bad: bool) -> bool:
    share = 0.5 if was_bad else 1.0
    match condition:
        case Condition.CONNECTION:
            return facts.link in (Link.RECONNECT, Link.DISCONNECTED)
        case Condition.RUNS:
            return facts.failures >= (1 if was_bad else limits.failed_runs)
        case Condition.DEAD_LETTERS:
            return facts.dead_letters >= max(limits.dead_letters * share, 1)
        case Condition.BACKLOG:
            return facts.waiting_seconds >= limits.backlog_seconds * share
        case Condition.QUOTA:
            return facts.calls_left <= min(limits.calls_left / share, 0.99)


def _shown(facts: Facts) -> dict[str, str]:
    how = "must be connected again: HubSpot refuses its token"
    if facts.link is Link.DISCONNECTED:
        how = "is disconnected; nothing is sent any more"
    return {
        "how": how,
        "minutes": f"{facts.waiting_seconds / 60:.0f}",
        "left": f"{facts.calls_left:.0%}",
        "why": f": {facts.last_error}" if facts.last_error else ".",
    }


_PROBLEMS = {
    Condition.CONNECTION: "The portal {how}.",
    Condition.RUNS: "{facts.failures} run(s) failed one after another{why}",
    Condition.DEAD_LETTERS: "{facts.dead_letters} records could not be sent and wait for a person.",
    Condition.BACKLOG: "What came in has waited for {minutes} minutes.",
    Condition.QUOTA: "{left} of HubSpot's calls of the day are left; runs pause until midnight.",
}
_RECOVERIES = {
    Condition.CONNECTION: "The portal is connected again.",
    Condition.RUNS: "A run has succeeded again.",
    Condition.DEAD_LETTERS: "{facts.dead_letters} records wait for a person; that is few again.",
    Condition.BACKLOG: "What comes in is taken up in time again.",
    Condition.QUOTA: "HubSpot allows calls again; {left} of the day's are left.",
}

FIRST_WAIT, LONGEST_WAIT, ATTEMPTS = 10.0, 3_600.0, 24
"""Seconds until a delivery is tried again, at first and at most; and how often it is tried."""


def wait_after(attempt: int) -> float | None:
    """Return how many seconds to wait after a failed attempt; nothing when it was the last."""
    if attempt >= ATTEMPTS:
        return None
    return min(FIRST_WAIT * 2.0 ** (attempt - 1), LONGEST_WAIT)


def waits() -> Iterator[float]:
    """Yield the waits of a delivery that never succeeds."""
    attempt = 1
    while (wait := wait_after(attempt)) is not None:
        yield wait
        attempt += 1
