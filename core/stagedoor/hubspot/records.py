"""Objects as records: typed values, and the JSON schema that describes them; pure.

HubSpot tells every value as text. A record has numbers, booleans and times, as the portal's
property definitions say; `null` stands for "never set" and for "cleared" alike.
https://developers.hubspot.com/docs/guides/api/crm/properties
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from stagedoor.hubspot.merged import PROPERTY as MERGED
from stagedoor.hubspot.merged import ids_of
from stagedoor.hubspot.schema import PropertyDefinition

Schema: TypeAlias = dict[str, Any]
Record: TypeAlias = dict[str, Any]
Convert: TypeAlias = Callable[[str], Any]

_TYPES: dict[str, Schema] = {
    "number": {"type": ["number", "null"]},
    "bool": {"type": ["boolean", "null"]},
    "date": {"type": ["string", "null"], "format": "date"},
    "datetime": {"type": ["string", "null"], "format": "date-time"},
}
_TEXT: Schema = {"type": ["string", "null"]}
_ALWAYS = (
    *("createdate", "lastmodifieddate", "hs_createdate", "hs_lastmodifieddate", "hs_object_id"),
    MERGED,
)
"""Properties that come with an object whether they are selected or not."""
TIME: Schema = {"type": ["string", "null"], "format": "date-time"}


def object_schema(definitions: Iterable[PropertyDefinition], *, times: bool) -> Schema:
    """Return the JSON schema of an object type's records."""
    properties = {d.name: _described(d) for d in definitions}
    schema: Schema = {
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "created_at": TIME,
            "updated_at": TIME,
            "archived": {"type": "boolean"},
            "archived_at": TIME,
            "merged_ids": {"type": "array", "items": {"type": "string"}},
            "properties": {"type": "object", "properties": properties},
        },
        "required": ["id"],
    }
    if times:
        changed = dict.fromkeys(properties, TIME)
        schema["properties"]["property_times"] = {"type": "object", "properties": changed}
    return schema


def _described(definition: PropertyDefinition) -> Schema:
    return {**_TYPES.get(definition.type, _TEXT), "description": definition.label}


def property_names(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of HubSpot's properties in a stream's schema."""
    return tuple(((schema.get("properties") or {}).get("properties") or {}).get("properties") or ())


class Shaper:
    """Makes records of what HubSpot answers, as one schema says."""

    def __init__(self, schema: Mapping[str, Any], names: Sequence[str]) -> None:
        """Give the properties `names`, typed as in `schema`."""
        self.names = tuple(names)
        self.asked = tuple(dict.fromkeys((*names, MERGED)))
        """What to ask HubSpot for."""
        described = schema["properties"]["properties"]["properties"]
        converts = ((name, _converter(described.get(name) or _TEXT)) for name in names)
        self._converted = [(name, convert) for name, convert in converts if convert is not None]
        self._keys = frozenset(names)
        self._unasked = tuple(name for name in _ALWAYS if name not in self._keys)

    def record(self, item: Mapping[str, Any]) -> Record:
        """Return one object as a record, made of the item itself; every asked property is there."""
        properties = item["properties"]
        merged = properties.get(MERGED)
        for name in self._unasked:
            properties.pop(name, None)
        if properties.keys() != self._keys or "" in properties.values():
            told = properties
            properties = {name: told.get(name) or None for name in self.names}
        for name, convert in self._converted:
            value = properties[name]
            if value is not None:
                properties[name] = convert(value)
        return {
            "id": item["id"],
            "created_at": item.get("createdAt"),
            "updated_at": item.get("updatedAt"),
            "archived": item.get("archived", False),
            "archived_at": item.get("archivedAt"),
            "merged_ids": ids_of(merged) if merged else [],
            "properties": properties,
        }

    def timed(self, item: Mapping[str, Any]) -> Record:
        """Return one object with the times at which its values were set."""
        histories = item.get("propertiesWithHistory") or {}
        times = {name: set_at(histories.get(name) or ()) for name in self.names}
        return {**self.record(item), "property_times": times}


def set_at(versions: Sequence[Mapping[str, Any]]) -> str | None:
    """Return when the current value was set: the time of the newest version."""
    return max((str(v["timestamp"]) for v in versions if v.get("timestamp")), default=None)


def _converter(described: Mapping[str, Any]) -> Convert | None:
    types = described.get("type") or ()
    if "number" in types:
        return _number
    if "boolean" in types:
        return _boolean
    if described.get("format") == "date-time":
        return _time
    return _date if described.get("format") == "date" else None


def _number(text: str) -> int | Decimal | None:
    """Return a number as exactly as HubSpot tells it."""
    if text.isdecimal() and text.isascii():
        return int(text)
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _boolean(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text.lower())


def _time(text: str) -> str | None:
    """Return a time in RFC 3339; older versions tell milliseconds."""
    return _from_milliseconds(text) if text.lstrip("-").isdecimal() else text


def _date(text: str) -> str | None:
    told = _from_milliseconds(text) if text.lstrip("-").isdecimal() else text
    return told and told[:10]


def _from_milliseconds(text: str) -> str | None:
    try:
        at = datetime.fromtimestamp(int(text) / 1_000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return rfc3339(at)


def rfc3339(at: datetime) -> str:
    """Return a time as records have it, `2026-09-01T08:00:00.000Z`."""
    text = at.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"


def milliseconds(text: str) -> int:
    """Return a time of HubSpot in milliseconds since 1970."""
    return round(datetime.fromisoformat(text).timestamp() * 1_000)
