"""The sections `lists` and `events` of a mapping: mistakes are found where they stand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from stagedoor.errors import Misconfigured
from stagedoor.extension import ListRule, RuleParameter
from stagedoor.mapping.behavioural import told
from stagedoor.mapping.document import MappingDocument
from stagedoor.mapping.list_checks import sql_literal
from stagedoor.mapping.list_members import names_for, rule_sql
from stagedoor.mapping.lists import EventMapping, ListMapping
from stagedoor.mapping.loader import assemble
from stagedoor.plugins import load_plugins
from stagedoor.sync.audience import needs_of
from stagedoor.sync.provision import written_properties

PLUGINS = load_plugins()
HEAD = "lists:\n  a:\n    name: A\n    "


def load(text: str) -> MappingDocument:
    return assemble(
        PLUGINS.object_types,
        PLUGINS.calculators,
        text,
        "mapping.yml",
        rules=PLUGINS.list_rules,
        bundles=PLUGINS.bundles,
    )


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("lists:\n  a: {name: A}", "2:3", "exactly one of"),
        (HEAD + "rule: attended_evnt", "4:5", "no plugin registers the list rule"),
        (HEAD + "rule: attended_event", "2:3", "needs event in `with`"),
        (HEAD + "rule: spent_over\n    with: {amount: much}", "5:12", "wants a number"),
        (HEAD + "rule: spent_over\n    with: {sum: 3}", "5:12", "does not ask for 'sum'"),
        (HEAD + "rule: bought_nothing_since\n    with: {day: soon}", "5:12", "wants a date"),
        (HEAD + "sql: SELECT 1\n    for_each: event", "2:3", "belong to a `rule`"),
        (HEAD + "rule: attended_event\n    for_each: event", "2:3", "must contain {event}"),
        (
            "lists:\n  a: {name: 'A {amount}', rule: spent_over, for_each: amount}",
            "2:45",
            "for each of: none",
        ),
        (HEAD + "where: 1 = 1\n    objects: seats", "5:5", "no entry 'seats'"),
        (HEAD + "filters: [{city: {near: 1}}]", "4:5", "a condition is"),
        (HEAD + "filters: []", "4:5", "at least one alternative"),
        (HEAD + "where: a\n  b: {name: a, where: b}", "5:7", "has this name, too"),
        ("events:\n  Bought: {label: B, sql: S}", "2:3", "should match pattern"),
        ("extends: [metrics, nothing]", "1:1", "goes with nothing else"),
        ("extends: segment", "1:1", "`segments`"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, place: str, words: str) -> None:
    with pytest.raises(Misconfigured) as error:
        load(text)
    assert f"mapping.yml:{place}" in str(error.value)
    assert words in str(error.value)


def test_several_bundles_lie_on_the_shipped_mapping() -> None:
    document = load("extends: [metrics, segments, marketing_events, ticket_purchased]")
    assert "lifetime_value" in document.objects["contacts"].properties
    assert {"attended", "spent_500", "ticket_types"} <= set(document.lists)
    assert "marketing_events" in document.objects
    assert "ticket_purchased" in document.events


def test_nothing_of_it_is_shipped_switched_on() -> None:
    document = load("version: 1")
    assert (document.lists, document.events) == ({}, {})
    assert "marketing_events" not in document.objects


def test_a_list_of_a_bundle_can_be_left_out() -> None:
    assert "attended" not in load("extends: segments\nlists: {attended: null}").lists


def test_fields_of_the_marketing_events_api_are_no_properties_to_make() -> None:
    written = written_properties(load("extends: marketing_events"))
    assert written["marketing_events"] == ("event_venue", "event_city")


def test_scopes_are_named_by_what_needs_them() -> None:
    needs = needs_of(load("extends: [marketing_events]\n" + HEAD + "where: 1 = 1"))
    assert needs == {
        "1 entries of lists": ("crm.lists.read", "crm.lists.write"),
        "marketing events": (
            "crm.objects.marketing_events.read",
            "crm.objects.marketing_events.write",
        ),
    }


RULE = ListRule(
    "r",
    "",
    "SELECT key, city, paid FROM t",
    (
        RuleParameter("city", "", "city = $value", column="city"),
        RuleParameter("over", "", "paid > $value", "number", required=False),
    ),
)


def test_a_value_cannot_leave_its_place_in_the_sql() -> None:
    entry = ListMapping.model_validate({"name": "A", "rule": "r", "with": {"city": "x' OR '1"}})
    assert rule_sql(entry, RULE).endswith("WHERE (city = 'x'' OR ''1')")


def test_for_each_gives_the_value_instead_of_comparing_it() -> None:
    given = {"name": "{city}", "rule": "r", "for_each": "city", "with": {"over": 5}}
    sql = rule_sql(ListMapping.model_validate(given), RULE)
    assert sql.startswith("SELECT city::VARCHAR AS value, key ")
    assert sql.endswith("WHERE (city IS NOT NULL) AND (paid > 5)")


def test_a_number_is_written_plainly() -> None:
    number = RuleParameter("n", "", "n > $value", "number")
    assert sql_literal(number, Decimal("1E+3")) == "1000"


def test_lists_for_values_with_one_label_have_different_names() -> None:
    names = names_for("At {event}", "event", {"2": "Gala", "1": "gala", "3": "Opera"})
    assert names == {"1": "At gala", "2": "At Gala (2)", "3": "At Opera"}


EVENT = EventMapping.model_validate(
    {
        "label": "E",
        "sql": "S",
        "properties": {
            "what": {"from": "a"},
            "price": {"from": "b", "type": "number"},
            "at": {"from": "c", "type": "datetime"},
        },
    }
)


def test_properties_of_an_event_are_texts_without_absent_and_impossible_ones() -> None:
    assert told(EVENT, {"a": "x" * 300, "b": "dear", "c": None}) == {"what": "x" * 256}
    assert told(EVENT, {"a": " ", "b": Decimal("9.50"), "c": "2026-01-01"})["price"] == "9.5"
