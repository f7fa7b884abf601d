"""Faults on demand: what HubSpot and the network do to a client on a bad day."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from hubspot_sandbox.wire.errors import ApiError

KINDS = ("status", "reset_before", "reset_after", "truncated", "empty", "slow")
POLICIES = ("TEN_SECONDLY_ROLLING", "SECONDLY", "DAILY")

_BODIES: dict[int, tuple[str, str | None, dict[str, Any]]] = {
    401: (
        "The OAuth token used to make this call expired 7 second(s) ago.",
        "EXPIRED_AUTHENTICATION",
        {},
    ),
    403: (
        "This app hasn't been granted all required scopes to make this call.",
        "MISSING_SCOPES",
        {
            "errors": [
                {
                    "message": "One or more of the following scopes are required.",
                    "context": {"requiredGranularScopes": ["crm.objects.contacts.write"]},
                }
            ]
        },
    ),
    409: ("Contact already exists. Existing ID: 1", "CONFLICT", {}),
    423: ("The record is locked.", None, {}),
    477: ("This account is being migrated.", None, {}),
}


@dataclass
class Fault:
    """One thing that goes wrong, on calls whose `METHOD path` matches."""

    route: str = ".*"
    kind: str = "status"
    status: int = 503
    policy: str = "TEN_SECONDLY_ROLLING"
    """Which limit a 429 speaks of."""
    seconds: float = 0.2
    """How long a slow body takes, and what `Retry-After` says with 477."""
    probability: float = 1.0
    count: int | None = None
    """How often, at most."""
    skip: int = 0
    """How many matching calls go well before."""

    def hits(self, call: str, chance: random.Random) -> bool:
        """Whether it happens to this call; counts down when it does."""
        if self.count == 0 or not re.search(self.route, call):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if chance.random() >= self.probability:
            return False
        if self.count is not None:
            self.count -= 1
        return True

    def instead(self) -> Response | None:
        """Return what the client gets without its call being carried out, if so."""
        if self.kind == "status":
            return error_response(self)
        return CutOff() if self.kind == "reset_before" else None

    def spoil(self, response: Response) -> Response:
        """Return what the client gets of an answer to a call that was carried out."""
        body = bytes(response.body)
        match self.kind:
            case "empty":
                return Response(status_code=response.status_code)
            case "truncated":
                return CutOff(body[: len(body) // 2])
            case "slow":
                return Slow(body, response, self.seconds)
            case _:
                return CutOff()


@dataclass
class Faults:
    """The faults that are set."""

    faults: list[Fault] = field(default_factory=list)
    chance: random.Random = field(default_factory=lambda: random.Random(1))

    def set(self, given: list[dict[str, Any]], seed: int) -> None:
        """Replace all faults.

        Raises:
            ValueError: A kind or policy is unknown.
        """
        faults = [Fault(**entry) for entry in given]
        for wrong, known in (
            ({fault.kind for fault in faults} - set(KINDS), KINDS),
            ({fault.policy for fault in faults} - set(POLICIES), POLICIES),
        ):
            if wrong:
                raise ValueError(f"unknown {sorted(wrong)}; known are {', '.join(known)}")
        self.faults = faults
        self.chance = random.Random(seed)

    def pick(self, call: str) -> Fault | None:
        """Return the fault that happens to this call, if any."""
        return next((fault for fault in self.faults if fault.hits(call, self.chance)), None)


class CutOff(Response):
    """An answer that breaks off: the client sees its connection close."""

    def __init__(self, body: bytes = b"") -> None:
        """Announce more than will come."""
        super().__init__(body, 200, {"content-length": str(len(body) + 1_000)})

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Begin the answer and never end it; the server then closes the connection."""
        await send(
            {"type": "http.response.start", "status": 200, "headers": self.raw_headers},
        )
        await send({"type": "http.response.body", "body": self.body, "more_body": True})


class Slow(Response):
    """An answer whose body comes in drops; without one, the whole answer comes late."""

    def __init__(self, body: bytes, like: Response, seconds: float) -> None:
        """Answer as another would, over so many seconds."""
        super().__init__(body, like.status_code, media_type=like.media_type)
        self._seconds = seconds

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Send the body in ten parts."""
        if not self.body:
            await asyncio.sleep(self._seconds)
        start = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **start})
        size = max(len(self.body) // 10, 1)
        parts = [self.body[at : at + size] for at in range(0, len(self.body), size)]
        for part in parts:
            await asyncio.sleep(self._seconds / len(parts))
            await send({"type": "http.response.body", "body": bytes(part), "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def error_response(fault: Fault) -> Response:
    """Return HubSpot's answer of an error status; 5xx come as pages."""
    status = fault.status
    if status == 429:
        return _LIMITED[fault.policy]().response()
    if status in _BODIES:
        message, category, more = _BODIES[status]
        response = ApiError(status, message, category, **more).response()
        if status == 477:
            response.headers["retry-after"] = str(max(1, round(fault.seconds)))
        return response
    page = f"<html><head><title>{status}</title></head><body>Error {status}</body></html>"
    return HTMLResponse(page, status)


def _of_policy(sentence: str, policy: str) -> ApiError:
    return ApiError(429, sentence, errorType="RATE_LIMIT", policyName=policy)


_LIMITED: dict[str, Callable[[], ApiError]] = {
    "TEN_SECONDLY_ROLLING": lambda: _of_policy(
        "You have reached your ten_secondly_rolling limit.", "TEN_SECONDLY_ROLLING"
    ),
    "SECONDLY": lambda: ApiError(429, "You have reached your secondly limit.", "RATE_LIMITS"),
    "DAILY": lambda: _of_policy("You have reached your daily limit.", "DAILY"),
}
