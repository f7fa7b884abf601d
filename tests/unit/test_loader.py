"""Mapping documents: errors carry file, line and column; documents lie on top of each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stagedoor.errors import Misconfigured
from stagedoor.mapping.document import merge
from stagedoor.mapping.loader import assemble
from stagedoor.plugins import load_plugins

PLUGINS = load_plugins()
CONTACT = "objects:\n  contacts:\n    properties:\n      note: "


def load(text: str) -> object:
    return assemble(PLUGINS.object_types, PLUGINS.calculators, text, "mapping.yml")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("objects: [", "mapping.yml:1:11"),
        ("- a\n", "mapping.yml:1:1"),
        (CONTACT + "{from: a, constant: b}", "mapping.yml:4:7"),
        (CONTACT + "{form: a}", "mapping.yml:4:14"),
        (CONTACT + "{from: city, type: word}", "mapping.yml:4:26"),
        (CONTACT + "{calculator: nope}", "mapping.yml:4:14"),
        (CONTACT + "{from: a}\n      note: {from: b}", "mapping.yml:5:7"),
        (CONTACT + "{form: a}\n      phone: {from: a, constant: b}", "mapping.yml:5:7"),
        ("objects:\n  seats: {match_key: a, properties: {a: {from: b}}}", "mapping.yml:2:3"),
        ("extends: nothing\nobjects:\n  deals: {match_key: a, properties: {}}", "mapping.yml:3:3"),
        ("extends: everything", "extends"),
    ],
)
def test_an_error_names_its_place(text: str, words: str) -> None:
    with pytest.raises(Misconfigured) as error:
        load(text)
    assert words in str(error.value)


def test_plugins_with_an_unknown_name_are_answered_with_the_known_ones() -> None:
    with pytest.raises(Misconfigured, match=r"Known: .*total_event_purchases"):
        load(CONTACT + "{calculator: nope}")


TREES = st.recursive(
    st.integers(),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(st.sampled_from("abc"), TREES, max_size=3)


@given(DOCUMENTS, DOCUMENTS)
def test_merging_twice_is_merging_once(base: dict[str, object], over: dict[str, object]) -> None:
    once = merge(base, over)
    assert merge(once, over) == once
    assert merge(base, {}) == base


def test_null_takes_an_entry_away() -> None:
    assert merge({"a": {"b": 1, "c": 2}}, {"a": {"b": None}}) == {"a": {"c": 2}}


def test_a_source_takes_the_place_of_another_and_the_rest_stays() -> None:
    base = {"template": "{a} {b}", "label": "Name"}
    assert merge(base, {"from": "a"}) == {"from": "a", "label": "Name"}
    assert merge(base, {"label": "Title"}) == {"template": "{a} {b}", "label": "Title"}


def test_another_source_takes_the_value_map_of_the_one_before_away() -> None:
    shipped = {"from": "sold_to", "values": {"person": "default"}, "default": "x", "codec": "text"}
    assert merge(shipped, {"constant": "mine"}) == {"constant": "mine", "codec": "text"}


def test_the_same_source_keeps_its_value_map_and_adds_to_it() -> None:
    shipped = {"from": "sold_to", "values": {"person": "default"}}
    laid = merge(shipped, {"from": "sold_to", "values": {"company": "corporate"}})
    assert laid["values"] == {"person": "default", "company": "corporate"}
