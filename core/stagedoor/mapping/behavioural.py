"""The properties of a behavioural event, from a row of its SQL; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from stagedoor.mapping.codecs import encode_datetime, encode_number, encode_text
from stagedoor.mapping.lists import EventMapping

MAX_TEXT = 256
"""Longest value of a property.
https://developers.hubspot.com/docs/guides/api/analytics-and-events/custom-events"""

_ENCODE: dict[str, Callable[[Any], str | None]] = {
    "string": encode_text,
    "number": encode_number,
    "datetime": encode_datetime,
}


def told(mapping: EventMapping, row: Mapping[str, Any]) -> dict[str, str]:
    """Return the properties that have a value; long texts are cut, impossible values left out."""
    properties: dict[str, str] = {}
    for name, entry in mapping.properties.items():
        try:
            value = _ENCODE[entry.type](row[entry.from_])
        except ValueError:
            continue
        if value is not None:
            properties[name] = value[:MAX_TEXT]
    return properties
