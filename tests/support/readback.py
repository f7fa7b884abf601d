"""Reads a portal back by HubSpot's API, page by page, as any other app would."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from support.project import Portal

OBJECTS = "/crm/objects/2026-09"
ASSOCIATIONS = "/crm/associations/2026-09"
EVENTS = "/marketing/marketing-events/2026-09"


def pages(portal: Portal, path: str) -> Iterator[dict[str, Any]]:
    """Yield the results of all pages of a path."""
    after = ""
    while True:
        told: Any = portal.get(path + after)
        yield from told["results"]
        if "paging" not in told:
            return
        after = f"{'&' if '?' in path else '?'}after={told['paging']['next']['after']}"


def records(portal: Portal, object_type: str, *properties: str) -> dict[str, dict[str, Any]]:
    """Return these properties of all records of a type, by id; what is empty is left out."""
    listed = f"{OBJECTS}/{object_type}?limit=100&properties={','.join(properties)}"
    return {
        record["id"]: {n: v for n in properties if (v := record["properties"].get(n))}
        for record in pages(portal, listed)
    }


def by(portal: Portal, object_type: str, name: str, *properties: str) -> dict[str, dict[str, Any]]:
    """Return the same by the value of one property."""
    found = records(portal, object_type, name, *properties)
    return {properties_[name]: properties_ for properties_ in found.values()}


def names(portal: Portal, object_type: str) -> dict[str, str]:
    """Return what tests call the records of a type, by id: address, or key on the platform."""
    name = "email" if object_type == "contacts" else "stagedoor_id"
    return {number: told[name] for number, told in records(portal, object_type, name).items()}


def pairs(portal: Portal, one: str, other: str) -> dict[str, set[tuple[str, str]]]:
    """Return the associations of two types by their label, both ends by name; the plain is `-`."""
    here, there = names(portal, one), names(portal, other)
    found: dict[str, set[tuple[str, str]]] = {}
    for chunk in chunks(list(here), 1_000):
        asked = {"inputs": [{"id": number} for number in chunk]}
        told = portal.post(f"{ASSOCIATIONS}/{one}/{other}/batch/read", asked).json()
        for result in told["results"]:
            for to in result["to"]:
                for kind in to["associationTypes"]:
                    ends = (here[result["from"]["id"]], there[str(to["toObjectId"])])
                    found.setdefault(kind["label"] or "-", set()).add(ends)
    return found


def members(portal: Portal, list_id: str) -> set[str]:
    """Return the ids of the records on a list."""
    path = f"/crm/lists/2026-09/{list_id}/memberships?limit=250"
    return {str(entry["recordId"]) for entry in pages(portal, path)}


def attendance(portal: Portal) -> dict[str, set[tuple[str, str]]]:
    """Return who did what about marketing events: state → address and the event's external id."""
    found: dict[str, set[tuple[str, str]]] = {}
    for event in pages(portal, f"{EVENTS}?limit=100"):
        path = f"{EVENTS}/participations/{event['objectId']}/breakdown?limit=100"
        for one in pages(portal, path):
            who = str(one["associations"]["contact"]["email"])
            state = one["properties"]["attendanceState"]
            found.setdefault(state, set()).add((who, event["externalEventId"]))
    return found


def chunks(items: list[str], size: int) -> Iterable[list[str]]:
    """Yield `items` in lists of at most `size`."""
    return (items[start : start + size] for start in range(0, len(items), size))
