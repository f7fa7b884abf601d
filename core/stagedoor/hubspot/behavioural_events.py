"""Builds requests about behavioural events; sends nothing.

https://developers.hubspot.com/docs/guides/api/analytics-and-events/custom-events
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from stagedoor.engine.audience import OccurrenceBatch, occurrence_id
from stagedoor.hubspot.requests import Paths, Request
from stagedoor.mapping.lists import EventMapping

SCOPES = ("behavioral_events.event_definitions.read_write", "analytics.behavioral_events.send")


def prefixes(paths: Paths) -> tuple[str, ...]:
    """Return where the API may live: HubSpot's pages name two places."""
    if paths.version.startswith("v"):
        return ("/events/v3",)
    return (f"/events/{paths.version}", f"/events/custom/{paths.version}")


def find_definition(prefix: str, name: str) -> Request:
    """Read the definitions of behavioural events whose names contain this one."""
    query = {"searchString": name, "includeProperties": "true", "limit": "100"}
    return Request("GET", f"{prefix}/event-definitions", "read", "event-definitions", query=query)


def define(prefix: str, name: str, mapping: EventMapping) -> Request:
    """Define an event. Its name is unique, so that a second attempt is refused."""
    properties = [
        {"name": key, "label": entry.label or key, "type": entry.type}
        for key, entry in mapping.properties.items()
    ]
    body = {
        "label": mapping.label,
        "name": name,
        "description": mapping.description,
        "primaryObject": "CONTACT",
        "propertyDefinitions": properties,
        "includeDefaultProperties": False,
    }
    return Request("POST", f"{prefix}/event-definitions", "provision", "event-definitions", body)


def send(prefix: str, full_name: str, batch: OccurrenceBatch, known: frozenset[str]) -> Request:
    """Tell up to 500 occurrences, with the properties that the definition has.

    Each has an id of its own that is the same each time, so that HubSpot takes it once.
    """
    inputs = [
        {
            "eventName": full_name,
            "objectId": one.contact_id,
            "occurredAt": _instant(one.at),
            "uuid": occurrence_id(batch.event, one.key),
            "properties": {n: v for n, v in one.properties.items() if n in known},
        }
        for one in batch.occurrences
    ]
    return Request("POST", f"{prefix}/send/batch", "write", "events/send/batch", {"inputs": inputs})


def _instant(at: datetime) -> str:
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def definition_of(payload: Mapping[str, Any], name: str) -> tuple[str, frozenset[str]] | None:
    """Return the full name of an event, and its properties, from the list of definitions."""
    for one in payload.get("results") or ():
        full_name = str(one.get("fullyQualifiedName"))
        if one.get("name") == name or full_name.partition("_")[2] == name:
            return full_name, frozenset(str(p["name"]) for p in one.get("properties") or ())
    return None
