"""Deliveries of HubSpot's webhooks, read: pure.

https://developers.hubspot.com/docs/guides/api/app-management/webhooks
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from stagedoor.arrivals import Arrival
from stagedoor.hubspot.webhook_events import from_webhook, number


def read_delivery(body: bytes) -> dict[int, list[Arrival]]:
    """Return the arrivals of one delivery by the HubSpot account that they happened in.

    Events about no object, or of no account, are left out.

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
    return _by_account(content)


def _by_account(events: list[Mapping[str, Any]]) -> dict[int, list[Arrival]]:
    found: dict[int, list[Arrival]] = {}
    for event in events:
        account = number(event.get("portalId"))
        arrivals = list(from_webhook([event])) if account else []
        if account and arrivals:
            found.setdefault(int(account), []).extend(arrivals)
    return found
