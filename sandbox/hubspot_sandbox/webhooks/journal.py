"""The Webhooks Journal: what happened, in files that apps read by offset.

https://developers.hubspot.com/docs/api-reference/webhooks-journal
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from hubspot_sandbox.model.types import Registry
from hubspot_sandbox.model.values import iso
from hubspot_sandbox.store.feed import Change

if TYPE_CHECKING:
    from hubspot_sandbox.sandbox import Sandbox
    from hubspot_sandbox.store.documents import Documents

RETENTION = 3 * 86_400_000
"""How long files are kept, in ms."""
MAX_EVENTS = 10_000
"""Events in one file."""
KINDS = (
    *("OBJECT", "ASSOCIATION", "LIST_MEMBERSHIP", "GDPR_PRIVACY_DELETION"),
    "APP_LIFECYCLE_EVENT",
)
_OBJECT_ACTIONS = ("CREATE", "UPDATE", "DELETE", "MERGE", "RESTORE")


class Journal:
    """The files of all apps, published when somebody looks."""

    def __init__(self, sandbox: Sandbox, kept: Documents) -> None:
        """Keep files and subscriptions in the server's documents."""
        self._sandbox = sandbox
        self._kept = kept
        self._seen: dict[int, int] = {}

    @property
    def is_wanted(self) -> bool:
        """Whether an app subscribes to anything."""
        return bool(self._kept.all("journal_subscriptions"))

    def subscriptions(self) -> list[dict[str, Any]]:
        """Return all subscriptions."""
        return self._kept.all("journal_subscriptions")

    def subscribe(self, given: dict[str, Any], app_id: int) -> dict[str, Any]:
        """Subscribe an app to what happens to a kind of thing in a portal.

        Raises:
            ValueError: The kind is unknown.
        """
        if given.get("subscriptionType") not in KINDS:
            raise ValueError(f"subscriptionType is one of {', '.join(KINDS)}")
        for portal in self._sandbox.portals.values():
            self._seen.setdefault(portal.portal_id, portal.feed.last)
        number = self._kept.number("journal_subscriptions")
        now = iso(self._sandbox.clock.now())
        entry = {
            "id": number,
            "appId": app_id,
            "subscriptionType": given["subscriptionType"],
            "objectTypeId": given.get("objectTypeId"),
            "portalId": given.get("portalId"),
            "actions": given.get("actions") or [],
            "properties": given.get("properties") or [],
            "createdAt": now,
            "updatedAt": now,
        }
        self._kept.put("journal_subscriptions", number, entry)
        return entry

    def unsubscribe(self, number: Any) -> bool:
        """End a subscription; whether there was one."""
        return self._kept.remove("journal_subscriptions", number)

    def files(self) -> list[dict[str, Any]]:
        """Publish what is new, drop what is too old, and return the files, oldest first."""
        self._publish(self._new_events())
        horizon = self._sandbox.clock.now() - RETENTION
        kept = []
        for file in self._kept.all("journal_files"):
            if file["at"] < horizon:
                self._kept.remove("journal_files", file["number"])
            else:
                kept.append(file)
        return kept

    def file(self, offset: str) -> dict[str, Any] | None:
        """Return the content of one file, as its address serves it."""
        for file in self._kept.all("journal_files"):
            if file["offset"] == offset:
                return {
                    "offset": file["offset"],
                    "journalEvents": file["events"],
                    "publishedAt": iso(file["at"]),
                }
        return None

    def snapshot(self, portal_id: int, asked: list[dict[str, Any]]) -> None:
        """Publish what records are now, as a file of their own."""
        portal = self._sandbox.portals[portal_id]
        events = []
        for entry in asked:
            kind = portal.types.resolve(str(entry["objectTypeId"]))
            record = portal.objects.get(kind, int(entry["objectId"]))
            names = entry.get("properties") or kind.default_properties
            values = record.properties if record else {}
            events.append(
                {
                    "type": "object",
                    "portalId": portal_id,
                    "occurredAt": self._sandbox.clock.now(),
                    "action": "SNAPSHOT",
                    "objectTypeId": kind.id,
                    "objectId": int(entry["objectId"]),
                    "propertyChanges": {name: values.get(name) for name in names},
                }
            )
        self._publish(events)

    def _publish(self, events: list[dict[str, Any]]) -> None:
        for at in range(0, len(events), MAX_EVENTS):
            number = self._kept.number("journal_files")
            self._kept.put(
                "journal_files",
                number,
                {
                    "number": number,
                    "offset": str(uuid.uuid4()),
                    "events": events[at : at + MAX_EVENTS],
                    "at": self._sandbox.clock.now(),
                },
            )

    def _new_events(self) -> list[dict[str, Any]]:
        subscriptions = self.subscriptions()
        events: list[dict[str, Any]] = []
        for portal in self._sandbox.portals.values():
            after = self._seen.get(portal.portal_id, 0)
            changes = list(portal.feed.after(after, 1_000_000))
            if changes:
                self._seen[portal.portal_id] = changes[-1].number
            for change in changes:
                events += _told(change, portal.portal_id, portal.types, subscriptions)
        return sorted(events, key=lambda event: int(event["occurredAt"]))


def _told(
    change: Change, portal_id: int, types: Registry, subscriptions: list[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Yield the event of a change, once, when a subscription wants it."""
    kind = types.named(change.type)
    for entry in subscriptions:
        if entry["portalId"] not in (None, portal_id):
            continue
        if entry["objectTypeId"] not in (None, kind.id):
            continue
        if not _wants(entry, change):
            continue
        event = {
            "type": entry["subscriptionType"].lower(),
            "portalId": portal_id,
            "occurredAt": change.at,
            "action": change.action,
            "objectTypeId": kind.id,
            "objectId": change.id,
        }
        yield {**event, **_detail(change, entry, types)}
        return


def _wants(entry: dict[str, Any], change: Change) -> bool:
    if entry["actions"] and change.action not in entry["actions"]:
        return False
    match entry["subscriptionType"]:
        case "OBJECT":
            return change.action in _OBJECT_ACTIONS
        case "ASSOCIATION":
            return change.action.startswith("ASSOCIATION_")
        case "GDPR_PRIVACY_DELETION":
            return change.action == "PRIVACY_DELETE"
        case _:
            return False


def _detail(change: Change, entry: dict[str, Any], types: Registry) -> dict[str, Any]:
    if "properties" in change.detail:
        changed = change.detail["properties"]
        wanted = entry["properties"]
        return {"propertyChanges": {n: v for n, v in changed.items() if not wanted or n in wanted}}
    if change.action == "MERGE":
        return {"mergedObjectIds": change.detail["merged"], "newObjectId": change.id}
    if "to_type" in change.detail:
        return {
            "toObjectTypeId": types.named(change.detail["to_type"]).id,
            "toObjectId": change.detail["to_id"],
            "associationTypeId": change.detail["type_id"],
            "associationCategory": change.detail["category"],
        }
    return {}
