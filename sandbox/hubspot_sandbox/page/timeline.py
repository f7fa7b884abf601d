"""What happened to a record: versions of its properties, attendance, custom events."""

from __future__ import annotations

import json
from dataclasses import dataclass

from hubspot_sandbox.model.types import ObjectType
from hubspot_sandbox.page.rendering import readable
from hubspot_sandbox.store.objects import Record
from hubspot_sandbox.store.portal import PortalStore

SHOWN = 200


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of a timeline."""

    at: int
    what: str
    detail: str
    source: str
    link: str | None = None


def timeline(portal: PortalStore, kind: ObjectType, record: Record) -> list[Happening]:
    """Return what happened, the latest first."""
    found = _versions(portal, kind, record)
    if kind.name == "contacts":
        found += _attendance(portal, record)
    found += _events(portal, kind, record)
    return sorted(found, key=lambda one: one.at, reverse=True)[:SHOWN]


def _versions(portal: PortalStore, kind: ObjectType, record: Record) -> list[Happening]:
    definitions = portal.schema.properties[kind.name]
    found = []
    for row in portal.objects.history(kind, record.id):
        definition = definitions.get(row["property"])
        if definition is None or definition["modificationMetadata"]["readOnlyValue"]:
            continue
        value = row["value"]
        detail = f"set to “{readable(definition, value)}”" if value else "cleared"
        found.append(Happening(row["at"], definition["label"], detail, row["source"]))
    return found


def _attendance(portal: PortalStore, record: Record) -> list[Happening]:
    kind = portal.types.named("marketing_events")
    found = []
    for one in portal.attendance.of_contact(record.id):
        event = portal.objects.get(kind, one.event)
        name = event.properties.get("hs_event_name", "") if event else str(one.event)
        link = f"/records/marketing_events/{one.event}" if event else None
        found.append(Happening(one.at, one.state.capitalize(), name, "MARKETING_EVENT", link))
    return found


def _events(portal: PortalStore, kind: ObjectType, record: Record) -> list[Happening]:
    rows = portal.connection.execute(
        "SELECT * FROM occurrences WHERE object_type = ? AND object = ?", [kind.name, record.id]
    )
    found = []
    for row in rows:
        name = row["event"].partition("_")[2].replace("_", " ").capitalize()
        values = ", ".join(f"{n} {v}" for n, v in json.loads(row["properties"]).items())
        found.append(Happening(row["at"], name, values, "CUSTOM_EVENT"))
    return found
