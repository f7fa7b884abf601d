"""Associations between records.

https://developers.hubspot.com/docs/api-reference/crm-associations-v4/guide
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from hubspot_sandbox.model.types import ObjectType, resolve
from hubspot_sandbox.store.associations import DEFAULTS, LABELS, PRIMARIES
from hubspot_sandbox.store.portal import PortalStore
from hubspot_sandbox.wire.answers import answer, batch, nothing
from hubspot_sandbox.wire.calls import Call
from hubspot_sandbox.wire.errors import ApiError, invalid

MAX_CREATED, MAX_READ, MAX_ARCHIVED = 2_000, 1_000, 100
HUBSPOT = "HUBSPOT_DEFINED"

_ENDS = {
    **{number: ends for ends, number in DEFAULTS.items()},
    1: ("contacts", "companies"),
    2: ("companies", "contacts"),
    5: ("deals", "companies"),
    6: ("companies", "deals"),
    25: ("companies", "tickets"),
    26: ("tickets", "companies"),
    13: ("companies", "companies"),
    14: ("companies", "companies"),
}


def associate_default_batch(call: Call) -> Response:
    """POST /associations/{from}/{to}/batch/associate/default."""
    one, other = call.type_named("from"), call.type_named("to")
    type_id = _default(one, other)
    pairs = [_pair(call, entry) for entry in call.inputs(MAX_CREATED)]
    good, errors = _existing(call, one, other, pairs)
    with call.portal.transaction():
        call.portal.associations.add(one.name, other.name, good, [(HUBSPOT, type_id)])
    spec = {"associationCategory": HUBSPOT, "associationTypeId": type_id}
    results = [
        {"from": {"id": str(a)}, "to": {"id": str(b)}, "associationSpec": spec} for a, b in good
    ]
    return answer(batch(results, call.portal.now(), errors), 207 if errors else 200)


def create_batch(call: Call) -> Response:
    """POST /associations/{from}/{to}/batch/create: replaces the labels that pairs have."""
    one, other = call.type_named("from"), call.type_named("to")
    results, errors = [], []
    with call.portal.transaction():
        for entry in call.inputs(MAX_CREATED):
            pair = _pair(call, entry)
            good, bad = _existing(call, one, other, [pair])
            errors += bad
            if good:
                labels = _label(call.portal, one, other, pair, entry.get("types") or ())
                results.append(_labelled(one, other, pair, labels))
    return answer(batch(results, call.portal.now(), errors), 207 if errors else 201)


def read_batch(call: Call) -> Response:
    """POST /associations/{from}/{to}/batch/read; records without associations are left out."""
    one, other = call.type_named("from"), call.type_named("to")
    results = []
    for entry in call.inputs(MAX_READ):
        record_id = call.number(entry["id"])
        to = targets(call.portal, one, record_id, other)
        if to:
            results.append({"from": {"id": str(record_id)}, "to": to})
    return answer(batch(results, call.portal.now()))


def archive_batch(call: Call) -> Response:
    """POST /associations/{from}/{to}/batch/archive."""
    one, other = call.type_named("from"), call.type_named("to")
    with call.portal.transaction():
        for entry in call.inputs(MAX_ARCHIVED):
            start = call.number(entry["from"]["id"])
            pairs = [(start, call.number(end["id"])) for end in entry["to"]]
            call.portal.associations.remove(one.name, other.name, pairs)
    if "/v4/" in call.request.url.path:
        return nothing()
    return answer(batch([], call.portal.now()))


def list_of_record(call: Call) -> Response:
    """GET /objects/{type}/{id}/associations/{to}."""
    record_id = call.number(call.request.path_params["id"])
    to = targets(call.portal, call.kind, record_id, call.type_named("to"))
    return answer({"results": to})


def put_default(call: Call) -> Response:
    """PUT /objects/{type}/{id}/associations/default/{to}/{to_id}."""
    one, other = call.kind, call.type_named("to")
    type_id = _default(one, other)
    pair = _path_pair(call)
    _require(call, one, other, pair)
    with call.portal.transaction():
        call.portal.associations.add(one.name, other.name, [pair], [(HUBSPOT, type_id)])
    spec = {"associationCategory": HUBSPOT, "associationTypeId": type_id}
    made = {"from": {"id": str(pair[0])}, "to": {"id": str(pair[1])}, "associationSpec": spec}
    return answer(batch([made], call.portal.now()))


def put_labelled(call: Call) -> Response:
    """PUT /objects/{type}/{id}/associations/{to}/{to_id}."""
    import msgspec  # noqa: PLC0415 - this body alone is an array

    one, other, pair = call.kind, call.type_named("to"), _path_pair(call)
    _require(call, one, other, pair)
    with call.portal.transaction():
        labels = _label(call.portal, one, other, pair, msgspec.json.decode(call.raw or b"[]"))
    return answer(_labelled(one, other, pair, labels), 201)


def delete_pair(call: Call) -> Response:
    """DELETE /objects/{type}/{id}/associations/{to}/{to_id}."""
    with call.portal.transaction():
        call.portal.associations.remove(
            call.kind.name, call.type_named("to").name, [_path_pair(call)]
        )
    return nothing()


def list_labels(call: Call) -> Response:
    """GET /associations/{from}/{to}/labels."""
    ends = (call.type_named("from").name, call.type_named("to").name)
    numbers = [number for number, pair in _ENDS.items() if pair == ends]
    return answer(
        {
            "results": [
                {"category": HUBSPOT, "typeId": number, "label": LABELS.get(number)}
                for number in sorted(numbers)
            ]
        }
    )


def by_type_id(
    portal: PortalStore, kind: ObjectType, record_id: int, other_id: int, spec: dict[str, Any]
) -> None:
    """Associate a new record with another, whose type the association's type tells."""
    type_id = int(spec["associationTypeId"])
    if type_id not in _ENDS:
        raise invalid(f"Association type {type_id} does not exist")
    other = resolve(_ENDS[type_id][1])
    if portal.objects.get(other, other_id) is None:
        raise ApiError(404, "resource not found")
    _label(portal, kind, other, (record_id, other_id), [spec])


