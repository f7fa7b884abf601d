"""Lists and their memberships.

https://developers.hubspot.com/docs/guides/api/crm/lists/overview
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from starlette.responses import Response

from hubspot_sandbox.model.list_filters import UnknownFilter, check
from hubspot_sandbox.model.values import iso, record_id
from hubspot_sandbox.wire.answers import answer, nothing
from hubspot_sandbox.wire.calls import Call
from hubspot_sandbox.wire.errors import ApiError, invalid

MAX_MEMBERS_PAGE, MAX_FOUND = 250, 500
MAX_COPIED = 100_000
RESTORABLE_MS = 90 * 86_400_000


def create_list(call: Call) -> Response:
    """POST /lists: answers with 200."""
    given = call.body
    missing = [n for n in ("name", "objectTypeId", "processingType") if not given.get(n)]
    if missing:
        raise invalid(f"Some required fields were not set: {missing}")
    if given["processingType"] not in ("MANUAL", "DYNAMIC", "SNAPSHOT"):
        raise invalid(f"{given['processingType']} is no processing type")
    kind = call.portal.types.resolve(str(given["objectTypeId"]))
    _refuse_name(call, given["name"], kind.id)
    branch = given.get("filterBranch")
    if given["processingType"] != "MANUAL":
        _check(branch)
    now = iso(call.portal.now())
    with call.portal.transaction():
        entry = call.portal.lists.add(
            {
                "name": given["name"],
                "objectTypeId": kind.id,
                "processingType": given["processingType"],
                "processingStatus": "COMPLETE",
                "listVersion": 1,
                "filterBranch": branch,
                "createdAt": now,
                "updatedAt": now,
                "filtersUpdatedAt": now,
            }
        )
        if given["processingType"] == "SNAPSHOT":
            found = call.portal.lists.members({**entry, "processingType": "DYNAMIC"})
            ids = (record_id for record_id, _ in found)
            call.portal.lists.add_members(entry, ids, call.portal.now())
    return answer({"list": _shown(call, entry)})


def _check(branch: Any) -> None:
    if not isinstance(branch, dict):
        raise invalid("Some required fields were not set: [filterBranch]")
    try:
        check(branch)
    except UnknownFilter as error:
        raise invalid(str(error)) from None


def _refuse_name(call: Call, name: str, type_id: str) -> None:
    for entry in call.portal.lists.all():
        if (entry["name"].lower(), entry["objectTypeId"]) == (name.lower(), type_id):
            raise invalid(f"A list named {name} already exists")


def _shown(call: Call, entry: dict[str, Any], *, filters: bool = False) -> dict[str, Any]:
    shown = {n: v for n, v in entry.items() if n != "filterBranch"}
    shown["size"] = call.portal.lists.size(entry)
    if filters and entry["filterBranch"]:
        shown["filterBranch"] = entry["filterBranch"]
    return shown


def _known(call: Call, part: str = "list") -> dict[str, Any]:
    entry = call.portal.lists.get(call.part(part))
    if entry is None:
        message = f"List {call.part(part)} does not exist"
        raise ApiError(404, message, "OBJECT_NOT_FOUND")
    return entry


def read_list(call: Call) -> Response:
    """GET /lists/{list}."""
    return answer({"list": _shown(call, _known(call), filters=call.flag("includeFilters"))})


def read_lists(call: Call) -> Response:
    """GET /lists?listIds=1&listIds=2."""
    wanted = (call.portal.lists.get(number) for number in call.names("listIds") or ())
    return answer({"lists": [_shown(call, entry) for entry in wanted if entry]})


def read_list_named(call: Call) -> Response:
    """GET /lists/object-type-id/{type}/name/{name}."""
    for entry in call.portal.lists.all():
        if (entry["name"], entry["objectTypeId"]) == (call.part("name"), call.kind.id):
            shown = _shown(call, entry, filters=call.flag("includeFilters"))
            return answer({"list": shown})
    raise ApiError(404, f"List {call.part('name')} does not exist", "OBJECT_NOT_FOUND")


def search_lists(call: Call) -> Response:
    """POST /lists/search."""
    given = call.body
    words, kinds = str(given.get("query") or "").lower(), given.get("processingTypes")
    start, count = int(given.get("offset") or 0), int(given.get("count") or 20)
    found = [
        entry
        for entry in call.portal.lists.all()
        if words in entry["name"].lower()
        and (not kinds or entry["processingType"] in kinds)
        and (not given.get("listIds") or entry["listId"] in map(str, given["listIds"]))
    ]
    page = found[start : start + min(count, MAX_FOUND)]
    end = start + len(page)
    shown = [_shown(call, entry) for entry in page]
    more = {"hasMore": end < len(found), "offset": end, "total": len(found)}
    return answer({"lists": shown, **more})


def change_filters(call: Call) -> Response:
    """PUT /lists/{list}/update-list-filters."""
    entry, branch = _known(call), call.body.get("filterBranch")
    if entry["processingType"] != "DYNAMIC":
        raise invalid("Only the filters of a dynamic list can be changed")
    _check(branch)
    return answer({"updatedList": _changed(call, entry, filterBranch=branch, filters=True)})


def rename_list(call: Call) -> Response:
    """PUT /lists/{list}/update-list-name?listName=."""
    entry, name = _known(call), call.query("listName") or ""
    _refuse_name(call, name, entry["objectTypeId"])
    return answer({"updatedList": _changed(call, entry, name=name)})


def _changed(
    call: Call, entry: dict[str, Any], *, filters: bool = False, **values: Any
) -> dict[str, Any]:
    now = iso(call.portal.now())
    times = {"updatedAt": now, **({"filtersUpdatedAt": now} if filters else {})}
    changed = {**entry, **values, **times, "listVersion": entry["listVersion"] + 1}
    with call.portal.transaction():
        call.portal.lists.put(changed)
    return _shown(call, changed, filters=filters)


def delete_list(call: Call) -> Response:
    """DELETE /lists/{list}: restorable for 90 days."""
    entry = _known(call)
    with call.portal.transaction():
        call.portal.lists.put({**entry, "deletedAt": iso(call.portal.now())})
        call.portal.documents.put("deleted_lists", entry["listId"], {"at": call.portal.now()})
    return nothing()


def restore_list(call: Call) -> Response:
    """PUT /lists/{list}/restore."""
    entry = call.portal.lists.get(call.part("list"), deleted=True)
    deleted = call.portal.documents.get("deleted_lists", call.part("list"))
    too_late = deleted and call.portal.now() - int(deleted["at"]) > RESTORABLE_MS
    if entry is None or too_late:
        raise ApiError(404, f"List {call.part('list')} cannot be restored", "OBJECT_NOT_FOUND")
    with call.portal.transaction():
        call.portal.lists.put({**entry, "deletedAt": None})
    return nothing()


def _fillable(call: Call) -> dict[str, Any]:
    entry = _known(call)
    if entry["processingType"] == "DYNAMIC":
        raise invalid("The members of a dynamic list follow from its filters")
    return entry


def add_members(call: Call) -> Response:
    """PUT /lists/{list}/memberships/add."""
    return _move(call, call.listed, [])


def remove_members(call: Call) -> Response:
    """PUT /lists/{list}/memberships/remove."""
    return _move(call, [], call.listed)


def move_members(call: Call) -> Response:
    """PUT /lists/{list}/memberships/add-and-remove."""
    body = call.body
    return _move(call, body.get("recordIdsToAdd") or [], body.get("recordIdsToRemove") or [])


def _move(call: Call, to_add: Iterable[Any], to_remove: Iterable[Any]) -> Response:
    entry = _fillable(call)
    kind = call.portal.types.resolve(entry["objectTypeId"])
    adds, removes = [int(i) for i in to_add], [int(i) for i in to_remove]
    missing = [i for i in adds if call.portal.objects.get(kind, i) is None]
    there = [i for i in adds if i not in set(missing)]
    with call.portal.transaction():
        added = call.portal.lists.add_members(entry, there, call.portal.now())
        removed = call.portal.lists.remove_members(entry, removes)
    return answer(
        {
            "recordsIdsAdded": [str(i) for i in added],
            "recordIdsRemoved": [str(i) for i in removed],
            "recordIdsMissing": [str(i) for i in missing],
        }
    )


def copy_members(call: Call) -> Response:
    """PUT /lists/{list}/memberships/add-from/{source}."""
    entry, source = _fillable(call), _known(call, "source")
    ids = [record_id for record_id, _ in call.portal.lists.members(source)]
    if len(ids) >= MAX_COPIED:
        raise invalid(f"A list of {MAX_COPIED} records or more cannot be copied")
    with call.portal.transaction():
        call.portal.lists.add_members(entry, ids, call.portal.now())
    return nothing()


def clear_members(call: Call) -> Response:
    """DELETE /lists/{list}/memberships."""
    entry = _fillable(call)
    ids = [record_id for record_id, _ in call.portal.lists.members(entry)]
    with call.portal.transaction():
        call.portal.lists.remove_members(entry, ids)
    return nothing()


def read_members(call: Call) -> Response:
    """GET /lists/{list}/memberships, by record id."""
    return _page(call, call.portal.lists.members(_known(call)))


def read_members_by_time(call: Call) -> Response:
    """GET /lists/{list}/memberships/join-order."""
    members = call.portal.lists.members(_known(call))
    return _page(call, sorted(members, key=lambda member: (member[1], member[0])))


def _page(call: Call, members: list[tuple[int, int]]) -> Response:
    limit = min(int(call.query("limit") or 100), MAX_MEMBERS_PAGE)
    start = int(call.query("after") or 0)
    page = members[start : start + limit]
    body: dict[str, Any] = {
        "total": len(members),
        "results": [{"recordId": str(i), "membershipTimestamp": iso(at)} for i, at in page],
    }
    if start + limit < len(members):
        body["paging"] = {"next": {"after": str(start + limit)}}
    return answer(body)


def lists_of_record(call: Call) -> Response:
    """GET /lists/records/{type}/{id}/memberships."""
    return answer({"results": _lists_of(call, call.part("type"), call.part("id"))})


def lists_of_records(call: Call) -> Response:
    """POST /lists/records/memberships/batch/read."""
    results = [
        {
            **entry,
            "recordListMemberships": _lists_of(call, entry["objectTypeId"], entry["recordId"]),
        }
        for entry in call.inputs(MAX_FOUND)
    ]
    now = iso(call.portal.now())
    return answer({"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now})


def _lists_of(call: Call, spelling: str, given: Any) -> list[dict[str, Any]]:
    kind = call.portal.types.resolve(str(spelling))
    number = record_id(given)
    record = None if number is None else call.portal.objects.get(kind, number)
    return [
        {"listId": entry["listId"], "listVersion": entry["listVersion"]}
        for entry in call.portal.lists.all()
        if record and call.portal.lists.has(entry["listId"], kind, record)
    ]
