"""Filters of dynamic lists: the readable form becomes HubSpot's."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from hubspot_sandbox.model.list_filters import check, matches
from stagedoor.mapping.list_filters import WORDS, filter_branch


def operation(condition: Any, kind: str = "string") -> dict[str, Any]:
    """Return the operation that one condition becomes."""
    branch = filter_branch([{"prop": condition}], {"prop": kind})
    found: dict[str, Any] = branch["filterBranches"][0]["filters"][0]["operation"]
    assert found.pop("includeObjectsWithNoValueSet") is False
    return found


@pytest.mark.parametrize(
    ("condition", "kind", "expected"),
    [
        ("Cluj", "string", ("MULTISTRING", "IS_EQUAL_TO", {"values": ["Cluj"]})),
        (["a", "b"], "string", ("MULTISTRING", "IS_EQUAL_TO", {"values": ["a", "b"]})),
        ("lead", "enumeration", ("ENUMERATION", "IS_ANY_OF", {"values": ["lead"]})),
        ({"none_of": ["a"]}, "enumeration", ("ENUMERATION", "IS_NONE_OF", {"values": ["a"]})),
        (True, "bool", ("BOOL", "IS_EQUAL_TO", {"value": True})),
        (5, "number", ("NUMBER", "IS_EQUAL_TO", {"value": 5})),
        ({"at_least": 2.5}, "number", ("NUMBER", "IS_GREATER_THAN_OR_EQUAL_TO", {"value": 2.5})),
        (
            {"between": [1, 3]},
            "number",
            ("NUMBER", "IS_BETWEEN", {"lowerBound": 1, "upperBound": 3}),
        ),
        ({"known": False}, "string", ("ALL_PROPERTY", "IS_UNKNOWN", {})),
        ({"contains": "op"}, "string", ("MULTISTRING", "CONTAINS", {"values": ["op"]})),
    ],
)
def test_a_condition_becomes_an_operation(
    condition: Any, kind: str, expected: tuple[str, str, dict[str, Any]]
) -> None:
    operation_type, operator, rest = expected
    wanted = {"operationType": operation_type, "operator": operator, **rest}
    assert operation(condition, kind) == wanted


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"above": 3}, "a condition is a value or one of"),
        ({"at_least": 1, "at_most": 2}, "a condition is a value or one of"),
        ({"at_least": "many"}, "is no number"),
        ({"between": [1]}, "two numbers"),
        ({"after": "yesterday"}, "is no day"),
        ({"is": ["a"]}, "wants one value"),
        ({"any_of": "a"}, "wants a list"),
    ],
)
def test_a_condition_that_there_is_not_is_refused_in_words(condition: Any, words: str) -> None:
    with pytest.raises(ValueError, match=f"prop.*{words}"):
        operation(condition)


def test_no_alternative_would_be_a_list_of_everybody() -> None:
    with pytest.raises(ValueError, match="at least one alternative"):
        filter_branch([])


HOLDS = {"known": True, "between": [4, 6], "after": date(2026, 1, 1), "before": "2027-01-01"}
VALUES = {"after": "2026-01-02T00:00:00Z", "before": "2026-12-31T23:59:59Z"}


@pytest.mark.parametrize("word", WORDS)
def test_the_portal_understands_every_condition(word: str) -> None:
    """The sandbox knows HubSpot's form, and nothing of ours."""
    number = word in ("more_than", "at_least", "less_than", "at_most")
    several = word in ("any_of", "none_of")
    bound = {"more_than": 4, "at_least": 5, "less_than": 6, "at_most": 5}
    given = bound[word] if number else HOLDS.get(word, ["5"] if several else "5")
    branch = filter_branch([{"prop": {word: given}}])
    check(branch)
    held = matches(branch, {"prop": VALUES.get(word, "5")}, lambda _: False)
    assert held is (word not in ("is_not", "none_of"))


@pytest.mark.parametrize(
    ("condition", "at", "holds"),
    [
        ({"after": "2026-03-01"}, "2026-03-01T23:59:59Z", False),
        ({"after": "2026-03-01"}, "2026-03-02T00:00:00Z", True),
        ({"before": "2026-03-01"}, "2026-03-01T00:00:00Z", False),
        ({"before": "2026-03-01"}, "2026-02-28T23:59:59Z", True),
    ],
)
def test_the_whole_day_counts_as_that_day(condition: Any, at: str, holds: bool) -> None:
    branch = filter_branch([{"prop": condition}])
    assert matches(branch, {"prop": at}, lambda _: False) is holds


def test_conditions_hold_together_and_alternatives_one_by_one() -> None:
    branch = filter_branch([{"city": "Cluj", "orders": {"at_least": 2}}, {"vip": True}])
    people = (
        {"city": "Cluj", "orders": "2"},
        {"city": "Cluj", "orders": "1"},
        {"city": "Iași", "vip": "true"},
    )
    assert [matches(branch, person, lambda _: False) for person in people] == [True, False, True]
