"""What tests may do to the portal, under `/_sandbox/`; HubSpot has nothing like it."""

from __future__ import annotations

from typing import Any

from hubspot_sandbox.model.types import TYPES
from hubspot_sandbox.store.portal import PortalStore

_VOLATILE = {
    "createdate",
    "hs_lastmodifieddate",
    "lastmodifieddate",
    "hs_object_id",
    "hs_object_source",
    "hs_object_source_label",
}


def export(portal: PortalStore) -> dict[str, Any]:
    """Return the whole portal without what differs from run to run: ids and times.

    Records are named by e-mail address or by their unique values; those without are numbered.
    """
    names = {
        (kind.name, record.id): _name(portal, kind.name, record.properties, record.id)
        for kind in TYPES
        for record in portal.objects.all(kind)
    }
    objects = {
        kind.name: sorted(
            (
                {
                    "name": names[kind.name, record.id],
                    "properties": {
                        n: v
                        for n, v in sorted(record.properties.items())
                        if n not in _VOLATILE and v != ""
                    },
                }
                for record in portal.objects.all(kind)
            ),
            key=lambda entry: str(entry["name"]),
        )
        for kind in TYPES
    }
    rows = portal.connection.execute("SELECT * FROM associations")
    pairs = sorted(
        [
            r["from_type"],
            names.get((r["from_type"], r["from_id"]), "(archived)"),
            r["to_type"],
            names.get((r["to_type"], r["to_id"]), "(archived)"),
            r["type_id"],
        ]
        for r in rows
    )
    return {"objects": objects, "associations": pairs}


def _name(portal: PortalStore, object_type: str, properties: dict[str, str], record_id: int) -> str:
    for name, value in sorted(properties.items()):
        if value and portal.schema.is_unique(object_type, name):
            return value
    return f"#{record_id}"
