"""Single records: list, create, read, update, archive, merge, search.

https://developers.hubspot.com/docs/guides/api/crm/using-object-apis
"""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from hubspot_sandbox.model.types import ObjectType
from hubspot_sandbox.store.objects import Conflict, Record, Refused
from hubspot_sandbox.wire.answers import answer, nothing, read, shown
from hubspot_sandbox.wire.calls import Call
from hubspot_sandbox.wire.errors import ApiError, conflict, invalid, invalid_values, not_found
from hubspot_sandbox.wire.filters import matching

_REQUIRED = {
    "deals": ("dealname", "dealstage"),
    "tickets": ("subject", "hs_pipeline_stage"),
}


def list_records(call: Call) -> Response:
    """GET /{type}."""
    kind = call.kind
    limit = min(int(call.query("limit") or 10), 100)
    after = int(call.query("after") or 0)
    archived = call.flag("archived")
    records = call.portal.objects.page(kind, after, limit + 1, archived=archived)
    asked = call.names("properties")
    defined = call.portal.schema.properties[kind.name]
    body: dict[str, Any] = {"results": [read(kind, r, asked, defined) for r in records[:limit]]}
    if len(records) > limit:
        cursor = str(records[limit].id)
        link = str(call.request.url.include_query_params(after=cursor))
        body["paging"] = {"next": {"after": cursor, "link": link}}
    return answer(body)


def create_record(call: Call) -> Response:
    """POST /{type}."""
    kind = call.kind
    with call.portal.transaction():
        record, properties = create(call, kind, call.body.get("properties") or {})
        _associate_inline(call, kind, record)
    return answer(shown(record, properties), 201)


def read_record(call: Call) -> Response:
    """GET /{type}/{id}."""
    kind = call.kind
    record = _found(call, kind, archived=call.flag("archived"))
    defined = call.portal.schema.properties[kind.name]
    body = read(kind, record, call.names("properties"), defined)
    if names := call.names("propertiesWithHistory"):
        body["propertiesWithHistory"] = _history(call, kind, record, names)
    return answer(body)


def update_record(call: Call) -> Response:
    """PATCH /{type}/{id}."""
    kind = call.kind
    given = call.body.get("properties") or {}
    if not given:
        raise invalid("No properties found to update, please provide at least one.")
    with call.portal.transaction():
        record = _found(call, kind)
        properties = update(call, kind, record, given)
    return answer(shown(record, properties))


def archive_record(call: Call) -> Response:
    """DELETE /{type}/{id}."""
    with call.portal.transaction():
        call.portal.objects.archive(call.kind, [call.number(call.request.path_params["id"])])
    return nothing()


def merge_records(call: Call) -> Response:
    """POST /{type}/merge: the answer may have a new id, to which both old ids lead."""
    kind, body = call.kind, call.body
    ids = [call.number(body[name]) for name in ("primaryObjectId", "objectIdToMerge")]
    with call.portal.transaction():
        primary, other = (call.portal.objects.get(kind, record_id) for record_id in ids)
        if primary is None or other is None:
            raise not_found()
        if primary.id == other.id:
            raise invalid("A record cannot be merged with itself")
        merged = call.portal.merges.merge(kind, primary, other, call.portal.now())
    return answer(shown(merged, dict(merged.properties)))


def erase_record(call: Call) -> Response:
    """POST /{type}/gdpr-delete: by id, or by address with `idProperty`."""
    kind, body = call.kind, call.body
    value = str(body.get("objectId", ""))
    with call.portal.transaction():
        if body.get("idProperty"):
            record_id = call.portal.objects.find(kind, body["idProperty"], value)
        else:
            record_id = call.number(value)
        if record_id is not None:
            call.portal.merges.erase(kind, record_id)
    return nothing()


