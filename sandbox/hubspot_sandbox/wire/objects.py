"""Single records: list, create, read, update, archive, merge, search.

https://developers.hubspot.com/docs/guides/api/crm/using-object-apis
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from hubspot_sandbox.model.types import ObjectType, UnknownType
from hubspot_sandbox.model.values import iso
from hubspot_sandbox.store.objects import Conflict, Record, Refused
from hubspot_sandbox.wire.answers import View, answer, nothing, shown
from hubspot_sandbox.wire.associations import by_type_id
from hubspot_sandbox.wire.calls import Call
from hubspot_sandbox.wire.errors import ApiError, conflict, invalid, invalid_values, not_found
from hubspot_sandbox.wire.search import MAX_PAGE, MAX_RESULTS, search

MAX_LISTED, MAX_LISTED_WITH_HISTORY = 100, 50


def list_records(call: Call) -> Response:
    """GET /{type}."""
    kind, history = call.kind, call.names("propertiesWithHistory")
    limit = min(int(call.query("limit") or 10), MAX_LISTED)
    if history and limit > MAX_LISTED_WITH_HISTORY:
        raise invalid(f"The limit with histories is {MAX_LISTED_WITH_HISTORY}")
    records = call.portal.objects.page(
        kind, int(call.query("after") or 0), limit + 1, archived=call.flag("archived")
    )
    whole = _whole(call, kind)
    body: dict[str, Any] = {"results": [whole(one) for one in records[:limit]]}
    if len(records) > limit:
        cursor = str(records[limit].id)
        link = str(call.request.url.include_query_params(after=cursor))
        body["paging"] = {"next": {"after": cursor, "link": link}}
    return answer(body)


def _whole(call: Call, kind: ObjectType) -> Callable[[Record], dict[str, Any]]:
    """Return what shows records with the history and the associations that the query asks for."""
    show = view(call, kind, call.names("properties"))
    names, others = call.names("propertiesWithHistory"), call.names("associations")

    def whole(record: Record) -> dict[str, Any]:
        body = show.of(record)
        if names:
            body["propertiesWithHistory"] = history_of(call, kind, record, names)
        if others:
            body["associations"] = _inline_associations(call, kind, record, others)
        return body

    return whole


def view(call: Call, kind: ObjectType, asked: list[str] | None) -> View:
    """Return how a read of these properties shows records."""
    defined = call.portal.schema.properties[kind.name]
    return View(kind, asked, defined, cleared=call.portal.behaviour.cleared)


def _inline_associations(
    call: Call, kind: ObjectType, record: Record, spellings: list[str]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for spelling in spellings:
        other = _resolved(call, spelling)
        rows = call.portal.associations.of(kind.name, record.id, other.name)
        results = [
            {"id": str(row["to_id"]), "type": f"{kind.singular}_to_{other.singular}"}
            for row in rows
        ]
        if results:
            unique = {entry["id"]: entry for entry in results}
            found[other.name] = {"results": list(unique.values())}
    return found


def _resolved(call: Call, spelling: str) -> ObjectType:
    try:
        return call.portal.types.resolve(spelling)
    except UnknownType as error:
        raise ApiError(400, str(error)) from None


def create_record(call: Call) -> Response:
    """POST /{type}."""
    kind = call.kind
    with call.portal.transaction():
        record, properties = create(call, kind, call.body.get("properties") or {})
        associate_inline(call, kind, record, call.body.get("associations"))
    return answer(shown(record, properties), 201)


def read_record(call: Call) -> Response:
    """GET /{type}/{id}."""
    kind = call.kind
    record = _found(call, kind, archived=call.flag("archived"))
    return answer(_whole(call, kind)(record))


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
        call.portal.objects.archive(call.kind, [call.number(call.part("id"))], call.portal.now())
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
            call.portal.merges.erase(kind, record_id, call.portal.now())
    return nothing()


def search_records(call: Call) -> Response:
    """POST /{type}/search."""
    kind, body = call.kind, call.body
    limit, after = int(body.get("limit") or 10), int(body.get("after") or 0)
    if limit > MAX_PAGE:
        raise invalid(f"The limit must be at most {MAX_PAGE}")
    if after + limit > MAX_RESULTS:
        raise invalid(f"Paging through more than {MAX_RESULTS} results is not supported")
    found = search(call.portal, kind, body, after, limit)
    asked = [*kind.default_properties, *(body.get("properties") or ())]
    show = view(call, kind, asked)
    results = [show.of(record) for record in call.portal.objects.there(kind, found.ids)]
    answered: dict[str, Any] = {"total": found.total, "results": results}
    if after + limit < found.total:
        answered["paging"] = {"next": {"after": str(after + limit)}}
    return answer(answered)


def create(
    call: Call, kind: ObjectType, given: dict[str, Any]
) -> tuple[Record, dict[str, str | None]]:
    """Make a record; return it with the properties that the answer shows."""
    required = (*kind.required, *(call.portal.schema.required(kind.name) if call.validates else ()))
    missing = [name for name in required if not given.get(name)]
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
    call.portal.created(kind, record.id)
    return record, dict(record.properties)


def update(
    call: Call, kind: ObjectType, record: Record, given: dict[str, Any]
) -> dict[str, str | None]:
    """Change a record; return the properties that the answer shows."""
    objects = call.portal.objects
    emptied = [n for n in call.portal.schema.required(kind.name) if given.get(n, "-") in ("", None)]
    if emptied and call.validates:
        raise invalid(f"Some required properties were not set: {emptied}")
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
    given = call.part("id")
    property_name = call.query("idProperty")
    if property_name and property_name != "hs_object_id":
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


def history_of(
    call: Call, kind: ObjectType, record: Record, names: list[str]
) -> dict[str, list[dict[str, Any]]]:
    """Return the versions of some properties, newest first."""
    versions: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for row in call.portal.objects.history(kind, record.id):
        if row["property"] in versions:
            versions[row["property"]].append(
                {"value": row["value"], "timestamp": iso(row["at"]), "sourceType": row["source"]}
            )
    return versions


def associate_inline(call: Call, kind: ObjectType, record: Record, entries: Any) -> None:
    """Associate a new record as its `associations` say."""
    for entry in entries or ():
        other = call.number(entry["to"]["id"])
        for spec in entry["types"]:
            by_type_id(call.portal, kind, record.id, other, spec)
