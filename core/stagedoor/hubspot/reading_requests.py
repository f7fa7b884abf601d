"""Builds requests that read objects and what stands around them; sends nothing.

https://developers.hubspot.com/docs/guides/api/crm/using-object-apis
https://developers.hubspot.com/docs/guides/api/crm/search
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from stagedoor.hubspot.requests import Paths, Request
from stagedoor.hubspot.windows import Window

MAX_LISTED, MAX_FOUND, MAX_READ, MAX_READ_WITH_HISTORY = 100, 200, 100, 50
LONGEST_QUERY = 6_000
"""Characters of property names that still fit into an address; HubSpot answers 414 to more."""


def list_objects(
    paths: Paths,
    object_type: str,
    properties: Sequence[str],
    after: str | None,
    *,
    archived: bool = False,
) -> Request:
    """Read up to 100 objects, by id; `after` is the cursor of the page before."""
    query = {"limit": str(MAX_LISTED), "properties": ",".join(properties)}
    query |= {"after": after} if after else {}
    query |= {"archived": "true"} if archived else {}
    return Request(
        "GET",
        paths.crm("objects", object_type),
        "read",
        f"objects {object_type}",
        query=query,
    )


def search_modified(
    paths: Paths,
    object_type: str,
    window: Window,
    properties: Sequence[str],
    offset: int = 0,
    *,
    known: str | None = None,
) -> Request:
    """Find up to 200 objects that were modified in a window, by id.

    `offset` skips hits; `known` names a property that must have a value.
    """
    modified = modified_property(object_type)
    filters: list[dict[str, Any]] = [
        {"propertyName": modified, "operator": "GTE", "value": str(window.low)},
        {"propertyName": modified, "operator": "LTE", "value": str(window.high)},
        {"propertyName": "hs_object_id", "operator": "GT", "value": window.after},
    ]
    if known is not None:
        filters.append({"propertyName": known, "operator": "HAS_PROPERTY"})
    body: dict[str, Any] = {
        "filterGroups": [{"filters": filters}],
        "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
        "properties": list(properties),
        "limit": MAX_FOUND,
    }
    if offset:
        body["after"] = str(offset)
    return Request(
        "POST",
        paths.crm("objects", f"{object_type}/search"),
        "search",
        f"objects/search {object_type}",
        body,
    )


def modified_property(object_type: str) -> str:
    """Return the property that tells when an object of a type was last modified."""
    return "lastmodifieddate" if object_type in ("contacts", "0-1") else "hs_lastmodifieddate"


def read_live(
    paths: Paths,
    object_type: str,
    ids: Sequence[str],
    properties: Sequence[str],
    *,
    history: Sequence[str] = (),
    archived: bool = False,
) -> Request:
    """Read up to 100 objects by id, 50 with the histories of properties."""
    body: dict[str, Any] = {
        "properties": list(properties),
        "inputs": [{"id": object_id} for object_id in ids],
    }
    if history:
        body["propertiesWithHistory"] = list(history)
    return Request(
        "POST",
        paths.crm("objects", f"{object_type}/batch/read"),
        "read",
        f"objects/batch/read {object_type}",
        body,
        query={"archived": "true"} if archived else {},
    )


def list_schemas(paths: Paths) -> Request:
    """Read the custom object types."""
    return Request("GET", paths.schemas(), "read", "schemas")


def list_owners(paths: Paths, after: str | None, *, archived: bool = False) -> Request:
    """Read a page of owners: the people of a portal, who have left it when `archived`."""
    query = {"limit": "100", "archived": str(archived).lower()} | (
        {"after": after} if after else {}
    )
    return Request("GET", paths.crm("owners", "").rstrip("/"), "read", "owners", query=query)


def find_lists(paths: Paths, offset: int) -> Request:
    """Read up to 500 lists."""
    body = {"query": "", "offset": offset, "count": 500}
    return Request("POST", paths.crm("lists", "search"), "read", "lists/search", body)


def list_members(paths: Paths, list_id: str, after: str | None) -> Request:
    """Read up to 250 members of a list."""
    return Request(
        "GET",
        paths.crm("lists", f"{list_id}/memberships"),
        "read",
        "lists/memberships",
        query={"limit": "250"} | ({"after": after} if after else {}),
    )


def read_statuses(paths: Paths, addresses: Sequence[str]) -> Request:
    """Read the subscriptions of up to 100 addresses at once (Marketing Hub Enterprise)."""
    inputs = [{"subscriberIdString": one, "channel": "EMAIL"} for one in addresses]
    return Request(
        "POST",
        paths.preferences("statuses/batch/read"),
        "read",
        "communication-preferences/statuses/batch/read",
        {"inputs": inputs},
    )


def read_status(paths: Paths, address: str) -> Request:
    """Read the subscriptions of one address."""
    return Request(
        "GET",
        paths.preferences(f"statuses/{quote(address, safe='')}"),
        "read",
        "communication-preferences/statuses",
        query={"channel": "EMAIL"},
    )


def next_cursor(payload: Mapping[str, Any]) -> str | None:
    """Return the cursor of the next page; nothing when this was the last one."""
    after = ((payload.get("paging") or {}).get("next") or {}).get("after")
    return None if after is None else str(after)