def search_records(call: Call) -> Response:
    """POST /{type}/search."""
    kind, body = call.kind, call.body
    limit, after = int(body.get("limit") or 10), int(body.get("after") or 0)
    if limit > 200:
        raise invalid("The limit must be at most 200")
    if after + limit > 10_000:
        raise invalid("Paging through more than 10000 results is not supported")
    found = matching(call.portal, kind, body)
    defined = call.portal.schema.properties[kind.name]
    asked = [*kind.default_properties, *(body.get("properties") or ())]
    results = [read(kind, record, asked, defined) for record in found[after : after + limit]]
    answered: dict[str, Any] = {"total": len(found), "results": results}
    if after + limit < len(found):
        answered["paging"] = {"next": {"after": str(after + limit)}}
    return answer(answered)


def create(
    call: Call, kind: ObjectType, given: dict[str, Any]
) -> tuple[Record, dict[str, str | None]]:
    """Make a record; return it with the properties that the answer shows."""
    missing = [name for name in _REQUIRED.get(kind.name, ()) if not given.get(name)]
    if missing:
        raise invalid(
            f"Error creating {kind.singular.upper()}. Some required properties were "
            f"not set: {missing}"
        )
    if kind.name == "companies" and not (given.get("name") or given.get("domain")):
        raise invalid("Error creating COMPANY. Some required properties were not set.")
    objects = call.portal.objects
    try:
        stored = objects.checked(kind, given, None)
        record = objects.create(kind, stored, call.portal.now())
    except Refused as error:
        raise invalid_values(error.problems, call.portal.portal_id) from None
    except Conflict as error:
        raise _taken(call, kind, error) from None
    return record, dict(record.properties)


def update(
    call: Call, kind: ObjectType, record: Record, given: dict[str, Any]
) -> dict[str, str | None]:
    """Change a record; return the properties that the answer shows."""
    objects = call.portal.objects
    try:
        stored = objects.checked(kind, given, record.properties)
        objects.update(kind, record, stored, call.portal.now())
    except Refused as error:
        raise invalid_values(error.problems, call.portal.portal_id) from None
    except Conflict as error:
        raise _taken(call, kind, error) from None
    names = {*given, "hs_object_id", kind.modified}
    return {name: record.properties.get(name) for name in sorted(names)}


def _taken(call: Call, kind: ObjectType, error: Conflict) -> ApiError:
    if error.property_name == "email":
        return conflict(kind.singular.capitalize(), error.existing)
    message = f"Value of {error.property_name} is already used by {error.existing}"
    problem = {
        "isValid": False,
        "message": message,
        "error": "CONFLICTING_UNIQUE_VALUE",
        "name": error.property_name,
        "localizedErrorMessage": message,
    }
    return invalid_values([problem], call.portal.portal_id)


def _found(call: Call, kind: ObjectType, *, archived: bool = False) -> Record:
    given = call.request.path_params["id"]
    property_name = call.query("idProperty")
    if property_name:
        check_unique(call, kind, property_name)
        record_id = call.portal.objects.find(kind, property_name, given)
    else:
        record_id = call.portal.merges.leads_to(kind, call.number(given))
    record = None
    if record_id is not None:
        record = call.portal.objects.get(kind, record_id, archived=archived)
    if record is None:
        raise not_found()
    return record


def check_unique(call: Call, kind: ObjectType, property_name: str) -> None:
    """Refuse to find records by a property whose values are not unique."""
    if not call.portal.schema.is_unique(kind.name, property_name):
        raise invalid(
            f"Unable to perform update/upsert by non-unique {kind.id} property {property_name}"
        )


def _history(
    call: Call, kind: ObjectType, record: Record, names: list[str]
) -> dict[str, list[dict[str, Any]]]:
    from hubspot_sandbox.model.values import iso  # noqa: PLC0415 - only this answer needs it

    versions: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for row in call.portal.objects.history(kind, record.id):
        if row["property"] in versions:
            versions[row["property"]].append(
                {"value": row["value"], "timestamp": iso(row["at"]), "sourceType": row["source"]}
            )
    return versions


def _associate_inline(call: Call, kind: ObjectType, record: Record) -> None:
    from hubspot_sandbox.wire.associations import by_type_id  # noqa: PLC0415 - mutual use

    for entry in call.body.get("associations") or ():
        other = call.number(entry["to"]["id"])
        for spec in entry["types"]:
            by_type_id(call.portal, kind, record.id, other, spec)