def _default(one: ObjectType, other: ObjectType) -> int:
    type_id = DEFAULTS.get((one.name, other.name))
    if type_id is None:
        raise invalid(f"No default association from {one.id} to {other.id}")
    return type_id


def _pair(call: Call, entry: dict[str, Any]) -> tuple[int, int]:
    return call.number(entry["from"]["id"]), call.number(entry["to"]["id"])


def _path_pair(call: Call) -> tuple[int, int]:
    parts = call.request.path_params
    return call.number(parts["id"]), call.number(parts["to_id"])


def _existing(
    call: Call, one: ObjectType, other: ObjectType, pairs: Sequence[tuple[int, int]]
) -> tuple[list[tuple[int, int]], list[dict[str, Any]]]:
    """Return the pairs whose ends exist, and errors for the others."""
    objects = call.portal.objects
    good, missing = [], []
    for pair in pairs:
        if objects.get(one, pair[0]) and objects.get(other, pair[1]):
            good.append(pair)
        else:
            missing.append(pair)
    errors = [
        {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "message": f"One or both of the records {a} and {b} do not exist",
            "context": {"fromObjectId": [str(a)], "toObjectId": [str(b)]},
        }
        for a, b in missing
    ]
    return good, errors


def _require(call: Call, one: ObjectType, other: ObjectType, pair: tuple[int, int]) -> None:
    if _existing(call, one, other, [pair])[1]:
        raise ApiError(404, "resource not found")


def _label(
    portal: PortalStore,
    one: ObjectType,
    other: ObjectType,
    pair: tuple[int, int],
    types: Sequence[dict[str, Any]],
) -> list[str]:
    """Give a pair exactly these types; a primary brings the plain one along."""
    wanted = [(t["associationCategory"], int(t["associationTypeId"])) for t in types]
    for category, number in wanted:
        if category == HUBSPOT and _ENDS.get(number) != (one.name, other.name):
            raise invalid(f"Association type {number} does not join {one.id} and {other.id}")
    if any(number in PRIMARIES for _, number in wanted):
        wanted.append((HUBSPOT, _default(one, other)))
    portal.associations.remove(one.name, other.name, [pair])
    portal.associations.add(one.name, other.name, [pair], wanted)
    return [LABELS[number] for _, number in wanted if number in LABELS]


def _labelled(
    one: ObjectType, other: ObjectType, pair: tuple[int, int], labels: list[str]
) -> dict[str, Any]:
    return {
        "fromObjectTypeId": one.id,
        "fromObjectId": pair[0],
        "toObjectTypeId": other.id,
        "toObjectId": pair[1],
        "labels": labels,
    }


def targets(
    portal: PortalStore, one: ObjectType, record_id: int, other: ObjectType
) -> list[dict[str, Any]]:
    """Return the records of one type that a record is associated with, and how."""
    found: dict[int, list[dict[str, Any]]] = {}
    for row in portal.associations.of(one.name, record_id, other.name):
        number = row["type_id"]
        kind = {"category": row["category"], "typeId": number, "label": LABELS.get(number)}
        found.setdefault(row["to_id"], []).append(kind)
    return [{"toObjectId": k, "associationTypes": v} for k, v in found.items()]
