"""What is told of calls: how long, how large, how they ended; never what they said."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from stagedoor.hubspot.redaction import Redacted

logger = logging.getLogger("stagedoor.hubspot")


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt at a call."""

    method: str
    route: str
    """The path without names and ids."""
    result: str
    """The HTTP status, or the name of the exception that came instead."""
    ms: float
    attempt: int
    correlation_id: str | None
    """HubSpot's id of this call, for its support."""
    sent: int
    """Bytes of the request's body."""
    received: int
    """Bytes of the response's body, as they travelled."""
    redacted: Callable[[], Redacted] = field(default=Redacted, repr=False, compare=False)
    """Makes what may be shown of its contents, for who asks: it costs a walk through the bodies."""


Observer: TypeAlias = Callable[[Call], None]
"""Sees every attempt; called from several threads."""


def log_call(call: Call) -> None:
    """Tell of a call in the log, at DEBUG."""
    logger.debug(
        "%s %s -> %s in %.0f ms (attempt %d, %d bytes out, %d in, correlation %s)",
        call.method,
        call.route,
        call.result,
        call.ms,
        call.attempt,
        call.sent,
        call.received,
        call.correlation_id,
    )


@dataclass(frozen=True, slots=True)
class RouteMetrics:
    """What the calls of one route that ended alike come to."""

    count: int = 0
    total_ms: float = 0.0
    max_ms: float = 0.0
    sent: int = 0
    received: int = 0
    retries: int = 0
    """How many of them were not the first attempt."""

    def plus(self, call: Call) -> RouteMetrics:
        """Return the metrics with one more call."""
        return replace(
            self,
            count=self.count + 1,
            total_ms=self.total_ms + call.ms,
            max_ms=max(self.max_ms, call.ms),
            sent=self.sent + call.sent,
            received=self.received + call.received,
            retries=self.retries + (call.attempt > 1),
        )


class CallMetrics:
    """An observer that sums calls up by method, route and result; safe for several threads."""

    def __init__(self) -> None:
        """Begin without calls."""
        self._routes: dict[tuple[str, str, str], RouteMetrics] = {}
        self._lock = threading.Lock()

    def __call__(self, call: Call) -> None:
        """Count a call."""
        key = (call.method, call.route, call.result)
        with self._lock:
            self._routes[key] = self._routes.get(key, RouteMetrics()).plus(call)

    def by_route(self) -> dict[tuple[str, str, str], RouteMetrics]:
        """Return what was counted, by method, route and result."""
        with self._lock:
            return dict(sorted(self._routes.items()))
