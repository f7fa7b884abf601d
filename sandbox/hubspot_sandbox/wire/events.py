"""Custom events: their definitions, and that they happened.

https://developers.hubspot.com/docs/guides/api/analytics-and-events/custom-events
"""

from __future__ import annotations

import json
import re
import uuid
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from hubspot_sandbox.model.types import ObjectType
from hubspot_sandbox.model.values import Invalid, email, iso
from hubspot_sandbox.wire.answers import answer, nothing
from hubspot_sandbox.wire.calls import Call
from hubspot_sandbox.wire.errors import ApiError, invalid, not_found

MAX_DEFINITIONS, MAX_PROPERTIES, MAX_BATCH = 500, 50, 500
MAX_VALUE, MAX_LONG_VALUE = 256, 1_024
_LONG = ("hs_url", "hs_referrer", "hs_link_href")
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,49}")
_KIND = "event_definitions"


def define(call: Call) -> Response:
    """POST /events/event-definitions."""
    given, documents = call.body, call.portal.documents
    label = given.get("label")
    if not label:
        raise invalid("Some required fields were not set: [label]")
    name = str(given.get("name") or re.sub(r"\W+", "_", str(label).lower()))
    if not _NAME.fullmatch(name):
        raise invalid(f"Event name {name} is not in lowercase")
    if documents.get(_KIND, name) is not None:
        raise ApiError(409, f"Event definition {name} already exists", "CONFLICT")
    if len(documents.all(_KIND)) >= MAX_DEFINITIONS:
        raise invalid(f"A portal has at most {MAX_DEFINITIONS} event definitions")
    properties = given.get("propertyDefinitions") or []
    if len(properties) > MAX_PROPERTIES:
        raise invalid(f"An event has at most {MAX_PROPERTIES} properties")
    now = iso(call.portal.now())
    body = {
        "id": str(uuid.uuid4()),
        "name": name,
        "fullyQualifiedName": f"pe{call.portal.portal_id}_{name}",
        "label": label,
        "description": given.get("description", ""),
        "labels": {"singular": label, "plural": None},
        "primaryObject": given.get("primaryObject", "CONTACT"),
        "properties": properties,
        "archived": False,
        "customMatchingId": given.get("customMatchingId"),
        "createdAt": now,
        "updatedAt": now,
    }
    with call.portal.transaction():
        documents.put(_KIND, name, body)
    return answer(body, 201)


def definitions(call: Call) -> Response:
    """GET /events/event-definitions."""
    found = call.portal.documents.all(_KIND)
    return answer({"total": len(found), "results": found})


def definition(call: Call) -> Response:
    """GET /events/event-definitions/{event}."""
    return answer(_defined(call, call.part("event")))


def delete_definition(call: Call) -> Response:
    """DELETE /events/event-definitions/{event}."""
    found = _defined(call, call.part("event"))
    with call.portal.transaction():
        call.portal.documents.remove(_KIND, found["name"])
    return nothing()


def _defined(call: Call, name: str) -> dict[str, Any]:
    prefix = f"pe{call.portal.portal_id}_"
    found = call.portal.documents.get(_KIND, name.removeprefix(prefix))
    if found is None:
        raise not_found()
    return found


def send(call: Call) -> Response:
    """POST /events/send: 204, whether the event is new or its `uuid` was sent before."""
    with call.portal.transaction():
        _happened(call, call.body)
    return nothing()


def send_batch(call: Call) -> Response:
    """POST /events/send/batch."""
    with call.portal.transaction():
        for entry in call.inputs(MAX_BATCH):
            _happened(call, entry)
    return nothing()


def _happened(call: Call, given: dict[str, Any]) -> None:
    name = str(given.get("eventName") or "")
    prefix = f"pe{call.portal.portal_id}_"
    found = call.portal.documents.get(_KIND, name.removeprefix(prefix))
    if found is None or not name.startswith(prefix):
        raise invalid(f"Event {name} is not defined")
    properties = {n: str(v) for n, v in (given.get("properties") or {}).items()}
    for key, value in properties.items():
        most = MAX_LONG_VALUE if key in _LONG else MAX_VALUE
        if len(value) > most:
            raise invalid(f"The value of {key} has over {most} characters")
    kind = call.portal.types.resolve(str(found["primaryObject"]).lower())
    record_id = _whose(call, kind, found, given, properties)
    call.portal.connection.execute(
        "INSERT OR IGNORE INTO occurrences VALUES (?, ?, ?, ?, ?, ?)",
        [
            str(given.get("uuid") or uuid.uuid4()),
            found["fullyQualifiedName"],
            kind.name,
            record_id,
            _at(call, given),
            json.dumps(properties),
        ],
    )


def _whose(
    call: Call,
    kind: ObjectType,
    found: dict[str, Any],
    given: dict[str, Any],
    properties: dict[str, str],
) -> int:
    """Return whose event it is: by a matching id, by id, or by address, in this order."""
    objects = call.portal.objects
    rule = (found.get("customMatchingId") or {}).get("primaryObjectRule")
    if rule and properties.get(rule["eventPropertyName"]):
        value = properties[rule["eventPropertyName"]]
        record_id = objects.find(kind, rule["targetObjectPropertyName"], value)
        if record_id is not None:
            return record_id
    if given.get("objectId"):
        number = call.portal.merges.leads_to(kind, call.number(given["objectId"]))
        if objects.get(kind, number) is None:
            raise invalid(f"Object {given['objectId']} does not exist")
        return number
    if given.get("email") and kind.name == "contacts":
        return _by_address(call, kind, str(given["email"]))
    raise invalid("An event needs objectId, email, or a matching id")


def _by_address(call: Call, kind: ObjectType, given: str) -> int:
    try:
        address = email(given)
    except Invalid as error:
        raise invalid(str(error)) from None
    record_id = call.portal.objects.find(kind, "email", address)
    if record_id is not None:
        return record_id
    if call.portal.behaviour.event_for_unknown_email == "refused":
        raise invalid(f"No contact has the address {address}")
    stored = call.portal.objects.checked(kind, {"email": address}, None)
    return call.portal.objects.create(kind, stored, call.portal.now()).id


def _at(call: Call, given: dict[str, Any]) -> int:
    text = given.get("occurredAt")
    if not text:
        return call.portal.now()
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        raise invalid(f"{text} is no time") from None
    return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1_000)


def occurrences(call: Call) -> Response:
    """GET /events/event-occurrences?eventType=&objectType=&objectId=."""
    conditions, wanted = ["1"], []
    if event := call.query("eventType"):
        conditions.append("event = ?")
        wanted.append(event)
    if spelling := call.query("objectType"):
        conditions.append("object_type = ?")
        wanted.append(call.portal.types.resolve(spelling).name)
    if number := call.query("objectId"):
        conditions.append("object = ?")
        wanted.append(number)
    rows = call.portal.connection.execute(
        f"SELECT * FROM occurrences WHERE {' AND '.join(conditions)} ORDER BY at DESC, id", wanted
    ).fetchall()
    limit, start = min(int(call.query("limit") or 20), 100), int(call.query("after") or 0)
    body: dict[str, Any] = {"results": [_shown(row) for row in rows[start : start + limit]]}
    if start + limit < len(rows):
        body["paging"] = {"next": {"after": str(start + limit)}}
    return answer(body)


def _shown(row: Any) -> dict[str, Any]:
    return {
        "id": row["id"],
        "eventType": row["event"],
        "objectType": row["object_type"].rstrip("s").upper(),
        "objectId": str(row["object"]),
        "occurredAt": iso(row["at"]),
        "properties": json.loads(row["properties"]),
    }
