"""The readable form of a dynamic list's filters, turned into HubSpot's filter branches; pure.

https://developers.hubspot.com/docs/api-reference/legacy/crm/lists/list-filters
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

Alternative: TypeAlias = Mapping[str, Any]
"""Conditions that hold together, by property."""

_NUMBERS = {
    "more_than": "IS_GREATER_THAN",
    "at_least": "IS_GREATER_THAN_OR_EQUAL_TO",
    "less_than": "IS_LESS_THAN",
    "at_most": "IS_LESS_THAN_OR_EQUAL_TO",
}
_TEXTS = {
    "contains": "CONTAINS",
    "starts_with": "STARTS_WITH",
    "ends_with": "ENDS_WITH",
}
_CHOICES = {
    "is": ("IS_EQUAL_TO", "IS_ANY_OF"),
    "any_of": ("IS_EQUAL_TO", "IS_ANY_OF"),
    "is_not": ("IS_NOT_EQUAL_TO", "IS_NONE_OF"),
    "none_of": ("IS_NOT_EQUAL_TO", "IS_NONE_OF"),
}
"""Operators of texts and of enumerations."""
_DAYS = {"after": ("IS_AFTER", True), "before": ("IS_BEFORE", False)}
"""Operators of days, and whether the day's end is meant."""
WORDS = (*_CHOICES, *_TEXTS, *_NUMBERS, "between", *_DAYS, "known")


def filter_branch(
    alternatives: Sequence[Alternative], types: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return HubSpot's filter branch: a record that fits one alternative is on the list.

    `types` gives the types of properties that are not plain text.

    Raises:
        ValueError: Saying which property has a condition that there is not.
    """
    if not alternatives:
        raise ValueError("needs at least one alternative")
    known = types or {}
    branches = [
        {
            "filterBranchType": "AND",
            "filterBranches": [],
            "filters": [
                _filter(name, condition, known.get(name, "string"))
                for name, condition in alternative.items()
            ],
        }
        for alternative in alternatives
    ]
    return {"filterBranchType": "OR", "filterBranches": branches, "filters": []}


def _filter(name: str, condition: Any, kind: str) -> dict[str, Any]:
    word, value = _spoken(name, condition)
    operation = _operation(name, word, value, kind)
    return {
        "filterType": "PROPERTY",
        "property": name,
        "operation": {**operation, "includeObjectsWithNoValueSet": False},
    }


def _spoken(name: str, condition: Any) -> tuple[str, Any]:
    """Return the word and the value of a condition; a bare value is `is`, a list `any_of`."""
    if isinstance(condition, Mapping):
        if len(condition) != 1 or next(iter(condition)) not in WORDS:
            raise ValueError(f"{name}: a condition is a value or one of {', '.join(WORDS)}")
        return next(iter(condition.items()))
    if isinstance(condition, list | tuple):
        return "any_of", condition
    return "is", condition


def _operation(name: str, word: str, value: Any, kind: str) -> dict[str, Any]:
    if word == "known":
        return {"operationType": "ALL_PROPERTY", "operator": "IS_KNOWN" if value else "IS_UNKNOWN"}
    if word in _DAYS:
        return _day(name, word, value)
    if word in _TEXTS:
        return _matching("MULTISTRING", _TEXTS[word], _several(value))
    if word in _NUMBERS or word == "between":
        return _numbers(name, word, value)
    return _equality(name, word, value, kind)


def _equality(name: str, word: str, value: Any, kind: str) -> dict[str, Any]:
    text, choice = _CHOICES[word]
    if isinstance(value, bool):
        return {"operationType": "BOOL", "operator": text, "value": value}
    if isinstance(value, list | tuple) != (word in ("any_of", "none_of")):
        raise ValueError(f"{name}: `{word}` wants {'a list' if word[-2:] == 'of' else 'one value'}")
    if isinstance(value, int | float | Decimal):
        return {"operationType": "NUMBER", "operator": text, "value": _number(name, value)}
    if kind == "enumeration":
        return _matching("ENUMERATION", choice, _several(value))
    return _matching("MULTISTRING", text, _several(value))


def _numbers(name: str, word: str, value: Any) -> dict[str, Any]:
    if word != "between":
        number = _number(name, value)
        return {"operationType": "NUMBER", "operator": _NUMBERS[word], "value": number}
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError(f"{name}: `between` wants two numbers")
    low, high = (_number(name, bound) for bound in value)
    return {
        "operationType": "NUMBER",
        "operator": "IS_BETWEEN",
        "lowerBound": low,
        "upperBound": high,
    }


def _day(name: str, word: str, value: Any) -> dict[str, Any]:
    """Return a comparison with a day of UTC, whose whole length counts as that day."""
    try:
        day = value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"{name}: {value!r} is no day, as in 2026-11-01") from None
    operator, at_end = _DAYS[word]
    clock = (23, 59, 59, 999) if at_end and not isinstance(value, datetime) else (0, 0, 0, 0)
    hour, minute, second, millisecond = clock
    return {
        "operationType": "TIME_POINT",
        "operator": operator,
        "endpointBehavior": "EXCLUSIVE",
        "propertyParser": "VALUE",
        "timePoint": {
            "timeType": "DATE",
            "timezoneSource": "CUSTOM",
            "zoneId": "UTC",
            "year": day.year,
            "month": day.month,
            "day": day.day,
            "hour": hour,
            "minute": minute,
            "second": second,
            "millisecond": millisecond,
        },
    }


def _matching(kind: str, operator: str, values: list[str]) -> dict[str, Any]:
    return {"operationType": kind, "operator": operator, "values": values}


def _several(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]


def _number(name: str, value: Any) -> int | float:
    convert: Callable[[Any], int | float] = int if isinstance(value, int) else float
    try:
        return convert(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: {value!r} is no number") from None
