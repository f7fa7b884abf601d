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
from hubspot_sandbox.wire.errors import ApiError, invalid, not_found

_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
_FIELD_TYPES = {
    "bool": {"booleancheckbox", "calculation_equation"},
    "enumeration": {"booleancheckbox", "checkbox", "radio", "select", "calculation_equation"},
    "date": {"date"},
    "datetime": {"date"},
    "string": {"file", "text", "textarea", "calculation_equation", "html", "phonenumber"},
    "number": {"number", "calculation_equation"},
}
_NOT_UNIQUE = ("products", "marketing_events")


MAX_CUSTOM = 1_000
"""Properties that a portal may add to an object type."""


def list_properties(call: Call) -> Response:
    """GET /properties/{type}."""
    schema = call.portal.schema
    kept = schema.archived if call.flag("archived") else schema.properties
    return answer({"results": list(kept[call.kind.name].values())})


def read_properties(call: Call) -> Response:
    """POST /properties/{type}/batch/read."""
    schema, kind = call.portal.schema, call.kind.name
    kept = (schema.archived if call.body.get("archived") else schema.properties)[kind]
    names = [str(entry["name"]) for entry in call.inputs(100)]
    missing = [name for name in names if name not in kept]
    errors = [
        {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "message": f"Property {name} does not exist",
            "context": {"name": [name]},
        }
        for name in missing
    ]
    results = [kept[name] for name in names if name in kept]
    return answer(batch(results, call.portal.now(), errors), 207 if errors else 200)


def archive_properties(call: Call) -> Response:
    """POST /properties/{type}/batch/archive."""
    schema, kind = call.portal.schema, call.kind.name
    names = [str(entry["name"]) for entry in call.inputs(100)]
    with call.portal.transaction():
        for name in names:
            definition = schema.properties[kind].get(name)
            if definition is not None and not definition["hubspotDefined"]:
                schema.archive_property(kind, name)
    return nothing()


def create_property(call: Call) -> Response:
    """POST /properties/{type}."""
    with call.portal.transaction():
        return answer(_create(call, call.body), 201)


def create_properties(call: Call) -> Response:
    """POST /properties/{type}/batch/create."""
    with call.portal.transaction():
        made = [_create(call, given) for given in call.inputs(100)]
    return answer(batch(made, call.portal.now()), 201)


def check_property(given: dict[str, Any], *, grouped: bool = False) -> None:
    """Refuse a definition that lacks something, or whose types do not fit.

    Raises:
        ApiError: HubSpot's 400.
    """
    required = ("groupName",) * grouped + ("name", "label", "type", "fieldType")
    missing = [name for name in required if not given.get(name)]
    if missing:
        raise invalid(f"Invalid input JSON: some required fields were not set: {missing}")
    if not _NAME.fullmatch(given["name"]):
        raise invalid(f"Property name {given['name']} is not in lowercase snake case")
    if given["fieldType"] not in _FIELD_TYPES.get(given["type"], ()):
        raise invalid(f"{given['fieldType']} is no field type of {given['type']}")


def _create(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    schema, kind = call.portal.schema, call.kind.name
    check_property(given, grouped=True)
    if given["groupName"] not in schema.groups(kind):
        raise invalid(f"Property group {given['groupName']} does not exist")
    _check_options(call, given)
    custom = sum(not d["hubspotDefined"] for d in schema.properties[kind].values())
    if custom >= MAX_CUSTOM:
        raise invalid(f"{kind} has {MAX_CUSTOM} custom properties already")
    if given.get("hasUniqueValue") and kind in _NOT_UNIQUE:
        raise invalid(f"{kind} cannot have properties with unique values")
    try:
        return schema.add_property(kind, given)
    except Taken as error:
        raise ApiError(409, str(error), "OBJECT_ALREADY_EXISTS") from None
    except TooManyUnique as error:
        raise invalid(str(error)) from None


def _check_options(call: Call, given: dict[str, Any]) -> None:
    """Refuse options without order, which the versions since 2026-09 ask for, and doubles."""
    options = given.get("options") or []
    if call.validates and any("displayOrder" not in option for option in options):
        raise invalid("Some required fields were not set: [displayOrder]")
    values = [option.get("value") for option in options]
    if len(set(values)) < len(values):
        raise invalid("The option values of a property must be unique")


def read_property(call: Call) -> Response:
    """GET /properties/{type}/{name}."""
    return answer(_defined(call))


def change_property(call: Call) -> Response:
    """PATCH /properties/{type}/{name}."""
    definition = _defined(call)
    if definition["hubspotDefined"] and set(call.body) - {"options", "description", "label"}:
        raise invalid("The definition of a property that HubSpot defines is read-only")
    _check_options(call, call.body)
    with call.portal.transaction():
        changed = call.portal.schema.change_property(call.kind.name, definition["name"], call.body)
    return answer(changed)


def archive_property(call: Call) -> Response:
    """DELETE /properties/{type}/{name}."""
    definition = _defined(call)
    if definition["hubspotDefined"]:
        raise invalid("A property that HubSpot defines cannot be archived")
    with call.portal.transaction():
        call.portal.schema.archive_property(call.kind.name, definition["name"])
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


def _known_group(call: Call) -> str:
    name = call.part("name")
    if name not in call.portal.schema.groups(call.kind.name):
        raise not_found()
    return name


def read_group(call: Call) -> Response:
    """GET /properties/{type}/groups/{name}."""
    name = _known_group(call)
    return answer(_group(name, call.portal.schema.groups(call.kind.name)[name]))


def change_group(call: Call) -> Response:
    """PATCH /properties/{type}/groups/{name}."""
    name, kind = _known_group(call), call.kind.name
    label = call.body.get("label") or call.portal.schema.groups(kind)[name]
    with call.portal.transaction():
        call.portal.schema.change_group(kind, name, label)
    return answer(_group(name, label))


def archive_group(call: Call) -> Response:
    """DELETE /properties/{type}/groups/{name}."""
    name, kind = _known_group(call), call.kind.name
    if any(d["groupName"] == name for d in call.portal.schema.properties[kind].values()):
        raise invalid(f"Property group {name} has properties")
    with call.portal.transaction():
        call.portal.schema.remove_group(kind, name)
    return nothing()


def _group(name: str, label: str) -> dict[str, Any]:
    return {"name": name, "label": label, "displayOrder": -1, "archived": False}
