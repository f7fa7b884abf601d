"""Faults on demand: what HubSpot and the network do to a client on a bad day."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from hubspot_sandbox.wire.errors import ApiError

KINDS = ("status", "reset_before", "reset_after", "truncated", "empty")

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
    423: ("The record is locked.", None, {}),
    429: (
        "You have reached your ten_secondly_rolling limit.",
        None,
        {"errorType": "RATE_LIMIT", "policyName": "TEN_SECONDLY_ROLLING"},
    ),
    477: ("This account is being migrated.", None, {}),
}


@dataclass
class Fault:
    """One thing that goes wrong, on calls whose `METHOD path` matches."""

    route: str = ".*"
    kind: str = "status"
    status: int = 503
    probability: float = 1.0
    count: int | None = None
    """How often, at most."""

    def hits(self, call: str, chance: random.Random) -> bool:
        """Whether it happens to this call; counts down when it does."""
        if self.count == 0 or not re.search(self.route, call):
            return False
        if chance.random() >= self.probability:
            return False
        if self.count is not None:
            self.count -= 1
        return True


@dataclass
class Faults:
    """The faults that are set."""

    faults: list[Fault] = field(default_factory=list)
    chance: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311

    def set(self, given: list[dict[str, Any]], seed: int) -> None:
        """Replace all faults."""
        self.faults = [Fault(**entry) for entry in given]
        unknown = {fault.kind for fault in self.faults} - set(KINDS)
        if unknown:
            raise ValueError(f"unknown kinds {sorted(unknown)}; known are {', '.join(KINDS)}")
        self.chance = random.Random(seed)  # noqa: S311

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


def error_response(status: int) -> Response:
    """Return HubSpot's answer of an error status; 5xx come as pages."""
    if status in _BODIES:
        message, category, more = _BODIES[status]
        response = ApiError(status, message, category, **more).response()
        if status == 477:
            response.headers["retry-after"] = "1"
        return response
    page = f"<html><head><title>{status}</title></head><body>Error {status}</body></html>"
    return HTMLResponse(page, status)
