"""Which edits of a mapping make objects candidates again, and how they are told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from stagedoor.extension import Calculator
from stagedoor.mapping.document import ObjectMapping
from stagedoor.mapping.fingerprint import Parts, edits, fingerprint, parts_of, recalculated, why

SPENT = Calculator("spent", "contacts", "Spent.", sql="SELECT 1 AS key, 2 AS value")


def mapping(**properties: dict[str, Any]) -> ObjectMapping:
    entries = {"email": {"from": "email"}, **properties}
    return ObjectMapping.model_validate({"match_key": "email", "properties": entries})


def parts(calculator: Calculator = SPENT, **properties: dict[str, Any]) -> Parts:
    return parts_of(mapping(**properties), {"spent": calculator})


OLD = parts(phone={"from": "phone"}, stage={"from": "status", "values": {"a": "1"}},
            total={"calculator": "spent"})  # fmt: skip
NEW = parts(note={"from": "city"}, stage={"from": "status", "values": {"a": "2"}},
            total={"calculator": "spent"})  # fmt: skip
LATER = parts(replace(SPENT, version=2), phone={"from": "phone"},
              stage={"from": "status", "values": {"a": "1"}},
              total={"calculator": "spent"})  # fmt: skip


def test_edits_are_told_in_few_words() -> None:
    assert list(edits(OLD, NEW)) == ["+note", "-phone", "stage values"]


def test_a_first_push_has_no_edits() -> None:
    assert list(edits(None, NEW)) == list(recalculated(None, NEW)) == []


def test_each_property_says_why_it_is_touched() -> None:
    told = {name: why(name, OLD, NEW) for name in ("note", "stage", "total")}
    assert told == {
        "note": "mapping changed: new",
        "stage": "mapping changed: values",
        "total": "platform rows changed",
    }


def test_a_new_version_of_a_calculator_is_a_reason() -> None:
    assert list(recalculated(OLD, LATER)) == ["calculator spent version 2"]
    assert why("total", OLD, LATER) == "calculator spent version 2"


def test_another_sql_of_a_calculator_is_a_reason() -> None:
    other = parts(replace(SPENT, sql="SELECT 1 AS key, 3 AS value"), total={"calculator": "spent"})
    assert why("total", OLD, other) == "calculator spent SQL"


def test_a_label_does_not_make_objects_candidates() -> None:
    plain, labelled = mapping(a={"from": "x"}), mapping(a={"from": "x", "label": "A"})
    assert fingerprint(plain, {}) == fingerprint(labelled, {})
