"""The body of a delivery by HubSpot: an array of events, sorted by account; pure."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, TypeAlias

Event: TypeAlias = Mapping[str, Any]

LONGEST_TIME = 13
"""Digits of milliseconds since 1970, until the year 2286."""
_NUMBERS = ("objectId", "newObjectId", "fromObjectId", "occurredAt")
"""What must be a number where it is there."""


def by_account(body: bytes) -> dict[int, list[Event]]:
    """Return the events of a delivery by HubSpot account.

    Raises:
        ValueError: The body is not an array of events.
    """
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("The body is not JSON.") from None
    if not isinstance(content, list) or not all(isinstance(event, dict) for event in content):
        raise ValueError("The body is not an array of events.")
    found: defaultdict[int, list[Event]] = defaultdict(list)
    for event in content:
        account = event.get("portalId")
        numbers = (event[name] for name in _NUMBERS if event.get(name) is not None)
        in_time = len(str(event.get("occurredAt", ""))) <= LONGEST_TIME
        if not in_time or not _is_number(account) or not all(map(_is_number, numbers)):
            raise ValueError("An event has something else than a number for an id or its time.")
        found[int(account)].append(event)
    return found


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return False
    text = str(value)
    return text.isascii() and text.isdigit() and len(text) <= 18
