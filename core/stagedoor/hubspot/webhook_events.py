"""Events of webhooks and of the journal, as arrivals; pure.

What an event says of values is left out before anything is kept: values come from a live read,
and an inbox of personal data would have to be erased with the people.
https://developers.hubspot.com/docs/guides/api/app-management/webhooks
https://developers.hubspot.com/docs/api-reference/webhooks-journal
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from stagedoor.arrivals import Arrival, Kind

SOURCE = "hubspot"

TYPE_IDS = {
    "0-1": "contacts",
    "0-2": "companies",
    "0-3": "deals",
    "0-5": "tickets",
    "0-7": "products",
    "0-8": "line_items",
}
"""The names of HubSpot's own object types."""

SINGULARS = {
    "contact": "contacts",
    "company": "companies",
    "deal": "deals",
    "ticket": "tickets",
    "product": "products",
    "line_item": "line_items",
}
_WEBHOOK_KINDS = {
    "deletion": Kind.DELETION,
    "privacydeletion": Kind.PRIVACY_DELETION,
    "merge": Kind.MERGE,
    "associationchange": Kind.ASSOCIATION,
}
_JOURNAL_KINDS = {
    "DELETE": Kind.DELETION,
    "PRIVACY_DELETE": Kind.PRIVACY_DELETION,
    "MERGE": Kind.MERGE,
    "ASSOCIATION_ADDED": Kind.ASSOCIATION,
    "ASSOCIATION_REMOVED": Kind.ASSOCIATION,
}
_LONGEST_ID = 20
_VALUES = ("propertyValue", "propertyChanges", "messageId")


def from_webhook(events: Iterable[Mapping[str, Any]]) -> Iterator[Arrival]:
    """Yield the arrival of each event of a delivery; those about no object are left out.

    An event is the same when subscription, object, property and time are; HubSpot does not
    promise that `eventId` is unique, so it only adds to them.
    """
    for event in events:
        told = str(event.get("subscriptionType") or event.get("eventType") or "")
        subject, _, action = told.partition(".")
        told_ids = (event.get(name) for name in ("objectId", "newObjectId", "fromObjectId"))
        object_id = next(filter(None, map(number, told_ids)), None)
        object_type = SINGULARS.get(subject) or _named(event.get("objectTypeId"))
        if object_id is None or not object_type:
            continue
        parts = ("subscriptionId", "eventId", "occurredAt", "propertyName", "toObjectId")
        key = [str(event.get(part, "")) for part in parts]
        yield Arrival(
            source=SOURCE,
            event_key=":".join([*key, object_type, str(object_id)]),
            kind=_WEBHOOK_KINDS.get(action.lower(), Kind.CHANGE),
            object_type=object_type,
            object_id=str(object_id),
            occurred_at=moment(event.get("occurredAt")),
            payload=_payload(event),
        )


def from_journal(file: Mapping[str, Any], portal_id: int) -> Iterator[Arrival]:
    """Yield the arrival of each event of a journal file that is about one portal."""
    offset = str(file.get("offset"))
    for number, event in enumerate(file.get("journalEvents") or ()):
        object_id, object_type = event.get("objectId"), _named(event.get("objectTypeId"))
        if int(event.get("portalId") or 0) != portal_id or object_id is None or not object_type:
            continue
        yield Arrival(
            source=SOURCE,
            event_key=f"journal:{offset}:{number}",
            kind=_JOURNAL_KINDS.get(str(event.get("action")), Kind.CHANGE),
            object_type=object_type,
            object_id=str(object_id),
            occurred_at=moment(event.get("occurredAt")),
            payload=_payload(event),
        )


def _named(type_id: Any) -> str:
    return TYPE_IDS.get(str(type_id or ""), str(type_id or ""))


def _payload(event: Mapping[str, Any]) -> str:
    kept = {name: value for name, value in event.items() if name not in _VALUES}
    return json.dumps(kept, separators=(",", ":"))


def number(told: Any) -> str | None:
    """Return an id, told as a number or as text."""
    text = str(told) if isinstance(told, int | str) and not isinstance(told, bool) else ""
    return text if text.isascii() and text.isdigit() and len(text) <= _LONGEST_ID else None


def moment(told: Any) -> str:
    """Return a time, told in milliseconds or ISO 8601, as ISO 8601 in UTC.

    What is no time becomes 1970: an event without one is still a hint.
    """
    try:
        if isinstance(told, str) and not told.isdecimal():
            at = datetime.fromisoformat(told)
        else:
            at = datetime.fromtimestamp(int(told or 0) / 1_000, UTC)
        return at.astimezone(UTC).isoformat(timespec="milliseconds")
    except (TypeError, ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC).isoformat(timespec="milliseconds")
