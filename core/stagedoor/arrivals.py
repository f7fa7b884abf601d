"""What a sender tells of something that happened: a hint which object to read, never a value."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What happened to an object, whoever tells it."""

    CHANGE = "change"
    """Created, changed or restored: read it."""
    DELETION = "deletion"
    """Put into the bin."""
    PRIVACY_DELETION = "privacy_deletion"
    """Deleted for good, as the law wants it."""
    MERGE = "merge"
    """Others became this object; the payload's `mergedObjectIds` names them."""
    ASSOCIATION = "association"
    """Its associations changed; the payload's `toObjectType` names the other end's type."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One event, as it arrived."""

    source: str
    """Who told it: hubspot, platform, or the name of a platform source."""
    event_key: str
    """What makes it the same event when it arrives again."""
    kind: str
    """One of `Kind`, or the platform source's own word."""
    object_type: str
    """HubSpot's object type (`contacts`), or the platform stream."""
    object_id: str
    occurred_at: str
    """When it happened, ISO 8601 in UTC."""
    payload: str = field(default="{}", repr=False)
    """JSON of what else was told, without values of properties."""
