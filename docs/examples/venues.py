"""Venues as a custom object: a plugin of Stagedoor in one file.

Each venue is one object in HubSpot, however the platform spells it, associated with the people
who bought tickets for it. Make the custom object `venues` in HubSpot first, with contacts as
associated objects, then name this file in the setting `plugins`:

    TARGET_HUBSPOT_PLUGINS='["venues.py"]'
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from stagedoor import AssociationSource, AssociationType, ObjectType, RecordBatch, hookimpl

ALSO_CALLED = {
    "tnb": "Teatrul Național București",
    "national theatre": "Teatrul Național București",
}
"""Other names of venues, in lower case."""

VENUES = """
SELECT 'venue:' || lower(venue) AS key, any_value(venue) AS name,
    arg_max(city, (updated_at, event_id)) AS city, count(*) AS events
FROM events
WHERE venue IS NOT NULL AND NOT coalesce(is_deleted, false)
GROUP BY lower(venue)
"""

VISITORS = """
SELECT DISTINCT 'venue:' || lower(e.venue) AS from_key, b.person AS to_key
FROM events e
JOIN order_tickets t ON t.event_id = e.event_id
JOIN buyers b ON b.order_id = t.order_id
WHERE e.venue IS NOT NULL AND b.person IS NOT NULL AND t.status = 'valid'
    AND NOT coalesce(e.is_deleted, false) AND NOT coalesce(t.is_deleted, false)
"""


def named(venue: str | None) -> str | None:
    """Return a venue's one name: without stray spaces, and no nickname."""
    plain = " ".join((venue or "").split())
    return ALSO_CALLED.get(plain.lower(), plain) or None


@hookimpl
def transform_records(batch: RecordBatch) -> list[Mapping[str, Any]] | None:
    """Give venues their names before anything is counted by them."""
    if batch.stream != "events":
        return None
    return [{**event, "venue": named(event.get("venue"))} for event in batch.records]


@hookimpl
def register_object_types(register: Callable[[ObjectType], None]) -> None:
    """Hand over the object type, with its part of the mapping and its association."""
    # HubSpot gives the plain association of a custom object its number; it is not needed.
    to_contact = AssociationType("venues_to_contacts", "p_venues", "contacts", type_id=0)
    register(
        ObjectType(
            name="p_venues",
            description="One per place that events are held at.",
            sql=VENUES,
            associations=(AssociationSource(to_contact, VISITORS),),
            mapping={
                "match_key": "stagedoor_id",
                "properties": {
                    "stagedoor_id": {"from": "key", "label": "Stagedoor ID", "unique": True},
                    "name": {"from": "name", "label": "Name"},
                    "city": {"from": "city", "label": "City"},
                    "events": {
                        "from": "events",
                        "label": "Events",
                        "type": "number",
                        "codec": "integer",
                    },
                },
            },
            order=50,
        )
    )
