"""Custom object types.

https://developers.hubspot.com/docs/guides/api/crm/objects/custom-objects
"""

from __future__ import annotations

import re
from typing import Any

from starlette.responses import Response

from hubspot_sandbox.model.types import ObjectType
from hubspot_sandbox.model.values import iso
from hubspot_sandbox.store.schema import Taken, TooManyUnique
from hubspot_sandbox.wire.answers import answer, nothing
from hubspot_sandbox.wire.calls import Call
from hubspot_sandbox.wire.errors import ApiError, invalid
from hubspot_sandbox.wire.properties import check_property

_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
_ALWAYS = ("contacts", "companies", "deals", "tickets")
MAX_SEARCHABLE = 20


def list_schemas(call: Call) -> Response:
    """GET /schemas: the types that the portal's owner defined."""
    found = [_whole(call, kind) for kind in call.portal.types if kind.is_custom]
    return answer({"results": found})


def read_schema(call: Call) -> Response:
    """GET /schemas/{type}: of any type, HubSpot's own as well."""
    return answer(_whole(call, call.kind))


def create_schema(call: Call) -> Response:
    """POST /schemas."""
    given = call.body
    _check(given)
    portal = call.portal
    with portal.transaction():
        number = portal.documents.number("schemas", 3_604_285)
        name, properties = given["name"], given["properties"]
        now = iso(portal.now())
        schema = {
            "id": str(number),
            "objectTypeId": f"2-{number}",
            "fullyQualifiedName": f"p{portal.portal_id}_{name}",
            "name": name,
            "labels": given["labels"],
            "requiredProperties": given.get("requiredProperties") or [],
            "searchableProperties": given.get("searchableProperties") or [],
            "primaryDisplayProperty": given.get("primaryDisplayProperty"),
            "secondaryDisplayProperties": given.get("secondaryDisplayProperties") or [],
            "archived": False,
            "restorable": True,
            "metaType": "PORTAL_SPECIFIC",
            "createdAt": now,
            "updatedAt": now,
        }
        try:
            kind = portal.schema.add_type(schema, properties)
        except Taken as error:
            raise ApiError(409, str(error), "OBJECT_ALREADY_EXISTS") from None
        except TooManyUnique as error:
            raise invalid(str(error)) from None
        others = given.get("associatedObjects") or _ALWAYS
        for other in (portal.types.resolve(str(word)) for word in others):
            portal.associations.types.add_default(
                kind.name, other.name, f"{name}_to_{other.singular}"
            )
    return answer(_whole(call, kind), 201)


def change_schema(call: Call) -> Response:
    """PATCH /schemas/{type}."""
    schema = _custom(call)
    changeable = (
        *("labels", "requiredProperties", "searchableProperties", "primaryDisplayProperty"),
        *("secondaryDisplayProperties", "restorable"),
    )
    changes = {name: call.body[name] for name in changeable if name in call.body}
    with call.portal.transaction():
        now = iso(call.portal.now())
        call.portal.schema.put_type({**schema, **changes, "updatedAt": now})
    return answer(_whole(call, call.kind))


def delete_schema(call: Call) -> Response:
    """DELETE /schemas/{type}: only when it has no records."""
    _custom(call)
    kind = call.kind
    if call.portal.objects.count(kind):
        raise invalid("The object type has records; delete them first")
    with call.portal.transaction():
        call.portal.schema.remove_type(kind)
    return nothing()


def associate_schema(call: Call) -> Response:
    """POST /schemas/{type}/associations: let records of two types be associated."""
    given = call.body
    one, other = (call.portal.types.resolve(str(given[n])) for n in _ENDS)
    name = str(given.get("name") or f"{one.singular}_to_{other.singular}")
    with call.portal.transaction():
        kind = call.portal.associations.types.add_default(one.name, other.name, name)
    now = iso(call.portal.now())
    made = {"id": str(kind.number), "fromObjectTypeId": one.id, "toObjectTypeId": other.id}
    return answer({**made, "name": name, "createdAt": now, "updatedAt": now}, 201)


_ENDS = ("fromObjectTypeId", "toObjectTypeId")


def _custom(call: Call) -> dict[str, Any]:
    schema = call.portal.schema.type_document(call.kind)
    if schema is None:
        raise invalid(f"{call.kind.id} is a type of HubSpot's own and cannot be changed")
    return schema


def _check(given: dict[str, Any]) -> None:
    missing = [n for n in ("name", "labels", "properties") if not given.get(n)]
    if missing:
        raise invalid(f"Some required fields were not set: {missing}")
    if not _NAME.fullmatch(str(given["name"])):
        raise invalid(f"Object type name {given['name']} is not in lowercase snake case")
    names = {entry.get("name") for entry in given["properties"]}
    for field in ("requiredProperties", "searchableProperties", "secondaryDisplayProperties"):
        unknown = [name for name in given.get(field) or () if name not in names]
        if unknown:
            raise invalid(f"{field} names properties that do not exist: {unknown}")
    if len(given.get("searchableProperties") or ()) > MAX_SEARCHABLE:
        raise invalid(f"At most {MAX_SEARCHABLE} properties are searchable")
    for entry in given["properties"]:
        check_property(entry)


def _whole(call: Call, kind: ObjectType) -> dict[str, Any]:
    """Return a schema with its properties and associations."""
    schema = call.portal.schema.type_document(kind) or {
        "id": kind.id,
        "objectTypeId": kind.id,
        "fullyQualifiedName": kind.singular.upper(),
        "name": kind.singular.upper(),
        "labels": {"singular": kind.singular.capitalize(), "plural": kind.name.capitalize()},
        "requiredProperties": list(kind.required),
        "searchableProperties": list(kind.searchable),
        "primaryDisplayProperty": kind.display[0],
        "secondaryDisplayProperties": list(kind.display[1:]),
        "archived": False,
        "restorable": True,
        "metaType": "HUBSPOT",
    }
    types = call.portal.associations.types
    associations = [
        {
            "id": str(type_.number),
            "fromObjectTypeId": kind.id,
            "toObjectTypeId": other.id,
            "name": type_.name or f"{kind.singular}_to_{other.singular}",
            "cardinality": "ONE_TO_MANY",
            "inverseCardinality": "ONE_TO_MANY",
        }
        for other in call.portal.types
        for type_ in types.between(kind.name, other.name)
    ]
    properties = list(call.portal.schema.properties[kind.name].values())
    return {**schema, "properties": properties, "associations": associations}
