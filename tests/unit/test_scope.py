"""Which objects a run is about."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from stagedoor.engine.scope import EVERYTHING, Condition, Scope, Word
from stagedoor.errors import Misconfigured
from stagedoor.model import Base, ObjectRef

ANA = ObjectRef("contacts", "customer:17")
BASE = Base(ANA, "901", "ana@example.com", {}, "hash")


@pytest.mark.parametrize("name", ["customer:17", "17", "901", "ana@example.com"])
def test_an_object_is_named_by_key_platform_id_hubspot_id_or_match_value(name: str) -> None:
    assert Scope(ids=frozenset({name})).takes(ANA, {}, " Ana@example.com", BASE)


@pytest.mark.parametrize("name", ["customer:1", "7", "90", "ana", "customer"])
def test_a_part_of_a_name_is_none(name: str) -> None:
    assert not Scope(ids=frozenset({name})).takes(ANA, {}, "ana@example.com", BASE)


def test_everything_has_every_object_and_pair() -> None:
    assert EVERYTHING.takes(ANA, {}, None, None)
    assert EVERYTHING.has_type("anything")
    assert EVERYTHING.has_pair(ANA, ANA)
    assert not EVERYTHING.is_partial


def test_a_pair_is_inside_when_one_end_is() -> None:
    scope = Scope(conditions=(Condition("city", "is", "Iași"),))
    inside, outside = ObjectRef("deals", "1"), ObjectRef("deals", "2")
    assert scope.takes(inside, {"city": "Iași"}, None, None)
    assert not scope.takes(outside, {"city": "Cluj"}, None, None)
    assert scope.has_pair(outside, inside)
    assert not scope.has_pair(outside, ANA)


HOLDS: list[tuple[Word, Any, Any]] = [
    ("is", "Iași", "iași "),
    ("is", True, "true"),
    ("is_not", None, "x"),
    ("any_of", 3, ["3", "4"]),
    ("none_of", "c", ["a", "b"]),
    ("contains", "Grand Hotel", "hot"),
    ("starts_with", "Ana", "a"),
    ("ends_with", "Ana", "NA"),
    ("more_than", Decimal("10.5"), 10),
    ("at_least", 10, "10"),
    ("less_than", 9, 10),
    ("at_most", 10, 10),
    ("after", datetime(2026, 1, 2), "2026-01-01"),
    ("before", date(2026, 1, 1), "2026-01-01T00:00:01Z"),
    ("known", "x", True),
    ("known", None, False),
]


@pytest.mark.parametrize(("word", "held", "given"), HOLDS)
def test_a_condition_holds(word: Word, held: Any, given: Any) -> None:
    assert Condition("c", word, given).holds({"c": held})


FAILS: list[tuple[Word, Any, Any]] = [
    ("is", None, "None"),
    ("is_not", "x", "X"),
    ("any_of", "c", ["a"]),
    ("none_of", "a", "a"),
    ("contains", None, ""),
    ("more_than", "ten", 1),
    ("less_than", None, 1),
    ("after", "soon", "2026-01-01"),
    ("before", None, "2026-01-01"),
    ("known", None, True),
]


@pytest.mark.parametrize(("word", "held", "given"), FAILS)
def test_a_condition_does_not_hold(word: Word, held: Any, given: Any) -> None:
    assert not Condition("c", word, given).holds({"c": held})


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(Misconfigured, match=r"nope.*city"):
        Condition("nope", "is", 1).holds({"city": "x"})
