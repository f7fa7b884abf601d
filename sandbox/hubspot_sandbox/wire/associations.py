"""Associations between records.

https://developers.hubspot.com/docs/api-reference/crm-associations-v4/guide
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from hubspot_sandbox.model.types import ObjectType
from hubspot_sandbox.store.association_types import HUBSPOT, USER
from hubspot_sandbox.store.portal import PortalStore
from hubspot_sandbox.wire.answers import answer, batch, nothing
from hubspot_sandbox.wire.calls import Call
from hubspot_sandbox.wire.errors import ApiError, invalid

MAX_CREATED, MAX_READ, MAX_ARCHIVED = 2_000, 1_000, 100
MAX_LISTED = 500


def associate_default_batch(call: Call) -> Response:
    """POST /associations/{from}/{to}/batch/associate/default."""
    one, other = call.type_named("from"), call.type_named("to")
    type_id = _default(call.portal, one, other)
    pairs = [_pair(call, entry) for entry in call.inputs(MAX_CREATED)]
    good, errors = _existing(call, one, other, pairs)
    with call.portal.transaction():
        call.portal.associations.add(
            one.name, other.name, good, [(HUBSPOT, type_id)], call.portal.now()
        )
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
    results, errors = [], []
    for entry in call.inputs(MAX_READ):
        record_id = call.number(entry["id"])
        to = targets(call.portal, one, record_id, other)
        if to:
            start = int(entry.get("after") or 0)
            result = {"from": {"id": str(record_id)}, **_paged(to, start, MAX_LISTED, "to")}
            results.append(result)
        elif call.portal.behaviour.no_associations == "error":
            errors.append(_none_found(one, other, record_id))
    return answer(batch(results, call.portal.now(), errors), 207 if errors else 200)


def _none_found(one: ObjectType, other: ObjectType, record_id: int) -> dict[str, Any]:
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
        "message": f"No {other.singular} is associated with {one.singular} {record_id}.",
        "context": {"fromObjectId": [str(record_id)]},
    }


def archive_batch(call: Call) -> Response:
    """POST /associations/{from}/{to}/batch/archive."""
    one, other = call.type_named("from"), call.type_named("to")
    with call.portal.transaction():
        for entry in call.inputs(MAX_ARCHIVED):
            start = call.number(entry["from"]["id"])
            pairs = [(start, call.number(end["id"])) for end in entry["to"]]
            call.portal.associations.remove(one.name, other.name, pairs, call.portal.now())
    return _archived(call)


def archive_labels(call: Call) -> Response:
    """POST /associations/{from}/{to}/batch/labels/archive."""
    one, other = call.type_named("from"), call.type_named("to")
    with call.portal.transaction():
        for entry in call.inputs(MAX_ARCHIVED):
            specs = _specs(call.portal, one, other, entry.get("types") or ())
            call.portal.associations.remove_labels(
                one.name, other.name, _pair(call, entry), specs, call.portal.now()
            )
    return _archived(call)


def _archived(call: Call) -> Response:
    """Return 204 as v4 did, or the envelope that the dated versions answer with."""
    return answer(batch([], call.portal.now())) if call.is_dated else nothing()


def list_of_record(call: Call) -> Response:
    """GET /objects/{type}/{id}/associations/{to}."""
    record_id = call.number(call.part("id"))
    to = targets(call.portal, call.kind, record_id, call.type_named("to"))
    limit = min(int(call.query("limit") or MAX_LISTED), MAX_LISTED)
    return answer(_paged(to, int(call.query("after") or 0), limit, "results"))


def _paged(to: list[dict[str, Any]], start: int, limit: int, name: str) -> dict[str, Any]:
    page: dict[str, Any] = {name: to[start : start + limit]}
    if start + limit < len(to):
        page["paging"] = {"next": {"after": str(start + limit)}}
    return page


def put_default(call: Call) -> Response:
    """PUT /objects/{type}/{id}/associations/default/{to}/{to_id}."""
    one, other = call.kind, call.type_named("to")
    type_id = _default(call.portal, one, other)
    pair = _path_pair(call)
    _require(call, one, other, pair)
    with call.portal.transaction():
        call.portal.associations.add(
            one.name, other.name, [pair], [(HUBSPOT, type_id)], call.portal.now()
        )
    spec = {"associationCategory": HUBSPOT, "associationTypeId": type_id}
    made = {"from": {"id": str(pair[0])}, "to": {"id": str(pair[1])}, "associationSpec": spec}
    return answer(batch([made], call.portal.now()))


def put_labelled(call: Call) -> Response:
    """PUT /objects/{type}/{id}/associations/{to}/{to_id}."""
    one, other, pair = call.kind, call.type_named("to"), _path_pair(call)
    _require(call, one, other, pair)
    with call.portal.transaction():
        labels = _label(call.portal, one, other, pair, call.listed)
    return answer(_labelled(one, other, pair, labels), 201)


def delete_pair(call: Call) -> Response:
    """DELETE /objects/{type}/{id}/associations/{to}/{to_id}."""
    with call.portal.transaction():
        call.portal.associations.remove(
            call.kind.name, call.type_named("to").name, [_path_pair(call)], call.portal.now()
        )
    return nothing()


def by_type_id(
    portal: PortalStore, kind: ObjectType, record_id: int, other_id: int, spec: dict[str, Any]
) -> None:
    """Associate a new record with another, whose type the association's type tells."""
    category = str(spec.get("associationCategory") or HUBSPOT)
    type_ = portal.associations.types.get(category, int(spec["associationTypeId"]))
    if type_ is None or type_.from_type != kind.name:
        raise invalid(f"Association type {spec['associationTypeId']} does not exist")
    other = portal.types.named(type_.to_type)
    if portal.objects.get(other, other_id) is None:
        raise ApiError(404, "resource not found")
    _label(portal, kind, other, (record_id, other_id), [spec])


