"""Entries of a mapping: built-in object types, and those that the mapping makes itself."""

from __future__ import annotations

import pytest

from stagedoor.errors import Misconfigured
from stagedoor.mapping.document import MappingDocument
from stagedoor.mapping.loader import assemble
from stagedoor.mapping.object_types import object_types_of
from stagedoor.plugins import load_plugins

PLUGINS = load_plugins()
NOTHING = "extends: nothing\nobjects:\n  "


def load(entry: str) -> MappingDocument:
    text = NOTHING + entry
    return assemble(PLUGINS.object_types, PLUGINS.calculators, text, "mapping.yml")


def test_a_second_entry_reads_like_the_first_and_writes_to_the_same_object_type() -> None:
    document = load("corporate: {source: deals, match_key: a, properties: {a: {from: key}}}")
    made = object_types_of(document.objects, PLUGINS.object_types)["corporate"]
    deals = PLUGINS.object_types["deals"]
    assert (made.name, made.hubspot_type, made.sql) == ("corporate", "deals", deals.sql)
    assert {a.from_end for a in made.associations} == {"corporate"}
    assert {a.type.from_type for a in made.associations} == {"deals"}
    assert {a.type.name for a in made.associations}.isdisjoint(
        {a.type.name for a in deals.associations}
    )


def test_a_second_entry_may_use_the_calculators_of_its_source() -> None:
    load(
        "vips: {source: contacts, match_key: email, "
        "properties: {email: {from: email}, n: {calculator: total_event_purchases}}}"
    )


def test_an_entry_of_a_stream_makes_an_object_of_each_living_row() -> None:
    document = load("venues: {object_type: p_venues, stream: events, match_key: a, "
                    "properties: {a: {from: name}}}")  # fmt: skip
    made = object_types_of(document.objects, PLUGINS.object_types)["venues"]
    assert made.hubspot_type == "p_venues"
    assert made.sql == (
        "SELECT 'venues:' || \"event_id\"::VARCHAR AS key, COLUMNS(lambda c: c <> 'key') "
        'FROM "events:seen" WHERE NOT coalesce(is_deleted, false)'
    )


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("a: {match_key: a, properties: {a: {from: b}}}", "no plugin registers .*'a'.*Known: "),
        ("a: {source: x, match_key: a, properties: {a: {from: b}}}", "registers .*'x'"),
        ("a: {stream: x, match_key: a, properties: {a: {from: b}}}", "as `key`"),
        ("a: {stream: x, sql: y, match_key: a, properties: {a: {from: b}}}", "give one"),
    ],
)
def test_an_entry_without_a_source_is_refused_with_its_place(entry: str, words: str) -> None:
    with pytest.raises(Misconfigured, match=f"mapping.yml:3:.*{words}"):
        load(entry)
