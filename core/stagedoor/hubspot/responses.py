"""From (status, headers, body) to what to do: one table, no network.

https://developers.hubspot.com/docs/reference/api/other-resources/error-handling
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

MAX_WAIT = 60.0
"""Longest wait, in seconds, that a header may ask of a running sync."""


class Verdict(StrEnum):
    """What to do about a response."""

    OK = "ok"
    RETRY = "retry"
    """Send it again after a wait; the call had no effect, or repeating it is harmless."""
    REFRESH = "refresh"
    """The token has expired: get a new one, once, and send it again."""
    REJECT = "reject"
    """The content is refused: split the batch, or bury the one object."""
    CONFLICT = "conflict"
    """A unique value is taken: find whose it is, or split the batch."""
    STOP = "stop"
    """The token, its scopes or the path are wrong: nothing will work until a person acts."""
    ENOUGH = "enough"
    """The daily allowance is used up: go on tomorrow."""


@dataclass(frozen=True, slots=True)
class Response:
    """A response read to its end; `payload` is its JSON, or nothing."""

    status: int
    headers: Mapping[str, str]
    payload: Any
    text: str = ""
    """The body, where it is no JSON."""

    @property
    def message(self) -> str:
        """HubSpot's sentence, or the beginning of what came instead."""
        if isinstance(self.payload, dict) and self.payload.get("message"):
            return str(self.payload["message"])
        return f"HTTP {self.status} {self.text[:120]!r}"

    @property
    def category(self) -> str | None:
        """HubSpot's error category."""
        return self._field("category")

    @property
    def correlation_id(self) -> str | None:
        """HubSpot's id of this call, for its support."""
        return self._field("correlationId") or self.headers.get("x-hubspot-correlation-id")

    def _field(self, name: str) -> str | None:
        value = self.payload.get(name) if isinstance(self.payload, dict) else None
        return str(value) if value else None


@dataclass(frozen=True, slots=True)
class Resolution:
    """What to do, after how many seconds, and why."""

    verdict: Verdict
    wait: float = 0.0
    why: str = ""


def parse(status: int, headers: Mapping[str, str], body: bytes) -> Response:
    """Return the response; a body that is no JSON leaves `payload` empty."""
    text = ""
    try:
        payload = msgspec.json.decode(body) if body else None
    except msgspec.DecodeError:
        payload, text = None, body.decode("utf-8", "replace")
    return Response(status, {k.lower(): v for k, v in headers.items()}, payload, text)


def _retry(seconds: float) -> Callable[[Response], Resolution]:
    return lambda r: Resolution(Verdict.RETRY, max(seconds, wait_told(r)), r.message)


def _unauthorized(response: Response) -> Resolution:
    expired = response.category == "EXPIRED_AUTHENTICATION"
    return Resolution(Verdict.REFRESH if expired else Verdict.STOP, why=response.message)


def _too_many(response: Response) -> Resolution:
    """Tell the three limits apart: the day's, the ten seconds', the search's one second."""
    payload = response.payload if isinstance(response.payload, dict) else {}
    policy = str(payload.get("policyName", ""))
    if policy == "DAILY" or "daily limit" in response.message.lower():
        return Resolution(Verdict.ENOUGH, why=response.message)
    seconds = 1.0 if "secondly limit" in response.message and policy == "" else 2.0
    return Resolution(Verdict.RETRY, max(seconds, wait_told(response)), response.message)


def _migrating(response: Response) -> Resolution:
    """HubSpot is moving the account between data centres, for up to 24 hours."""
    wait = _seconds(response.headers.get("retry-after"))
    if wait > MAX_WAIT:
        return Resolution(Verdict.ENOUGH, why="HubSpot is migrating this account")
    return Resolution(Verdict.RETRY, max(wait, 1.0), response.message)


def _verdict(verdict: Verdict) -> Callable[[Response], Resolution]:
    return lambda r: Resolution(verdict, why=r.message)


_TABLE: dict[int, Callable[[Response], Resolution]] = {
    400: _verdict(Verdict.REJECT),
    401: _unauthorized,
    403: _verdict(Verdict.STOP),
    404: _verdict(Verdict.REJECT),
    405: _verdict(Verdict.STOP),
    408: _retry(1.0),
    409: _verdict(Verdict.CONFLICT),
    413: _verdict(Verdict.REJECT),
    414: _verdict(Verdict.REJECT),
    415: _verdict(Verdict.STOP),
    423: _retry(2.0),
    429: _too_many,
    477: _migrating,
}


def resolve(response: Response) -> Resolution:
    """Return what to do about a response."""
    if 200 <= response.status < 300:
        if response.payload is None and response.status not in (202, 204):
            return Resolution(Verdict.RETRY, 0.5, "HubSpot's answer is empty or cut off")
        return Resolution(Verdict.OK)
    if response.status >= 500:
        return _retry(1.0)(response)
    return _TABLE.get(response.status, _verdict(Verdict.REJECT))(response)


def wait_told(response: Response) -> float:
    """Return how many seconds a response asks to wait, within reason."""
    return min(_seconds(response.headers.get("retry-after")), MAX_WAIT)


def _seconds(text: str | None) -> float:
    try:
        return max(float(text or 0), 0.0)
    except ValueError:
        return 0.0


_EXISTING = re.compile(r"Existing ID:\s*(\d+)")
INVALID = "Property values were not valid: "


def existing_id(message: str) -> str | None:
    """Return the id of the object that already has a unique value."""
    found = _EXISTING.search(message)
    return found.group(1) if found else None


def invalid_properties(message: str) -> list[dict[str, Any]]:
    """Return HubSpot's own list of invalid values, from inside its sentence."""
    _, mark, rest = message.partition(INVALID)
    if not mark:
        return []
    try:
        listed = json.loads(rest)
    except ValueError:
        return []
    return [item for item in listed if isinstance(item, dict)]


def missing_scopes(payload: Any) -> list[str]:
    """Return the scopes that HubSpot says are lacking."""
    errors = payload.get("errors", []) if isinstance(payload, dict) else []
    scopes: list[str] = []
    for error in errors:
        context = error.get("context", {}) if isinstance(error, dict) else {}
        scopes += [str(scope) for scope in context.get("requiredGranularScopes", [])]
    return sorted(set(scopes))
