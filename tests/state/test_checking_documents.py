"""SQL of a mapping document is judged before it runs, like that of plugins."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stagedoor.mapping.document import MappingDocument
from stagedoor.mapping.loader import assemble
from stagedoor.plugins import load_plugins
from stagedoor.state.checking import SqlProblem, find_problems
from stagedoor.state.columns import Column
from stagedoor.state.database import StateDatabase
from stagedoor.state.replica import Replica

PLUGINS = load_plugins()


def document(text: str) -> MappingDocument:
    return assemble(
        PLUGINS.object_types,
        PLUGINS.calculators,
        text,
        rules=PLUGINS.list_rules,
        bundles=PLUGINS.bundles,
    )


def problems(text: str, replica: Replica | None = None) -> list[SqlProblem]:
    return find_problems(PLUGINS, replica, document(text))


WHERE = "extends: metrics\nlists:\n  a:\n    name: A\n    where: %s\n"


@pytest.mark.parametrize(
    "condition",
    [
        "orders_bought >= 5 AND city = 'Cluj'",
        "lifetime_value > 10.5",
        "last_event_attended IS NOT NULL",
        "first_purchase_date < DATE '2026-01-01'",
        "is_vip",
    ],
)
def test_a_condition_of_a_list_may_name_what_the_entry_reads_and_calculates(condition: str) -> None:
    assert problems(WHERE % condition) == []


def test_what_the_entry_reads_of_buyer_and_answers_may_be_named_too() -> None:
    read = "objects: {contacts: {properties: {diet: {from: answers.diet, label: Diet}}}}\n"
    assert problems(WHERE % "answers IS NOT NULL" + read) == []


@pytest.mark.parametrize("bundle", ["metrics", "segments", "marketing_events", "ticket_purchased"])
def test_the_sql_of_every_bundle_fits(bundle: str) -> None:
    assert problems(f"extends: {bundle}") == []


def test_every_rule_fits() -> None:
    given = {"text": "x", "number": "1", "date": "2026-01-01"}
    lists = "".join(
        f"  {rule.name}:\n    name: {rule.name}\n    rule: {rule.name}\n    with: "
        f"{{{', '.join(f'{p.name}: {given[p.type]}' for p in rule.parameters)}}}\n"
        for rule in PLUGINS.list_rules.values()
    )
    assert problems(f"lists:\n{lists}") == []


def test_a_problem_names_the_entry_and_its_place_and_may_be_solved_by_a_tap() -> None:
    (one,) = problems("lists: {gala: {name: Gala, sql: SELECT holder AS key FROM cards}}")
    assert str(one).startswith("The mapping: the SQL of list gala names a table 'cards'")
    assert (one.path, one.may_pass) == (("lists", "gala", "sql"), True)


def test_a_stream_of_another_tap_counts_once_the_replica_has_it(tmp_path: Path) -> None:
    database = StateDatabase(tmp_path / "state.duckdb")
    replica = Replica(database)
    replica.prepare("cards", (Column("holder", "VARCHAR"),))
    text = "lists: {gala: {name: Gala, sql: SELECT holder AS key FROM cards}}"
    assert problems(text, replica) == []
    database.close()


def test_an_entry_whose_stream_has_not_come_is_no_mistake() -> None:
    text = (
        "objects:\n  members:\n    object_type: contacts\n    stream: members\n    key: id\n"
        "    filter: is_active\n    match_key: email\n    properties: {email: {from: mail}}\n"
        "lists: {m: {name: M, objects: members, where: mail IS NOT NULL}}\n"
    )
    assert problems(text) == []


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 'a' AS key); DROP TABLE ledger.objects; SELECT * FROM (SELECT 'b' AS key",
        "SELECT 'a' AS key); COPY ledger.objects TO 'stolen.csv'; SELECT (1",
        "DELETE FROM ledger.objects",
        "SELECT content AS key FROM read_text('/etc/hostname')",
        "SELECT * FROM 'https://example.com/keys.csv'",
        "ATTACH '/tmp/other.duckdb' AS other",
    ],
)
@pytest.mark.parametrize(
    "place",
    [
        "lists: {a: {name: A, objects: contacts, sql: %s}}",
        (
            "objects: {people: {object_type: contacts, sql: %s, match_key: email, "
            "properties: {email: {from: key}}}}"
        ),
    ],
)
def test_sql_that_is_more_than_one_select_or_leaves_the_state_is_refused(
    place: str, sql: str
) -> None:
    told = problems("extends: metrics\n" + place % json.dumps(sql))
    assert told
    assert not [problem for problem in told if problem.may_pass]


def test_a_condition_cannot_end_the_statement_that_it_stands_in() -> None:
    (told,) = problems(WHERE % json.dumps("true; DROP TABLE ledger.objects; SELECT 1"))
    assert not told.may_pass
