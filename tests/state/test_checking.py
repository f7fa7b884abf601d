"""SQL of plugins is judged before it runs: over the streams' columns, without a row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stagedoor.extension import AssociationSource, Calculator, ObjectType
from stagedoor.model import AssociationType
from stagedoor.plugins import Plugins, load_plugins
from stagedoor.state.checking import SqlProblem, find_problems
from stagedoor.state.columns import Column
from stagedoor.state.database import StateDatabase
from stagedoor.state.replica import Replica


def calculator(name: str = "points", **options: Any) -> Calculator:
    return Calculator(name=name, object_type="contacts", description="Points.", **options)


def problems(*found: Calculator | ObjectType, replica: Replica | None = None) -> list[SqlProblem]:
    """Return what is wrong when `loyalty` registers these beside the built-in ones."""
    plugins = load_plugins()
    for one in found:
        if isinstance(one, Calculator):
            plugins.calculator_added(one, plugin="loyalty")
        else:
            plugins.object_type_added(one, plugin="loyalty")
    return find_problems(plugins, replica)


def problem(*found: Calculator | ObjectType) -> SqlProblem:
    (one,) = problems(*found)
    return one


def test_the_built_in_sql_fits_the_streams() -> None:
    assert problems() == []


@pytest.mark.parametrize("named", ["totl", "o.totl"])
def test_an_unknown_column_names_the_plugin_the_calculator_and_the_known_columns(
    named: str,
) -> None:
    sql = f"SELECT b.person AS key, {named} AS value FROM buyers b JOIN orders o USING (order_id)"
    told = str(problem(calculator(sql=sql)))
    assert told.startswith("Plugin 'loyalty': the SQL of calculator contacts.points names a column")
    assert "'totl'" in told
    assert "buyers has: order_id, person" in told
    assert "total_amount" in told
    assert "capacity" not in told


def test_an_unknown_table_names_the_known_ones() -> None:
    told = str(problem(calculator(sql="SELECT person AS key, 1 AS value FROM byers")))
    assert "names a table 'byers' that there is not" in told
    assert "buyers, companies" in told
    assert "orders" in told


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT person AS key, 1 AS points FROM buyers", "gives key, points; it must give `key`"),
        ("SELECT person, 1 AS value FROM buyers", "key is missing"),
        ("SELECT 1 AS key, 2 AS value", "gives `key` as INTEGER; keys are text"),
        ("SELECT person AS key, 1 AS value FORM buyers", "fails: Parser Error"),
        ("SELECT person AS key, sum(person) AS value FROM buyers GROUP BY 1", "fails: Binder"),
        ("SELECT person AS key, foo(person) AS value FROM buyers", "fails: Catalog Error"),
    ],
)
def test_sql_that_cannot_work_says_why(sql: str, words: str) -> None:
    found = problem(calculator(sql=sql))
    assert words in str(found)
    assert not found.may_pass


def test_rows_for_a_function_need_a_key_and_no_value() -> None:
    rows = "SELECT person AS key, order_id FROM buyers"
    assert problems(calculator(rows=rows, function=len)) == []
    assert "key is missing" in str(problem(calculator(rows="SELECT 1 AS one", function=len)))


def test_a_calculator_of_a_relation_needs_its_column_there() -> None:
    assert problems(calculator("first_name", relation="accounts")) == []
    told = str(problem(calculator("points", relation="accounts")))
    assert "names a column 'points'" in told
    assert "accounts has: " in told
    assert "'nowhere'" in str(problem(calculator(relation="nowhere")))


def test_a_calculator_without_sql_is_told_what_it_needs() -> None:
    assert "`rows` with a `function`" in str(problem(calculator()))


def test_the_start_of_the_run_and_a_last_semicolon_are_allowed() -> None:
    sql = "SELECT person AS key, $now AS value FROM buyers -- all of them\n;"
    assert problems(calculator(sql=sql)) == []


def seats(**options: Any) -> ObjectType:
    return ObjectType(name="p_seats", description="Seats.", **options)


def test_relations_object_types_and_associations_are_judged_too() -> None:
    to_contact = AssociationType("seats_to_contacts", "p_seats", "contacts", 0)
    found = problems(
        seats(
            sql="SELECT 'a' AS name",
            relations={"sold": "SELECT seat FROM order_tickets"},
            associations=[AssociationSource(to_contact, "SELECT 'a' AS from_key")],
        )
    )
    assert [p.what for p in found] == [
        "relation sold", "object type p_seats", "association seats_to_contacts"
    ]  # fmt: skip
    assert {p.plugin for p in found} == {"loyalty"}


def test_what_stands_on_a_broken_relation_is_not_blamed() -> None:
    relations = {
        "on_top": "SELECT * FROM sold",
        "sold": "SELECT seat FROM order_tickets",
    }
    found = problems(
        seats(sql="SELECT 'a' AS key FROM on_top", relations=relations),
        calculator(relation="sold"),
        calculator("seat", sql="SELECT seat AS key, 1 AS value FROM sold"),
    )
    assert [p.what for p in found] == ["relation sold"]


def test_streams_of_other_taps_count_once_the_replica_has_them(tmp_path: Path) -> None:
    cards = calculator(sql="SELECT card AS key, points AS value FROM loyalty_cards")
    assert problem(cards).may_pass
    database = StateDatabase(tmp_path / "state.duckdb")
    replica = Replica(database)
    replica.prepare("loyalty_cards", (Column("card", "VARCHAR"), Column("points", "BIGINT")))
    assert problems(cards, replica=replica) == []
    replica.prepare("customers", (Column("tier", "VARCHAR"),))
    tiers = calculator(sql="SELECT customer_id AS key, tier AS value FROM customers")
    assert problems(tiers, replica=replica) == []
    assert problem(tiers).may_pass
    database.close()


def test_nothing_registered_means_nothing_wrong() -> None:
    assert find_problems(Plugins(), None) == []
