"""HubSpot's webhooks, read: pure. What they tell are hints which object to read, never values.

https://developers.hubspot.com/docs/guides/api/app-management/webhooks
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from stagedoor.arrivals import Arrival, Kind

SOURCE = "hubspot"

SINGULARS: Mapping[str, str] = {
    "contact": "contacts",
    "company": "companies",
    "deal": "deals",
    "ticket": "tickets",
    "line_item": "line_items",
    "product": "products",
}
_KINDS: Mapping[str, Kind] = {
    "creation": Kind.CHANGE,
    "propertyChange": Kind.CHANGE,
    "restore": Kind.CHANGE,
    "deletion": Kind.DELETION,
    "privacyDeletion": Kind.PRIVACY_DELETION,
    "merge": Kind.MERGE,
    "associationChange": Kind.ASSOCIATION,
}
_TYPE_IDS: Mapping[str, str] = {
    "0-1": "contacts",
    "0-2": "companies",
    "0-3": "deals",
    "0-5": "tickets",
    "0-7": "products",
    "0-8": "line_items",
}
_KEPT = (
    "subscriptionType",
    "propertyName",
    "changeSource",
    "sourceId",
    "attemptNumber",
    "mergedObjectIds",
    "primaryObjectId",
    "newObjectId",
    "associationType",
    "associationRemoved",
    "toObjectId",
)
"""What is kept of an event; never a property's value."""


@dataclass(frozen=True, slots=True)
class Told:
    """An event, and the HubSpot account that it happened in."""

    portal_id: int
    arrival: Arrival


def read_events(body: bytes) -> list[Told]:
    """Return the events of one delivery; those of kinds that we do not know are left out.

    Raises:
        ValueError: The body is not an array of events.
    """
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("The body is not JSON.") from None
    if not isinstance(content, list):
        raise ValueError("The body is not an array of events.")  # noqa: TRY004 - of its content
    if not all(isinstance(event, dict) for event in content):
        raise ValueError("The array holds something that is not an event.")
    return [told for event in content for told in _read(event)]


def _read(event: Mapping[str, Any]) -> Iterator[Told]:
    # Live deliveries say `subscriptionType`, the documentation's example `eventType`.
    named = str(event.get("subscriptionType") or event.get("eventType") or "")
    singular, _, action = named.partition(".")
    kind = _KINDS.get(action)
    object_type = _object_type(singular, event)
    object_id = _number(event.get("fromObjectId" if kind is Kind.ASSOCIATION else "objectId"))
    if kind is Kind.MERGE:
        object_id = _number(event.get("newObjectId")) or object_id
    portal_id = _number(event.get("portalId"))
    if kind is None or object_type is None or object_id is None or portal_id is None:
        return
    payload = {name: event[name] for name in _KEPT if name in event}
    payload["subscriptionType"] = named
    if kind is Kind.ASSOCIATION:
        payload["toObjectType"] = _other_end(event)
    yield Told(
        int(portal_id),
        Arrival(
            source=SOURCE,
            event_key=_key(event, named),
            kind=kind.value,
            object_type=object_type,
            object_id=object_id,
            occurred_at=_instant(event.get("occurredAt")),
            payload=json.dumps(payload),
        ),
    )


def _object_type(singular: str, event: Mapping[str, Any]) -> str | None:
    if singular != "object":
        return SINGULARS.get(singular)
    type_id = str(event.get("objectTypeId") or "")
    return _TYPE_IDS.get(type_id, type_id or None)


def _other_end(event: Mapping[str, Any]) -> str | None:
    """Return the type of the other end, from such as `CONTACT_TO_COMPANY`."""
    _, _, other = str(event.get("associationType") or "").lower().partition("_to_")
    return SINGULARS.get(other, other or None)


def _number(value: Any) -> str | None:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return text if text.isascii() and text.isdigit() and len(text) <= 20 else None


def _instant(milliseconds: Any) -> str:
    try:
        moment = datetime.fromtimestamp(float(milliseconds) / 1_000, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        moment = datetime.fromtimestamp(0, UTC)
    return moment.isoformat(timespec="milliseconds")


def _key(event: Mapping[str, Any], named: str) -> str:
    """Return what makes it the same event when it comes again: `eventId` alone does not."""
    parts = [
        event.get(name)
        for name in ("subscriptionId", "portalId", "objectId", "propertyName", "occurredAt")
    ]
    more = [event.get(name) for name in ("fromObjectId", "toObjectId", "associationRemoved")]
    words = json.dumps([named, *parts, *more], default=str)
    return hashlib.sha256(words.encode()).hexdigest()


def by_account(told: Iterable[Told]) -> dict[int, list[Arrival]]:
    """Return arrivals by HubSpot account."""
    found: dict[int, list[Arrival]] = {}
    for event in told:
        found.setdefault(event.portal_id, []).append(event.arrival)
    return found
