"""Refuses bodies that are too large or too slow, before anybody reads them to their end."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stagedoor_service.application.problem import Problem
from stagedoor_service.web.problems import answer


class BodyLimits:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, largest: int, seconds: float) -> None:
        """Let bodies of `largest` bytes pass that arrive within `seconds`."""
        self._app = app
        self._largest = largest
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            body = await self._read(scope, receive)
        except Problem as problem:
            problem.headers["Connection"] = "close"  # what is left of it is not read
            await answer(problem)(scope, receive, send)
            return
        if body is None:
            return  # who called has gone

        waiting: Message | None = {"type": "http.request", "body": body, "more_body": False}

        async def replay() -> Message:
            nonlocal waiting
            if waiting is not None:
                message, waiting = waiting, None
                return message
            return await receive()

        await self._app(scope, replay, send)

    async def _read(self, scope: Scope, receive: Receive) -> bytes | None:
        """Return the whole body.

        Raises:
            Problem: It is too large, or too slow.
        """
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > self._largest:
            raise self._too_large()
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self._seconds):
                while True:
                    message = await receive()
                    if message["type"] != "http.request":
                        return None
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    if size > self._largest:
                        raise self._too_large()
                    if not message.get("more_body"):
                        return b"".join(parts)
        except TimeoutError:
            told = f"The body did not arrive within {self._seconds:g} seconds."
            raise Problem("BODY_TOO_SLOW", told) from None

    def _too_large(self) -> Problem:
        return Problem("BODY_TOO_LARGE", f"A body may have {self._largest:,} bytes.")
