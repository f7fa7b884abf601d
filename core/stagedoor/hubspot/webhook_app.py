"""Sets up an app's webhooks at HubSpot: where it is called, and what it is told.

https://developers.hubspot.com/docs/api-reference/webhooks-webhooks-v3/guide
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from pydantic import SecretStr

from stagedoor.errors import Misconfigured, Unavailable
from stagedoor.hubspot.webhook_events import SINGULARS

_SUBJECTS = {plural: singular for singular, plural in SINGULARS.items()}
"""Object types that event types name; the others are told of as `object`, by their type's id."""

CONCURRENT = 10
"""Calls that HubSpot makes at the same time."""
MOST = 1_000
"""Subscriptions of one app."""


@dataclass(frozen=True, slots=True, order=True)
class Subscription:
    """Something that an app wants to be told of."""

    event_type: str
    property_name: str | None = None
    object_type_id: str | None = None


def subscriptions_for(
    object_type: str, properties: Iterable[str], type_id: str | None = None
) -> list[Subscription]:
    """Return what tells of each change of an object type's mapped properties."""
    name = _SUBJECTS.get(object_type, "object")
    about = None if name != "object" else type_id or object_type
    actions = ["creation", "deletion", "merge", "restore", "associationChange"]
    wanted = [Subscription(f"{name}.{action}", None, about) for action in actions]
    wanted += [Subscription(f"{name}.propertyChange", p, about) for p in sorted(set(properties))]
    if name == "contact":
        wanted.append(Subscription("contact.privacyDeletion"))
    return wanted


class WebhookApp:
    """One app, as its developer manages it."""

    def __init__(
        self, http: httpx.Client, app_id: int, developer_key: SecretStr, version: str
    ) -> None:
        """Manage the app of this number with a developer API key."""
        self._http = http
        self._key = developer_key
        self._base = f"/webhooks/{version}/{app_id}"

    def call_at(self, url: str) -> None:
        """Let HubSpot call `url`.

        Raises:
            Misconfigured: The app's number, the key or the URL are wrong.
            Unavailable: HubSpot did not answer usefully.
        """
        throttling = {"period": "SECONDLY", "maxConcurrentRequests": CONCURRENT}
        self._ask("PUT", "settings", {"targetUrl": url, "throttling": throttling})

    def subscribe(self, wanted: Sequence[Subscription]) -> tuple[int, int]:
        """Make what is missing, and wake what is paused; return how many of each.

        Raises:
            Misconfigured: More than an app may have, or as `call_at`.
            Unavailable: HubSpot did not answer usefully.
        """
        there = {_subscription(entry): entry for entry in self._ask("GET", "subscriptions")}
        missing = [one for one in wanted if one not in there]
        if len(there) + len(missing) > MOST:
            raise Misconfigured(
                f"An app has at most {MOST} subscriptions; the mapping asks for {len(missing)} "
                f"beside the {len(there)} that are there. Map fewer properties, or delete some."
            )
        for one in missing:
            self._ask("POST", "subscriptions", _body(one))
        paused = [there[one] for one in wanted if one in there and not there[one].get("active")]
        for entry in paused:
            self._ask("PATCH", f"subscriptions/{entry['id']}", {"active": True})
        return len(missing), len(paused)

    def _ask(self, method: str, path: str, body: Any = None) -> list[dict[str, Any]]:
        try:
            answer = self._http.request(
                method,
                f"{self._base}/{path}",
                json=body,
                params={"hapikey": self._key.get_secret_value()},
            )
        except httpx.TransportError as error:
            raise Unavailable(
                f"HubSpot cannot be reached ({type(error).__name__}). Run it again later."
            ) from None
        if answer.status_code >= 500 or answer.status_code == 429:
            raise Unavailable(
                f"HubSpot answered {method} webhooks/{path.partition('/')[0]} with "
                f"{answer.status_code}. Run it again later; what was made stays."
            )
        if answer.status_code >= 400:
            raise Misconfigured(
                f"HubSpot refused {method} webhooks/{path.partition('/')[0]} "
                f"({answer.status_code}). Check the app's number, the developer key, and that the "
                "address begins with https."
            )
        told = answer.json() if answer.content else {}
        return list(told.get("results") or []) if isinstance(told, dict) else []


def _subscription(entry: dict[str, Any]) -> Subscription:
    return Subscription(
        str(entry["eventType"]), entry.get("propertyName"), entry.get("objectTypeId")
    )


def _body(wanted: Subscription) -> dict[str, Any]:
    body: dict[str, Any] = {"eventType": wanted.event_type, "active": True}
    if wanted.property_name is not None:
        body["propertyName"] = wanted.property_name
    if wanted.object_type_id is not None:
        body["objectTypeId"] = wanted.object_type_id
    return body
