"""Builds requests about marketing events and who takes part in them; sends nothing.

https://developers.hubspot.com/docs/guides/api/marketing/marketing-events
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from stagedoor.engine.audience import ParticipationBatch
from stagedoor.hubspot.requests import Paths, Request
from stagedoor.model import Change, ObjectBatch, Properties

OBJECT_TYPE = "marketing_events"
EXTERNAL_ID = "externalEventId"
COMPLETED = "eventCompleted"
ACCOUNT = "stagedoor"
"""The account that external ids are unique in, and that each call by them names."""
_TEXTS = (
    *(EXTERNAL_ID, "eventName", "eventType", "eventOrganizer", "eventUrl", "eventDescription"),
)
_TIMES = ("startDateTime", "endDateTime")
_FLAGS = ("eventCancelled", COMPLETED)
FIELDS = frozenset((*_TEXTS, *_TIMES, *_FLAGS))
"""What the API itself says of an event; every other name is a property of HubSpot's."""
SCOPES = ("crm.objects.marketing_events.read", "crm.objects.marketing_events.write")


def content(properties: Properties) -> dict[str, Any]:
    """Return properties as the API takes them. Times and flags cannot be cleared there."""
    body: dict[str, Any] = {}
    custom = []
    for name, value in properties.items():
        if name in _FLAGS and value is not None:
            body[name] = value == "true"
        elif name in _TEXTS or (name in _TIMES and value is not None):
            body[name] = value or ""
        elif name not in FIELDS:
            custom.append({"name": name, "value": value or ""})
    if custom:
        body["customProperties"] = custom
    return body


def upsert_events(paths: Paths, batch: ObjectBatch) -> Request:
    """Make up to 100 events, or change those that this app made, by our own ids."""
    inputs = [
        {**content(change.after), EXTERNAL_ID: change.match_value, "externalAccountId": ACCOUNT}
        for change in batch.changes
    ]
    path = f"{_base(paths)}/events/upsert"
    return Request("POST", path, "write", "marketing-events/events/upsert", {"inputs": inputs})


def update_events(paths: Paths, batch: ObjectBatch) -> Request:
    """Change up to 100 events by HubSpot's ids, whichever app made them."""
    inputs = [{**_changed(change), "objectId": change.hubspot_id} for change in batch.changes]
    path = f"{_base(paths)}/batch/update"
    return Request("POST", path, "write", "marketing-events/batch/update", {"inputs": inputs})


def update_event(paths: Paths, change: Change) -> Request:
    """Change one event by HubSpot's id."""
    path = f"{_base(paths)}/{change.hubspot_id}"
    return Request("PATCH", path, "write", "marketing-events", _changed(change))


def _changed(change: Change) -> dict[str, Any]:
    """Return what an update says: an event is completed by a call of its own."""
    given = content(change.after)
    return {name: v for name, v in given.items() if name not in (EXTERNAL_ID, COMPLETED)}


def complete_event(paths: Paths, external_id: str, told: Mapping[str, Any]) -> Request:
    """Say that an event is over, with the times that HubSpot has told."""
    start = told.get("startDateTime")
    body = {"startDateTime": start, "endDateTime": told.get("endDateTime") or start}
    return Request(
        "POST",
        f"{_base(paths)}/events/{quote(external_id, safe='')}/complete",
        "write",
        "marketing-events/events/complete",
        body,
        query={"externalAccountId": ACCOUNT},
    )


def read_event(paths: Paths, external_id: str) -> Request:
    """Read an event of this app by our own id."""
    path = f"{_base(paths)}/events/{quote(external_id, safe='')}"
    query = {"externalAccountId": ACCOUNT}
    return Request("GET", path, "read", "marketing-events/events", query=query)


def read_event_by_id(paths: Paths, event_id: str) -> Request:
    """Read an event by HubSpot's id."""
    return Request("GET", f"{_base(paths)}/{event_id}", "read", "marketing-events")


def attend(paths: Paths, batch: ParticipationBatch) -> Request:
    """Tell what up to 100 contacts did about an event.

    HubSpot takes the same contact at the same time once, so that it may be repeated.
    """
    verb = batch.attendance.verb
    inputs = [
        {"vid": int(person.contact_id), "interactionDateTime": person.at} for person in batch.people
    ]
    path = f"{_base(paths)}/{batch.event_id}/attendance/{verb}/create"
    route = f"marketing-events/attendance/{verb}"
    return Request("POST", path, "write", route, {"inputs": inputs})


def _base(paths: Paths) -> str:
    if paths.version.startswith("v"):
        return "/marketing/v3/marketing-events"
    return f"/marketing/marketing-events/{paths.version}"
