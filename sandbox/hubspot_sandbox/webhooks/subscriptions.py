"""Where an app wants to be called, and what it wants to be told."""

from __future__ import annotations

from typing import Any

from hubspot_sandbox.model.values import iso
from hubspot_sandbox.store.documents import Documents
from hubspot_sandbox.webhooks.events import TYPES

MAX_SUBSCRIPTIONS = 1_000
CONCURRENT = 10


class Unfit(ValueError):
    """A subscription or its settings cannot be taken."""


class Subscriptions:
    """The webhook settings and subscriptions of all apps."""

    def __init__(self, kept: Documents) -> None:
        """Keep them in the server's documents."""
        self._kept = kept

    def settings(self, app_id: int) -> dict[str, Any] | None:
        """Return where an app wants to be called."""
        return self._kept.get("webhook_settings", app_id)

    def set_settings(self, app_id: int, given: dict[str, Any], now: int) -> dict[str, Any]:
        """Set where an app wants to be called, and how often at the same time.

        Raises:
            Unfit: There is no address.
        """
        url = str(given.get("targetUrl") or "")
        if not url.startswith(("http://", "https://")):
            raise Unfit("targetUrl must be an address")
        most = int((given.get("throttling") or {}).get("maxConcurrentRequests", CONCURRENT))
        before = self.settings(app_id) or {"createdAt": iso(now)}
        settings = {
            "targetUrl": url,
            "throttling": {"period": "SECONDLY", "maxConcurrentRequests": most},
            "createdAt": before["createdAt"],
            "updatedAt": iso(now),
        }
        self._kept.put("webhook_settings", app_id, settings)
        return settings

    def clear_settings(self, app_id: int) -> None:
        """Call the app no more."""
        self._kept.remove("webhook_settings", app_id)

    def all(self, app_id: int | None = None) -> list[dict[str, Any]]:
        """Return subscriptions, of one app or of all."""
        kept = self._kept.all("webhook_subscriptions")
        return [entry for entry in kept if app_id in (None, entry["app_id"])]

    def get(self, app_id: int, number: Any) -> dict[str, Any] | None:
        """Return one subscription."""
        entry = self._kept.get("webhook_subscriptions", number)
        return entry if entry and entry["app_id"] == app_id else None

    def add(self, app_id: int, given: dict[str, Any], now: int) -> dict[str, Any]:
        """Make a subscription: paused unless it says `active`.

        Raises:
            Unfit: Its type is unknown, or it lacks the property or object type.
        """
        type_ = given.get("eventType")
        if type_ not in TYPES:
            raise Unfit(f"{type_} is no event type")
        if str(type_).endswith("propertyChange") and not given.get("propertyName"):
            raise Unfit("propertyName is required for propertyChange subscriptions")
        if str(type_).startswith("object.") and not given.get("objectTypeId"):
            raise Unfit("objectTypeId is required for object subscriptions")
        if len(self.all(app_id)) >= MAX_SUBSCRIPTIONS:
            raise Unfit(f"An app has at most {MAX_SUBSCRIPTIONS} subscriptions")
        number = self._kept.number("webhook_subscriptions")
        entry = {
            "id": number,
            "app_id": app_id,
            "eventType": type_,
            "propertyName": given.get("propertyName"),
            "objectTypeId": given.get("objectTypeId"),
            "active": bool(given.get("active")),
            "createdAt": iso(now),
            "updatedAt": iso(now),
        }
        self._kept.put("webhook_subscriptions", number, entry)
        return entry

    def activate(self, entry: dict[str, Any], now: int, *, active: bool) -> dict[str, Any]:
        """Let a subscription run, or pause it."""
        changed = {**entry, "active": active, "updatedAt": iso(now)}
        self._kept.put("webhook_subscriptions", entry["id"], changed)
        return changed

    def remove(self, entry: dict[str, Any]) -> None:
        """Remove a subscription."""
        self._kept.remove("webhook_subscriptions", entry["id"])
