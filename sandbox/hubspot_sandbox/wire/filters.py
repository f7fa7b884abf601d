"""Search: filters, groups, sorts, and free text.

https://developers.hubspot.com/docs/guides/api/crm/search
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from hubspot_sandbox.model.types import ObjectType
from hubspot_sandbox.model.values import Invalid, canonical
from hubspot_sandbox.store.objects import Record
from hubspot_sandbox.store.portal import PortalStore
from hubspot_sandbox.wire.errors import invalid

MAX_GROUPS, MAX_IN_GROUP, MAX_FILTERS = 5, 6, 18


def matching(portal: PortalStore, kind: ObjectType, body: Mapping[str, Any]) -> list[Record]:
    """Return all records that a search finds, in its order."""
    groups = [g.get("filters") or [] for g in body.get("filterGroups") or ()]
    if not groups and body.get("filters"):
        groups = [body["filters"]]
    if len(groups) > MAX_GROUPS or any(len(g) > MAX_IN_GROUP for g in groups):
        raise invalid("There are too many filters in this search request")
    if sum(map(len, groups)) > MAX_FILTERS:
        raise invalid("There are too many filters in this search request")
    definitions = portal.schema.properties[kind.name]
    tests = [[_test(f, definitions) for f in group] for group in groups]
    words = str(body.get("query") or "").lower().split()
    found = [
        record
        for record in _candidates(portal, kind, groups)
        if (not tests or any(all(test(record) for test in group) for group in tests))
        and all(word in _text(record) for word in words)
    ]
    return _sorted(found, body.get("sorts") or (), definitions)


def _candidates(
    portal: PortalStore, kind: ObjectType, groups: list[list[dict[str, Any]]]
) -> Iterable[Record]:
    """Return the one record that a unique value names, or all."""
    if len(groups) == 1:
        for entry in groups[0]:
            name = entry.get("propertyName", "")
            if entry.get("operator") == "EQ" and portal.schema.is_unique(kind.name, name):
                record_id = portal.objects.find(kind, name, str(entry.get("value")))
                record = portal.objects.get(kind, record_id) if record_id else None
                return [record] if record else []
    return portal.objects.all(kind)


def _text(record: Record) -> str:
    names = ("firstname", "lastname", "email", "phone", "name", "domain", "dealname", "subject")
    return " ".join(record.properties.get(name, "") for name in names).lower()


def _test(entry: Mapping[str, Any], definitions: Mapping[str, Any]) -> Callable[[Record], bool]:
    name, operator = entry.get("propertyName", ""), entry.get("operator", "")
    if name not in definitions:
        raise invalid(f"There was a problem with the request: property {name} does not exist")
    if operator == "HAS_PROPERTY":
        return lambda record: bool(record.properties.get(name))
    if operator == "NOT_HAS_PROPERTY":
        return lambda record: not record.properties.get(name)
    compare = _OPERATORS.get(operator)
    if compare is None:
        raise invalid(f"Invalid operator {operator}")
    definition = definitions[name]
    wanted = [_key(definition, v) for v in entry.get("values") or (entry.get("value", ""),)]
    if operator == "BETWEEN":
        wanted.append(_key(definition, entry.get("highValue", "")))

    def test(record: Record) -> bool:
        value = record.properties.get(name)
        if not value:
            return operator in ("NEQ", "NOT_IN", "NOT_CONTAINS_TOKEN")
        return compare(_key(definition, value), wanted)

    return test


def _key(definition: Mapping[str, Any], value: Any) -> Any:
    """Return a value as the search compares it: numbers by size, text without case."""
    text = str(value)
    if definition["type"] == "number":
        try:
            return Decimal(text)
        except InvalidOperation:
            return Decimal(0)
    if definition["type"] in ("date", "datetime"):
        try:
            return canonical(definition, text)
        except Invalid:
            return text
    return text if definition["type"] == "enumeration" else text.lower()


def _contains(value: Any, wanted: list[Any]) -> bool:
    tokens = re.split(r"[^\w@.*-]+", str(value))
    pattern = re.compile(re.escape(str(wanted[0])).replace(r"\*", ".*"))
    return any(pattern.fullmatch(token) for token in [str(value), *tokens])


_OPERATORS: dict[str, Callable[[Any, list[Any]], bool]] = {
    "EQ": lambda value, wanted: value == wanted[0],
    "NEQ": lambda value, wanted: value != wanted[0],
    "LT": lambda value, wanted: value < wanted[0],
    "LTE": lambda value, wanted: value <= wanted[0],
    "GT": lambda value, wanted: value > wanted[0],
    "GTE": lambda value, wanted: value >= wanted[0],
    "BETWEEN": lambda value, wanted: wanted[0] <= value <= wanted[-1],
    "IN": lambda value, wanted: value in wanted,
    "NOT_IN": lambda value, wanted: value not in wanted,
    "CONTAINS_TOKEN": _contains,
    "NOT_CONTAINS_TOKEN": lambda value, wanted: not _contains(value, wanted),
}


def _sorted(
    records: list[Record], sorts: Iterable[Any], definitions: Mapping[str, Any]
) -> list[Record]:
    for sort in list(sorts)[:1]:
        name = sort if isinstance(sort, str) else sort["propertyName"]
        down = isinstance(sort, dict) and sort.get("direction") == "DESCENDING"
        definition = definitions.get(name, {"type": "string", "name": name})
        filled = [r for r in records if r.properties.get(name)]
        empty = [r for r in records if not r.properties.get(name)]
        filled.sort(key=lambda r: _key(definition, r.properties[name]), reverse=down)
        return filled + empty
    return records
