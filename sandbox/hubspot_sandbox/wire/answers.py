"""JSON answers, and how records look in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from starlette.responses import Response

from hubspot_sandbox.model.types import ObjectType
from hubspot_sandbox.model.values import iso
from hubspot_sandbox.store.objects import Record

_encoder = msgspec.json.Encoder()


def answer(body: Any, status: int = 200) -> Response:
    """Return a JSON answer."""
    return Response(_encoder.encode(body), status, media_type="application/json;charset=utf-8")


def nothing() -> Response:
    """Return an empty 204."""
    return Response(status_code=204)


def shown(record: Record, properties: Mapping[str, str | None]) -> dict[str, Any]:
    """Return a record as answers show it, with these properties."""
    body = {
        "id": str(record.id),
        "properties": properties,
        "createdAt": iso(record.created),
        "updatedAt": iso(record.updated),
        "archived": bool(record.archived),
    }
    return {**body, "archivedAt": iso(record.archived)} if record.archived else body


class View:
    """How the reads of one call show records.

    What was asked for and is defined but was never set is null; what is not defined is left out.
    Times and id always come along.
    """

    def __init__(
        self,
        kind: ObjectType,
        asked: Iterable[str] | None,
        defined: Mapping[str, Any],
        *,
        cleared: str = "empty",
    ) -> None:
        """Show the properties that were asked for; `cleared` ones are empty or null."""
        always = (kind.created, kind.modified, "hs_object_id")
        named = None if asked is None else {*(name for name in asked if name in defined), *always}
        self._names = kind.default_properties if named is None else tuple(sorted(named))
        self._keeps_empty = cleared == "empty"

    def of(self, record: Record) -> dict[str, Any]:
        """Return a record as it is shown."""
        value = record.properties.get
        if self._keeps_empty:
            return shown(record, {name: value(name) for name in self._names})
        return shown(record, {name: value(name) or None for name in self._names})


def batch(results: list[Any], now: int, errors: list[Any] | None = None) -> dict[str, Any]:
    """Return the envelope of a batch."""
    more = {"numErrors": len(errors), "errors": errors} if errors else {}
    return {
        "status": "COMPLETE",
        "results": results,
        **more,
        "startedAt": iso(now),
        "completedAt": iso(now),
    }