def _default(portal: PortalStore, one: ObjectType, other: ObjectType) -> int:
    type_id = portal.associations.types.default(one.name, other.name)
    if type_id is None:
        raise invalid(f"No default association from {one.id} to {other.id}")
    return type_id


def _pair(call: Call, entry: dict[str, Any]) -> tuple[int, int]:
    return call.number(entry["from"]["id"]), call.number(entry["to"]["id"])


def _path_pair(call: Call) -> tuple[int, int]:
    return call.number(call.part("id")), call.number(call.part("to_id"))


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


def _specs(
    portal: PortalStore, one: ObjectType, other: ObjectType, given: Sequence[dict[str, Any]]
) -> list[tuple[str, int]]:
    """Return association types that join these two.

    Raises:
        ApiError: One does not.
    """
    wanted = [(t["associationCategory"], int(t["associationTypeId"])) for t in given]
    for category, number in wanted:
        found = portal.associations.types.get(category, number)
        if found is None or (found.from_type, found.to_type) != (one.name, other.name):
            raise invalid(f"Association type {number} does not join {one.id} and {other.id}")
    return wanted


def _label(
    portal: PortalStore,
    one: ObjectType,
    other: ObjectType,
    pair: tuple[int, int],
    given: Sequence[dict[str, Any]],
) -> list[str]:
    """Give a pair exactly these types; a primary or an own label brings the plain one along."""
    wanted, types = _specs(portal, one, other, given), portal.associations.types
    every = list(wanted)
    if any(types.is_primary(spec) or spec[0] == USER for spec in wanted):
        every.append((HUBSPOT, _default(portal, one, other)))
    portal.associations.replace(
        one.name, other.name, pair, list(dict.fromkeys(every)), portal.now()
    )
    return [label for spec in wanted if (label := types.label(spec)) is not None]


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
    types = portal.associations.types
    found: dict[int, list[dict[str, Any]]] = {}
    for row in portal.associations.of(one.name, record_id, other.name):
        spec = (row["category"], row["type_id"])
        kind = {"category": spec[0], "typeId": spec[1], "label": types.label(spec)}
        found.setdefault(row["to_id"], []).append(kind)
    return [{"toObjectId": k, "associationTypes": v} for k, v in found.items()]
