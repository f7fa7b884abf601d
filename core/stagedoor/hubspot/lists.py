"""Builds requests about lists; sends nothing.

https://developers.hubspot.com/docs/guides/api/crm/lists/overview
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from stagedoor.engine.audience import MembershipBatch, WantedList
from stagedoor.hubspot.requests import Paths, Request

MAX_FOUND = 500
TYPE_IDS = {
    "contacts": "0-1",
    "companies": "0-2",
    "deals": "0-3",
    "tickets": "0-5",
    "marketing_events": "0-54",
}
"""Ids of object types that lists go by; other types are named as in their paths."""
SCOPES = ("crm.lists.read", "crm.lists.write")


@dataclass(frozen=True, slots=True)
class FoundList:
    """A list that HubSpot has."""

    list_id: str
    name: str
    is_dynamic: bool


def from_payload(payload: Mapping[str, Any]) -> FoundList:
    """Return the list that HubSpot tells."""
    kind = str(payload.get("processingType"))
    return FoundList(str(payload["listId"]), str(payload.get("name", "")), kind == "DYNAMIC")


def find_list(paths: Paths, object_type: str, name: str) -> Request:
    """Read the list of this name."""
    type_id = TYPE_IDS.get(object_type, object_type)
    path = paths.crm("lists", f"object-type-id/{type_id}/name/{quote(name, safe='')}")
    return Request("GET", path, "read", "lists/name")


def search_lists(paths: Paths, list_ids: Sequence[str]) -> Request:
    """Read up to 500 lists by id; those that were deleted are left out."""
    body = {
        "listIds": list(list_ids),
        "processingTypes": ["MANUAL", "DYNAMIC", "SNAPSHOT"],
        "offset": 0,
        "count": MAX_FOUND,
    }
    return Request("POST", paths.crm("lists", "search"), "read", "lists/search", body)


def make_list(paths: Paths, wanted: WantedList) -> Request:
    """Make a list. Its name is unique, so that a second attempt is refused and makes no other."""
    body: dict[str, Any] = {
        "name": wanted.name,
        "objectTypeId": TYPE_IDS.get(wanted.object_type, wanted.object_type),
        "processingType": "MANUAL" if wanted.filters is None else "DYNAMIC",
    }
    if wanted.filters is not None:
        body["filterBranch"] = json.loads(wanted.filters)
    return Request("POST", paths.crm("lists", "").rstrip("/"), "provision", "lists", body)


def rename_list(paths: Paths, list_id: str, name: str) -> Request:
    """Give a list another name."""
    path = paths.crm("lists", f"{list_id}/update-list-name")
    query = {"listName": name}
    return Request("PUT", path, "provision", "lists/update-list-name", query=query)


def filter_list(paths: Paths, list_id: str, filters: str) -> Request:
    """Give a dynamic list other filters."""
    path = paths.crm("lists", f"{list_id}/update-list-filters")
    body = {"filterBranch": json.loads(filters)}
    return Request("PUT", path, "provision", "lists/update-list-filters", body)


def change_members(paths: Paths, list_id: str, batch: MembershipBatch) -> Request:
    """Put records on a static list, and take others off; repeating it changes nothing."""
    path = paths.crm("lists", f"{list_id}/memberships/add-and-remove")
    body = {"recordIdsToAdd": batch.add, "recordIdsToRemove": batch.remove}
    return Request("PUT", path, "write", "lists/memberships/add-and-remove", body)
