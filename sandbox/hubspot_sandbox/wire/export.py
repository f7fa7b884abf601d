"""A whole portal as JSON, without what differs from run to run."""

from __future__ import annotations

from typing import Any

from hubspot_sandbox.store.portal import PortalStore

_VOLATILE = {
    *("createdate", "hs_createdate", "hs_lastmodifieddate", "lastmodifieddate", "hs_object_id"),
    *("hs_object_source", "hs_object_source_label", "hs_merged_object_ids"),
}


def export(portal: PortalStore) -> dict[str, Any]:
    """Return the whole portal without what differs from run to run: ids and times.

    Records are named by e-mail address or by their unique values; those without are numbered.
    """
    names: dict[tuple[str, int], str] = {}
    objects: dict[str, list[dict[str, Any]]] = {}
    for kind in portal.types:
        entries = []
        for record in portal.objects.all(kind):
            name = _name(portal, kind.name, record.properties, record.id)
            names[kind.name, record.id] = name
            kept = {
                n: v for n, v in sorted(record.properties.items()) if n not in _VOLATILE and v != ""
            }
            entries.append({"name": name, "properties": kept})
        objects[kind.name] = sorted(entries, key=lambda entry: str(entry["name"]))
    pairs = sorted(
        [
            row["from_type"],
            names.get((row["from_type"], row["from_id"]), "(archived)"),
            row["to_type"],
            names.get((row["to_type"], row["to_id"]), "(archived)"),
            row["type_id"],
        ]
        for row in portal.connection.execute("SELECT * FROM associations")
    )
    return {"objects": objects, "associations": pairs}


def _name(portal: PortalStore, object_type: str, properties: dict[str, str], record_id: int) -> str:
    for name, value in sorted(properties.items()):
        if value and portal.schema.is_unique(object_type, name):
            return value
    return f"#{record_id}"
