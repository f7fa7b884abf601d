"""Which events a change makes for a subscription.

https://developers.hubspot.com/docs/guides/api/app-management/webhooks
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hubspot_sandbox.model.types import ObjectType, Registry
from hubspot_sandbox.store.feed import Change

_OBJECTS = ("contact", "company", "deal", "ticket", "line_item", "object")
_ACTIONS = ("creation", "deletion", "merge", "restore", "propertyChange", "associationChange")
TYPES = (
    *(f"{one}.{action}" for one in _OBJECTS for action in _ACTIONS),
    *(f"product.{action}" for action in _ACTIONS if action != "associationChange"),
    "contact.privacyDeletion",
    *(
        f"conversation.{action}"
        for action in ("creation", "deletion", "newMessage", "privacyDeletion", "propertyChange")
    ),
    "event.completed",
)
"""All types that a subscription may have; conversations and events never happen here."""

UNTOLD = ("num_unique_conversion_events", "hs_lastmodifieddate")
"""Properties whose changes no subscription tells."""

_ACTION = {
    "creation": "CREATE",
    "deletion": "DELETE",
    "merge": "MERGE",
    "restore": "RESTORE",
    "privacyDeletion": "PRIVACY_DELETE",
}


def events_of(
    change: Change, subscription: dict[str, Any], types: Registry
) -> Iterator[dict[str, Any]]:
    """Yield what one subscription tells of a change, without the app's and portal's numbers."""
    if not subscription["active"]:
        return
    object_name, _, action = subscription["eventType"].partition(".")
    kind = types.named(change.type)
    if not _concerns(object_name, subscription, kind, types):
        return
    told: dict[str, Any] = {
        "subscriptionId": subscription["id"],
        "subscriptionType": subscription["eventType"],
        "occurredAt": change.at,
        "changeSource": change.source,
    }
    if object_name == "object":
        told["objectTypeId"] = kind.id
    if action == "propertyChange":
        yield from _property_changes(change, subscription, told)
    elif action == "associationChange":
        yield from _association_changes(change, kind, types, told)
    elif _ACTION.get(action) == change.action:
        yield {**told, **_about(change)}


def _concerns(
    object_name: str, subscription: dict[str, Any], kind: ObjectType, types: Registry
) -> bool:
    if object_name == "object":
        return types.resolve(str(subscription["objectTypeId"])) == kind
    return kind.singular == object_name


def _about(change: Change) -> dict[str, Any]:
    if change.action == "MERGE":
        return {
            "objectId": change.id,
            "primaryObjectId": change.detail["primary"],
            "mergedObjectIds": change.detail["merged"],
            "newObjectId": change.id,
            "numberOfPropertiesMoved": change.detail["moved"],
        }
    flags = {"CREATE": "NEW", "DELETE": "DELETED"}
    flag = {"changeFlag": flags[change.action]} if change.action in flags else {}
    return {"objectId": change.id, **flag}


def _property_changes(
    change: Change, subscription: dict[str, Any], told: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    name = subscription.get("propertyName")
    changed = change.detail.get("properties", {})
    if change.action in ("CREATE", "UPDATE") and name in changed and name not in UNTOLD:
        yield {
            **told,
            "objectId": change.id,
            "propertyName": name,
            "propertyValue": changed[name],
        }


def _association_changes(
    change: Change, kind: ObjectType, types: Registry, told: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    if change.action not in ("ASSOCIATION_ADDED", "ASSOCIATION_REMOVED"):
        return
    other = types.named(change.detail["to_type"])
    yield {
        **told,
        "associationType": f"{kind.singular}_to_{other.singular}".upper(),
        "fromObjectId": change.id,
        "toObjectId": change.detail["to_id"],
        "associationRemoved": change.action == "ASSOCIATION_REMOVED",
        "isPrimaryAssociation": change.detail["primary"],
    }
