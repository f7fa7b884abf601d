"""Filters of dynamic lists: branches of conditions on a record's properties.

https://developers.hubspot.com/docs/guides/api/crm/lists/list-filters
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

Filter = Mapping[str, Any]
Properties = Mapping[str, str]
InList = Callable[[str], bool]
"""Whether the record at hand is a member of another list."""

_TEXT: dict[str, Callable[[str, list[str]], bool]] = {
    "IS_EQUAL_TO": lambda value, wanted: value in wanted,
    "IS_NOT_EQUAL_TO": lambda value, wanted: value not in wanted,
    "CONTAINS": lambda value, wanted: any(w in value for w in wanted),
    "DOES_NOT_CONTAIN": lambda value, wanted: not any(w in value for w in wanted),
    "STARTS_WITH": lambda value, wanted: value.startswith(tuple(wanted)),
    "ENDS_WITH": lambda value, wanted: value.endswith(tuple(wanted)),
    "CONTAINS_EXACTLY": lambda value, wanted: value in wanted,
}
_CHOICES: dict[str, Callable[[set[str], set[str]], bool]] = {
    "IS_ANY_OF": lambda value, wanted: bool(value & wanted),
    "IS_NONE_OF": lambda value, wanted: not value & wanted,
    "IS_EXACTLY": lambda value, wanted: value == wanted,
    "IS_NOT_EXACTLY": lambda value, wanted: value != wanted,
    "CONTAINS_ALL": lambda value, wanted: wanted <= value,
    "DOES_NOT_CONTAIN_ALL": lambda value, wanted: not wanted <= value,
    "HAS_EVER_BEEN_ANY_OF": lambda value, wanted: bool(value & wanted),
}
_NUMBERS: dict[str, Callable[[float, float], bool]] = {
    "IS_EQUAL_TO": lambda value, wanted: value == wanted,
    "IS_NOT_EQUAL_TO": lambda value, wanted: value != wanted,
    "IS_GREATER_THAN": lambda value, wanted: value > wanted,
    "IS_GREATER_THAN_OR_EQUAL_TO": lambda value, wanted: value >= wanted,
    "IS_LESS_THAN": lambda value, wanted: value < wanted,
    "IS_LESS_THAN_OR_EQUAL_TO": lambda value, wanted: value <= wanted,
}
_TIMES = ("IS_AFTER", "IS_BEFORE", "IS_BETWEEN", "IS_EQUAL_TO")
OPERATIONS = (
    *("MULTISTRING", "STRING", "NUMBER", "BOOL", "ENUMERATION", "ALL_PROPERTY"),
    *("DATETIME", "TIME_POINT", "TIME_RANGED"),
)


class UnknownFilter(ValueError):
    """A filter that no list can have."""


def check(branch: Filter, *, root: bool = True) -> None:
    """Refuse a branch that HubSpot would not take: the root is OR, with AND branches below.

    Raises:
        UnknownFilter: Saying what is wrong.
    """
    wanted = ("OR",) if root else ("AND", "OR")
    if branch.get("filterBranchType") not in wanted:
        raise UnknownFilter(f"filterBranchType must be {' or '.join(wanted)}")
    branches = branch.get("filterBranches") or []
    if root and not branches:
        raise UnknownFilter("The root filter branch needs at least one AND branch")
    for below in branches:
        check(below, root=False)
    for entry in branch.get("filters") or ():
        if entry.get("filterType") == "IN_LIST":
            continue
        if entry.get("filterType") != "PROPERTY":
            raise UnknownFilter(f"filterType {entry.get('filterType')} is not supported")
        if entry["operation"].get("operationType") not in OPERATIONS:
            raise UnknownFilter(f"operationType is one of {', '.join(OPERATIONS)}")


def matches(branch: Filter, properties: Properties, in_list: InList) -> bool:
    """Whether a record with these properties belongs to the list."""
    tests = [_matches_one(entry, properties, in_list) for entry in branch.get("filters") or ()]
    tests += [matches(below, properties, in_list) for below in branch.get("filterBranches") or ()]
    return any(tests) if branch["filterBranchType"] == "OR" else all(tests)


def _matches_one(entry: Filter, properties: Properties, in_list: InList) -> bool:
    if entry["filterType"] == "IN_LIST":
        inside = in_list(str(entry["listId"]))
        return inside != (entry.get("operator") == "NOT_IN_LIST")
    value, operation = properties.get(str(entry["property"])) or "", entry["operation"]
    operator = str(operation["operator"])
    if operator in ("IS_KNOWN", "IS_UNKNOWN"):
        return bool(value) == (operator == "IS_KNOWN")
    if not value:
        return bool(operation.get("includeObjectsWithNoValueSet")) or operator in (
            *("IS_NOT_EQUAL_TO", "DOES_NOT_CONTAIN", "IS_NONE_OF"),
        )
    return _compared(operation, operator, value)


def _compared(operation: Filter, operator: str, value: str) -> bool:
    given = operation.get("values") or [operation.get("value", "")]
    match operation["operationType"]:
        case "NUMBER":
            if operator == "IS_BETWEEN":
                low, high = float(operation["lowerBound"]), float(operation["upperBound"])
                return low <= float(value) <= high
            return _NUMBERS[operator](float(value), float(given[0]))
        case "BOOL":
            return (value == str(given[0]).lower()) == (operator != "IS_NOT_EQUAL_TO")
        case "ENUMERATION":
            return _CHOICES[operator](set(value.split(";")), set(map(str, given)))
        case "DATETIME" | "TIME_POINT" | "TIME_RANGED":
            return _in_time(operation, operator, value)
        case _:
            return _TEXT[operator](value.lower(), [str(w).lower() for w in given])


def _in_time(operation: Filter, operator: str, value: str) -> bool:
    at = _milliseconds(value)
    point = _point(operation["timePoint"]) if "timePoint" in operation else None
    at_once = operation.get("timestamp", 0) if point is None else point
    low = _milliseconds(operation.get("lowerBound", at_once))
    high = _milliseconds(operation.get("upperBound", at_once))
    if operator == "IS_AFTER":
        return at > low
    if operator == "IS_BEFORE":
        return at < high
    return low <= at <= high


def _point(point: Mapping[str, Any]) -> int:
    """Return a point that is given by its parts; those of UTC are known."""
    date = datetime(point["year"], point["month"], point["day"], tzinfo=UTC)
    clock = (("hour", 3_600_000), ("minute", 60_000), ("second", 1_000), ("millisecond", 1))
    midnight = round(date.timestamp() * 1_000)
    return midnight + sum(int(point.get(name) or 0) * size for name, size in clock)


def _milliseconds(value: Any) -> int:
    text = str(value)
    if text.lstrip("-").isdigit():
        return int(text)
    at = datetime.fromisoformat(text)
    return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1_000)
