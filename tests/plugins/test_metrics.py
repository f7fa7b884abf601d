"""Metrics of 20,000 customers, against a second opinion in plain Python."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from stagedoor.mapping.loader import assemble
from stagedoor.plugins import load_plugins
from stagedoor.state.database import StateDatabase
from stagedoor.state.desired import DesiredState
from stagedoor_plugins.metrics import companies, deals, people
from support import metrics_oracle as oracle
from support.project import Project, make_project

NOW = datetime(2027, 2, 20, 12)
RATES = {"EUR": Decimal(1), "RON": Decimal("0.2"), "USD": Decimal("0.9"), "GBP": Decimal("1.15")}
MAPPING = """
extends: metrics
metrics:
  exchange_rates: {RON: 0.2, USD: 0.9, GBP: 1.15}
"""
PLUGINS = load_plugins()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A platform of 20,000 customers, taken in and not pushed."""
    settings = {
        "TAP_PLATFORM_SAMPLE": '{"customers": 20000, "seed": 11}',
        "TARGET_HUBSPOT_PUSH": "false",
    }
    made = make_project(tmp_path_factory.mktemp("metrics"), settings)
    made.pipe()
    return made


@pytest.fixture(scope="module")
def computed(project: Project) -> Iterator[dict[str, dict[str, Any]]]:
    """What the calculators say of each person, by address."""
    (path,) = (project.path / ".stagedoor").glob("*/state.duckdb")
    database = StateDatabase(path)
    yield {row["email"]: row for row in values(database, "contacts")}
    database.close()


def values(database: StateDatabase, name: str) -> list[dict[str, Any]]:
    document = assemble(PLUGINS.object_types, PLUGINS.calculators, MAPPING)
    desired = DesiredState(database, NOW.replace(tzinfo=UTC), document.metrics)
    for object_type in PLUGINS.object_types.values():
        desired.define_relations(object_type)
    calculators = {c: k for (o, c), k in PLUGINS.calculators.items() if o == name}
    assert desired.build(PLUGINS.object_types[name], document.objects[name], calculators) == []
    rows = database.execute(f"SELECT * FROM desired_{name}")
    names = [column[0].removeprefix("calculated:") for column in rows.description]
    return [dict(zip(names, row, strict=True)) for row in rows.fetchall()]


@pytest.fixture(scope="module")
def persons(project: Project) -> dict[str, oracle.Person]:
    return oracle.people(project.sample)


@pytest.fixture(scope="module")
def opinions(persons: dict[str, oracle.Person]) -> dict[str, dict[str, Any]]:
    """What plain Python says of each person."""
    return {address: oracle.metrics(person, NOW, RATES) for address, person in persons.items()}


def test_everybody_is_there(
    computed: dict[str, dict[str, Any]], persons: dict[str, oracle.Person]
) -> None:
    assert set(computed) == set(persons)
    assert len(persons) > 15_000


SECOND_OPINIONS = sorted(oracle.metrics(oracle.Person(), NOW, RATES))


@pytest.mark.parametrize("name", SECOND_OPINIONS)
def test_a_metric_is_what_plain_python_says(
    computed: dict[str, dict[str, Any]], opinions: dict[str, dict[str, Any]], name: str
) -> None:
    wrong = {}
    filled = 0
    for address, told in opinions.items():
        expected, value = told[name], computed[address][name]
        filled += expected not in (None, 0)
        if not same(value, expected):
            wrong[address] = (value, expected)
    assert dict(list(wrong.items())[:3]) == {}
    assert filled > 100


def same(value: Any, expected: Any) -> bool:
    """Whether two values are equal."""
    if isinstance(expected, Decimal) and value is not None:
        return Decimal(str(value)) == expected
    return bool(value == expected)


def test_the_audience_has_its_segments(
    computed: dict[str, dict[str, Any]], persons: dict[str, oracle.Person]
) -> None:
    expected = {address: oracle.segment(person, NOW) for address, person in persons.items()}
    assert {a: row["audience_segment"] for a, row in computed.items()} == expected
    assert set(expected.values()) >= {None, "New", "Active", "Lapsed"}


def test_scores_follow_their_limits(
    computed: dict[str, dict[str, Any]], persons: dict[str, oracle.Person]
) -> None:
    for address, person in persons.items():
        row = computed[address]
        names = ("rfm_recency", "rfm_frequency", "rfm_monetary")
        found = tuple(row[name] for name in names)
        assert found == (oracle.scores(person, NOW, RATES) or (None, None, None)), address


SEGMENTS = {
    (5, 5): "Champion",
    (4, 4): "Champion",
    (3, 3): "Loyal",
    (5, 1): "New",
    (3, 1): "Promising",
    (4, 2): "Promising",
    (2, 3): "At risk",
    (1, 5): "At risk",
    (2, 1): "Cooling",
    (1, 2): "Lost",
}
"""Some of the pairs of recency and frequency, as docs/metrics.md has them."""


def test_segments_follow_from_scores(computed: dict[str, dict[str, Any]]) -> None:
    seen = {
        (row["rfm_recency"], row["rfm_frequency"]): row["rfm_segment"]
        for row in computed.values()
        if row["rfm_recency"]
    }
    checked = {pair: SEGMENTS[pair] for pair in seen if pair in SEGMENTS}
    assert {pair: seen[pair] for pair in checked} == checked
    assert len(checked) >= 8


def test_who_spends_or_buys_enough_is_a_vip(
    computed: dict[str, dict[str, Any]], opinions: dict[str, dict[str, Any]]
) -> None:
    for address, told in opinions.items():
        expected = (told["lifetime_value"] or 0) >= 1_000 or told["orders_bought"] >= 20
        assert computed[address]["is_vip"] == expected


def test_every_metric_is_defined_in_the_documents() -> None:
    text = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text("utf-8")
    for metric in (*people.METRICS, *companies.METRICS, *deals.METRICS):
        assert f"`{metric.name}`" in text
