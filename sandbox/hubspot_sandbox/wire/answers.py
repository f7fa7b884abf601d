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


def read(
    kind: ObjectType, record: Record, asked: Iterable[str] | None, defined: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a record as a read shows it.

    What was asked for and is defined but was never set is null; what is not defined is left out.
    Times and id always come along.
    """
    if asked is None:
        names: Iterable[str] = kind.default_properties
    else:
        always = (kind.created, kind.modified, "hs_object_id")
        names = sorted({*(name for name in asked if name in defined), *always})
    return shown(record, {name: record.properties.get(name) for name in names})


def without_cleared(body: dict[str, Any]) -> dict[str, Any]:
    """Return a read in which cleared properties look as if never set."""
    kept = {name: value or None for name, value in body["properties"].items()}
    return {**body, "properties": kept}


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
