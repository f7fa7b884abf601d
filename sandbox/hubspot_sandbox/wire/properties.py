"""Property definitions and groups.

https://developers.hubspot.com/docs/guides/api/crm/properties
"""

from __future__ import annotations

import re
from typing import Any

from starlette.responses import Response

from hubspot_sandbox.store.schema import Taken, TooManyUnique
from hubspot_sandbox.wire.answers import answer, batch, nothing
from hubspot_sandbox.wire.calls import Call
from hubspot_sandbox.wire.errors import ApiError, invalid

_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
_FIELD_TYPES = {
    "bool": {"booleancheckbox", "calculation_equation"},
    "enumeration": {"booleancheckbox", "checkbox", "radio", "select", "calculation_equation"},
    "date": {"date"},
    "datetime": {"date"},
    "string": {"file", "text", "textarea", "calculation_equation", "html", "phonenumber"},
    "number": {"number", "calculation_equation"},
}
_NOT_UNIQUE = ("products",)


def list_properties(call: Call) -> Response:
    """GET /properties/{type}."""
    return answer({"results": list(call.portal.schema.properties[call.kind.name].values())})


def create_property(call: Call) -> Response:
    """POST /properties/{type}."""
    with call.portal.transaction():
        return answer(_create(call, call.body), 201)


def create_properties(call: Call) -> Response:
    """POST /properties/{type}/batch/create."""
    with call.portal.transaction():
        made = [_create(call, given) for given in call.inputs(100)]
    return answer(batch(made, call.portal.now()), 201)


def _create(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    schema, kind = call.portal.schema, call.kind.name
    required = ("groupName", "name", "label", "type", "fieldType")
    missing = [name for name in required if not given.get(name)]
    if missing:
        raise invalid(f"Invalid input JSON: some required fields were not set: {missing}")
    if not _NAME.fullmatch(given["name"]):
        raise invalid(f"Property name {given['name']} is not in lowercase snake case")
    if given["fieldType"] not in _FIELD_TYPES.get(given["type"], ()):
        raise invalid(f"{given['fieldType']} is no field type of {given['type']}")
    if given["groupName"] not in schema.groups(kind):
        raise invalid(f"Property group {given['groupName']} does not exist")
    if given.get("hasUniqueValue") and kind in _NOT_UNIQUE:
        raise invalid(f"{kind} cannot have properties with unique values")
    try:
        return schema.add_property(kind, given)
    except Taken as error:
        raise ApiError(409, str(error), "OBJECT_ALREADY_EXISTS") from None
    except TooManyUnique as error:
        raise invalid(str(error)) from None


def read_property(call: Call) -> Response:
    """GET /properties/{type}/{name}."""
    return answer(_defined(call))


def change_property(call: Call) -> Response:
    """PATCH /properties/{type}/{name}."""
    definition = _defined(call)
    with call.portal.transaction():
        changed = call.portal.schema.change_property(call.kind.name, definition["name"], call.body)
    return answer(changed)


def archive_property(call: Call) -> Response:
    """DELETE /properties/{type}/{name}."""
    definition = _defined(call)
    if definition["hubspotDefined"]:
        raise invalid("A property that HubSpot defines cannot be archived")
    with call.portal.transaction():
        call.portal.schema.remove_property(call.kind.name, definition["name"])
    return nothing()


def _defined(call: Call) -> dict[str, Any]:
    name = call.request.path_params["name"]
    definition = call.portal.schema.properties[call.kind.name].get(name)
    if definition is None:
        message = f"Property {name} does not exist"
        raise ApiError(404, message, "OBJECT_NOT_FOUND", subCategory="PROPERTY_DOESNT_EXIST")
    return definition


def list_groups(call: Call) -> Response:
    """GET /properties/{type}/groups."""
    groups = call.portal.schema.groups(call.kind.name)
    return answer({"results": [_group(name, label) for name, label in groups.items()]})


def create_group(call: Call) -> Response:
    """POST /properties/{type}/groups."""
    given = call.body
    if not given.get("name") or not given.get("label"):
        raise invalid("Some required fields were not set: [name, label]")
    try:
        with call.portal.transaction():
            call.portal.schema.add_group(call.kind.name, given["name"], given["label"])
    except Taken as error:
        raise ApiError(409, str(error), "OBJECT_ALREADY_EXISTS") from None
    return answer(_group(given["name"], given["label"]), 201)


def _group(name: str, label: str) -> dict[str, Any]:
    return {"name": name, "label": label, "displayOrder": -1, "archived": False}
