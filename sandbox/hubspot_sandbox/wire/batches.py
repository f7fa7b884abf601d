"""Batches of records: create, read, update, upsert, archive.

Results come back shuffled, as HubSpot's do: match them by trace id, id or property.
https://developers.hubspot.com/docs/guides/api/crm/using-object-apis
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from hubspot_sandbox.model.types import ObjectType
from hubspot_sandbox.model.values import record_id
from hubspot_sandbox.wire.answers import answer, batch, nothing, shown
from hubspot_sandbox.wire.calls import Call
from hubspot_sandbox.wire.errors import ApiError, invalid
from hubspot_sandbox.wire.objects import (
    associate_inline,
    check_unique,
    create,
    history_of,
    update,
    view,
)

MAX_INPUTS, MAX_WITH_HISTORY = 100, 50

Write = Callable[[Call, ObjectType, dict[str, Any]], dict[str, Any]]


def create_batch(call: Call) -> Response:
    """POST /{type}/batch/create."""
    return _written(call, _create_one, 201)


def update_batch(call: Call) -> Response:
    """POST /{type}/batch/update."""
    return _written(call, _update_one, 200)


def upsert_batch(call: Call) -> Response:
    """POST /{type}/batch/upsert."""
    return _written(call, _upsert_one, 200)


def archive_batch(call: Call) -> Response:
    """POST /{type}/batch/archive."""
    ids = [call.number(entry["id"]) for entry in call.inputs(MAX_INPUTS)]
    with call.portal.transaction():
        call.portal.objects.archive(call.kind, ids, call.portal.now())
    return nothing()


def read_batch(call: Call) -> Response:
    """POST /{type}/batch/read."""
    kind, inputs, archived = call.kind, call.inputs(MAX_INPUTS), call.flag("archived")
    id_property, history = call.body.get("idProperty"), call.body.get("propertiesWithHistory")
    if history and len(inputs) > MAX_WITH_HISTORY:
        raise invalid(
            "The maximum number of inputs supported in a batch request for property histories is "
            f"{MAX_WITH_HISTORY}"
        )
    if id_property and id_property != "hs_object_id":
        check_unique(call, kind, id_property)
    results, missing = [], []
    show = view(call, kind, call.body.get("properties"))
    for entry in inputs:
        record_id = _looked_up(call, kind, entry["id"], id_property)
        record = None
        if record_id is not None:
            record = call.portal.objects.get(kind, record_id, archived=archived)
        if record is None:
            missing.append(str(entry["id"]))
            continue
        result = show.of(record)
        if history:
            result["propertiesWithHistory"] = history_of(call, kind, record, history)
        results.append(result)
    call.portal.random.shuffle(results)
    errors = [_not_found(kind, missing)] if missing else []
    return answer(batch(results, call.portal.now(), errors), 207 if errors else 200)


def _looked_up(call: Call, kind: ObjectType, value: Any, id_property: str | None) -> int | None:
    if id_property and id_property != "hs_object_id":
        return call.portal.objects.find(kind, id_property, str(value))
    return record_id(value)


def _not_found(kind: ObjectType, ids: list[str]) -> dict[str, Any]:
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "message": f"Could not get some {kind.singular.upper()} objects, they may be deleted or "
        "not exist. Check that ids are valid.",
        "context": {"ids": ids},
    }


def _written(call: Call, write: Write, status: int) -> Response:
    """Write each input; with trace ids a bad one costs itself, without them the whole batch."""
    kind, inputs = call.kind, call.inputs(MAX_INPUTS)
    _refuse_repeats(inputs)
    traces = [entry.get("objectWriteTraceId") for entry in inputs]
    traced = all(traces) and len(set(traces)) == len(traces)
    behaviour = call.portal.behaviour
    results: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    with call.portal.transaction():
        for entry in inputs:
            try:
                result = write(call, kind, entry)
            except ApiError as error:
                whole = behaviour.conflict == "batch" and _is_conflict(error)
                if not traced or whole:
                    raise
                errors.append(_row_error(error, entry))
                continue
            if traced and behaviour.trace_ids == "echoed":
                result["objectWriteTraceId"] = entry["objectWriteTraceId"]
            results.append(result)
    call.portal.random.shuffle(results)
    body = batch(results, call.portal.now(), errors)
    return answer(body, 207 if errors else status)


def _is_conflict(error: ApiError) -> bool:
    return error.status == 409


def _row_error(error: ApiError, entry: dict[str, Any]) -> dict[str, Any]:
    kept = {k: v for k, v in error.body.items() if k in ("status", "category", "message")}
    if error.status == 404:
        kept |= {"category": "OBJECT_NOT_FOUND"}
    return {**kept, "context": {"objectWriteTraceId": [entry["objectWriteTraceId"]]}}


def _refuse_repeats(inputs: list[dict[str, Any]]) -> None:
    ids = Counter(str(entry["id"]).lower() for entry in inputs if entry.get("id") is not None)
    repeated = [value for value, times in ids.items() if times > 1]
    if repeated:
        listed = ", ".join(repeated)
        raise invalid(
            f"Duplicate IDs found in batch input: [{listed}]. IDs must be unique",
            context={"ids": repeated},
        )


def _create_one(call: Call, kind: ObjectType, entry: dict[str, Any]) -> dict[str, Any]:
    record, properties = create(call, kind, entry.get("properties") or {})
    associate_inline(call, kind, record, entry.get("associations"))
    return shown(record, properties)


def _update_one(call: Call, kind: ObjectType, entry: dict[str, Any]) -> dict[str, Any]:
    id_property = entry.get("idProperty")
    if id_property and id_property != "hs_object_id":
        check_unique(call, kind, id_property)
    record_id = _looked_up(call, kind, entry.get("id"), id_property)
    record = call.portal.objects.get(kind, record_id) if record_id is not None else None
    if record is None:
        raise ApiError(
            404, f"{kind.singular.upper()} {entry.get('id')} not found", "OBJECT_NOT_FOUND"
        )
    properties = update(call, kind, record, entry.get("properties") or {})
    return shown(record, properties)


def _upsert_one(call: Call, kind: ObjectType, entry: dict[str, Any]) -> dict[str, Any]:
    id_property, value = entry.get("idProperty"), str(entry.get("id") or "")
    if not id_property:
        raise invalid("idProperty is required to upsert")
    check_unique(call, kind, id_property)
    given = {id_property: value, **(entry.get("properties") or {})}
    record_id = call.portal.objects.find(kind, id_property, value)
    record = call.portal.objects.get(kind, record_id) if record_id is not None else None
    if record is None:
        record, properties = create(call, kind, given)
        return {**shown(record, properties), "new": True}
    if id_property == "email" and given["email"].strip().lower() == value.strip().lower():
        given.pop("email")  # a secondary address finds the record and stays secondary
    properties = update(call, kind, record, given)
    return {**shown(record, properties), "new": False}
