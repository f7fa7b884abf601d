"""One source row through the mapping."""

from __future__ import annotations

from typing import Any

import pytest

from stagedoor.errors import Misconfigured
from stagedoor.mapping.codecs import BUILT_IN
from stagedoor.mapping.document import ObjectMapping
from stagedoor.mapping.fingerprint import fingerprint
from stagedoor.mapping.mapper import ObjectMapper, columns_of

CODECS = {codec.name: codec for codec in BUILT_IN}


def mapping(**properties: dict[str, Any]) -> ObjectMapping:
    entries = {"email": {"from": "email", "codec": "email"}, **properties}
    return ObjectMapping.model_validate({"match_key": "email", "properties": entries})


def mapped(row: dict[str, Any], failed: tuple[str, ...] = (), **properties: dict[str, Any]) -> Any:
    full = {"key": "customer:1", "source_hash": "h", "email": "ana@example.com", **row}
    return ObjectMapper("contacts", mapping(**properties), CODECS).map(full, failed)


def test_a_value_that_cannot_be_sent_is_withheld_and_the_rest_goes_on() -> None:
    result = mapped(
        {"born": "2026-02-31", "city": "Iași"},
        born={"from": "born", "codec": "date"},
        city={"from": "city"},
    )
    assert result.desired.properties == {"email": "ana@example.com", "city": "Iași"}
    assert [r.properties for r in result.refusals] == [("born",)]


def test_without_a_usable_match_key_nothing_is_sent() -> None:
    result = mapped({"email": "no-at-sign"})
    assert result.desired is None
    assert result.refusals[0].code == "INVALID_MATCH_KEY"
    assert "email" in result.refusals[0].message


def test_an_empty_match_key_is_told_from_a_wrong_one() -> None:
    assert mapped({"email": "  "}).refusals[0].code == "NO_MATCH_KEY"


def test_a_value_outside_the_value_map_is_named() -> None:
    result = mapped({"status": "lost"}, stage={"from": "status", "values": {"new": "1"}})
    assert "'lost'" in result.refusals[0].message
    assert "stage" not in result.desired.properties


def test_a_default_catches_values_outside_the_value_map() -> None:
    entry = {"from": "status", "values": {"new": "1"}, "default": "9"}
    assert mapped({"status": "lost"}, stage=entry).desired.properties["stage"] == "9"


def test_no_value_clears_unless_the_mapping_ignores_it() -> None:
    row = {"city": None, "phone": None}
    result = mapped(row, city={"from": "city"}, phone={"from": "phone", "null": "ignore"})
    assert result.desired.properties == {"email": "ana@example.com", "city": None}


def test_dots_reach_into_json() -> None:
    row = {"answers": '{"diet": {"kind": "vegan"}}'}
    entry = {"from": "answers.diet.kind"}
    assert mapped(row, diet=entry).desired.properties["diet"] == "vegan"
    missing = {"from": "answers.sizes.shirt"}
    assert mapped(row, shirt=missing).desired.properties["shirt"] is None


def test_a_template_fills_its_places_and_drops_a_dangling_separator() -> None:
    entry = {"template": "{number} · {event}"}
    assert mapped({"number": "A1", "event": "Gala"}, n=entry).desired.properties["n"] == "A1 · Gala"
    assert mapped({"number": "A1", "event": None}, n=entry).desired.properties["n"] == "A1"


def test_a_property_whose_calculator_failed_is_left_as_it_is() -> None:
    entry = {"calculator": "spent"}
    result = mapped({"calculated:spent": None}, failed=("spent",), spent=entry)
    assert "spent" not in result.desired.properties


def test_zero_and_false_are_sent() -> None:
    row = {"count": 0, "consent": False}
    result = mapped(
        row,
        count={"from": "count", "codec": "integer"},
        consent={"from": "consent", "codec": "bool"},
    )
    assert result.desired.properties["count"] == "0"
    assert result.desired.properties["consent"] == "false"


def test_an_unknown_codec_is_named_with_the_known_ones() -> None:
    with pytest.raises(Misconfigured, match=r"contacts\.x names the codec 'nope'.*email"):
        ObjectMapper("contacts", mapping(x={"from": "x", "codec": "nope"}), CODECS)


def test_each_column_is_read_once() -> None:
    both = mapping(a={"from": "city"}, b={"template": "{city} {zip}"})
    assert list(columns_of(both)) == ["email", "city", "zip"]


def test_the_fingerprint_follows_every_edit_of_the_mapping() -> None:
    assert fingerprint(mapping(a={"from": "x"}), {}) == fingerprint(mapping(a={"from": "x"}), {})
    assert fingerprint(mapping(a={"from": "x"}), {}) != fingerprint(mapping(a={"from": "y"}), {})
