"""Writes back what pretix lets be written: parts of accounts, and of orders.

pretix has no conditional writes: the fields are read right before they are written, and read
again in its answer, since what it does not let be changed it ignores with status 200.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from stagedoor.extension import PlatformChange, PlatformOutcome, Value
from stagedoor_plugins.platform_sources.pretix.api import Json, PretixApi, decode
from stagedoor_plugins.platform_sources.pretix.names import given_and_family

META_KEY = "hubspot_id"
"""Where an order's `api_meta` has the id of its deal."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field that pretix takes: how it is read, and what to send for it."""

    read: Callable[[Json], Value]
    send: Callable[[Json, Value], Json]


def _plain(name: str, *, blank: str | None = "") -> Field:
    """Return a field that pretix has as it is; `blank` is how pretix writes its absence."""

    def read(row: Json) -> Value:
        return row.get(name) or None

    def send(_: Json, value: Value) -> Json:
        return {name: blank if value is None else value}

    return Field(read, send)


def _name(index: int, part: str) -> Field:
    """Return given or family name; the other part stays."""

    def read(row: Json) -> Value:
        return given_and_family(row.get("name_parts"))[index]

    def send(row: Json, value: Value) -> Json:
        given, family = given_and_family(row.get("name_parts"))
        names = {"given_name": given or "", "family_name": family or "", part: value or ""}
        return {"name_parts": {"_scheme": "given_family", **names}}

    return Field(read, send)


def _meta() -> Field:
    """Return HubSpot's id of an order's deal; other people's entries stay."""

    def read(row: Json) -> Value:
        found: Value = (row.get("api_meta") or {}).get(META_KEY)
        return found

    def send(row: Json, value: Value) -> Json:
        others = {k: v for k, v in (row.get("api_meta") or {}).items() if k != META_KEY}
        return {"api_meta": others if value is None else {**others, META_KEY: value}}

    return Field(read, send)


FIELDS: Mapping[str, Mapping[str, Field]] = {
    "customers": {
        "first_name": _name(0, "given_name"),
        "last_name": _name(1, "family_name"),
        "phone": _plain("phone", blank=None),
        "notes": _plain("notes", blank=None),
        "hubspot_id": _plain("external_identifier", blank=None),
    },
    "orders": {
        "email": _plain("email", blank=None),
        "phone": _plain("phone", blank=None),
        "comment": _plain("comment"),
        "hubspot_id": _meta(),
    },
}


class PretixWriter:
    """Writes to a pretix organizer."""

    def __init__(self, api: PretixApi) -> None:
        """Write through `api`."""
        self._api = api

    def write(self, change: PlatformChange) -> PlatformOutcome:
        """Write the fields that pretix takes, and say what became of each."""
        known = FIELDS.get(change.stream, {})
        invalid = {n: _not_taken(change.stream, n) for n in change.values if n not in known}
        wanted = {n: v for n, v in change.values.items() if n in known}
        row = self._api.find(_path(change)) if wanted else None
        if row is None:
            missing = f"pretix has no {change.stream} {change.key} for this token"
            return PlatformOutcome(change, invalid={**invalid, **dict.fromkeys(wanted, missing)})
        conflicts = {
            name: now
            for name, value in wanted.items()
            if name in change.expected
            and (now := known[name].read(row)) not in (change.expected[name], value)
        }
        free = {name: value for name, value in wanted.items() if name not in conflicts}
        written, refused = self._send(change, known, row, free)
        return PlatformOutcome(change, written, conflicts, {**invalid, **refused})

    def _send(
        self,
        change: PlatformChange,
        known: Mapping[str, Field],
        row: Json,
        wanted: Mapping[str, Value],
    ) -> tuple[tuple[str, ...], dict[str, str]]:
        body: Json = {}
        sent: dict[str, str] = {}
        for name, value in wanted.items():
            if known[name].read(row) != value:
                part = known[name].send({**row, **body}, value)
                body.update(part)
                sent.update(dict.fromkeys(part, name))
        if not body:
            return tuple(wanted), {}
        request = self._api.prepare("PATCH", _path(change), body=body)
        answer = self._api.send(request, refusals=frozenset({400}))
        if answer.status_code == 400:
            return self._without_refused(change, known, row, wanted, answer.content)
        now = decode(answer.content)
        # Another spelling of what was sent, as of a phone number, is written all the same.
        ignored = {n for n, v in wanted.items() if v != known[n].read(now) == known[n].read(row)}
        reason = "pretix kept its own value"
        return tuple(n for n in wanted if n not in ignored), dict.fromkeys(ignored, reason)

    def _without_refused(
        self,
        change: PlatformChange,
        known: Mapping[str, Field],
        row: Json,
        wanted: Mapping[str, Value],
        refusal: bytes,
    ) -> tuple[tuple[str, ...], dict[str, str]]:
        """Write the fields that pretix does not complain about; a 400 wrote none."""
        reasons = _reasons(refusal)
        refused = {
            name: reasons[part]
            for name in wanted
            for part in known[name].send(row, wanted[name])
            if part in reasons
        }
        if not refused:
            why = "; ".join(reasons.values()) or "pretix does not take it"
            return (), dict.fromkeys(wanted, why)
        rest = {n: v for n, v in wanted.items() if n not in refused}
        written, more = self._send(change, known, row, rest) if rest else ((), {})
        return written, {**refused, **more}


def _path(change: PlatformChange) -> str:
    if change.stream == "customers":
        return f"/customers/{change.key}/"
    slug, _, code = change.key.partition("/")
    return f"/events/{slug}/orders/{code}/"


def _not_taken(stream: str, name: str) -> str:
    known = ", ".join(FIELDS.get(stream, {}))
    return f"pretix does not let {name} of {stream} be changed" + (
        f"; it takes {known}" if known else ""
    )


def _reasons(body: bytes) -> dict[str, str]:
    """Return pretix's complaints, by field of its own."""
    try:
        told: Any = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return {}
    if not isinstance(told, dict):
        return {"": str(told)}
    return {k: " ".join(map(str, v)) if isinstance(v, list) else str(v) for k, v in told.items()}
