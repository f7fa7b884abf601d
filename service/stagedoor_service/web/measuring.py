"""Counts and times calls by route, and says in the log how each ended."""

from __future__ import annotations

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stagedoor_service.web.metrics import CALLS, SECONDS

logger = logging.getLogger("stagedoor.service.access")

SECURITY = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
)


class Measured:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        """Measure `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = time.perf_counter(), 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                there = {name for name, _ in message["headers"]}
                more = [header for header in SECURITY if header[0] not in there]
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            seconds = time.perf_counter() - begun
            # The route, never the path: what people type must not become labels.
            route = getattr(scope.get("route"), "path", "(none)")
            CALLS.labels(scope["method"], route, str(status)).inc()
            SECONDS.labels(scope["method"], route).observe(seconds)
            logger.debug("%s %s -> %d in %.0f ms", scope["method"], route, status, seconds * 1_000)
