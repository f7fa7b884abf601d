"""Every metric of a platform of 20,000 customers, against a second opinion in plain Python."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from stagedoor.state.database import StateDatabase
from stagedoor_plugins.metrics import KEPT, companies, deals, events, people
from support import metrics_oracle as oracle
from support.metrics_run import PLUGINS, Settings, Values, computed, same
from support.project import Project, make_project

NOW = datetime(2027, 2, 20, 12)
RULES = oracle.Rules(
    NOW,
    {"EUR": Decimal(1), "RON": Decimal("0.2"), "USD": Decimal("0.9"), "GBP": Decimal("1.15")},
)
NAMES = {
    "contacts": [m.name for m in people.METRICS]
    + ["total_event_purchases", "last_event_attended", "preferred_event_category"],
    "companies": [m.name for m in companies.METRICS],
    "deals": [m.name for m in deals.METRICS],
    "marketing_events": [m.name for m in events.METRICS],
}


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
def found(project: Project) -> Iterator[Values]:
    """What the calculators say."""
    (path,) = (project.path / ".stagedoor").glob("*/state.duckdb")
    database = StateDatabase(path)
    yield computed(database, NOW.replace(tzinfo=UTC), Settings())
    database.close()


@pytest.fixture(scope="module")
def platform(project: Project) -> oracle.Platform:
    return oracle.from_sqlite(project.sample)


@pytest.fixture(scope="module")
def told(platform: oracle.Platform) -> Values:
    """What plain Python says."""
    persons = platform.people()
    return {
        "contacts": {a: oracle.person_metrics(p, RULES) for a, p in persons.items()},
        "companies": oracle.company_metrics(platform, RULES),
        "deals": oracle.order_metrics(platform, RULES),
        "marketing_events": oracle.event_metrics(platform, RULES),
    }


@pytest.mark.parametrize("name", NAMES)
def test_everything_that_has_metrics_is_there(found: Values, told: Values, name: str) -> None:
    assert set(found[name]) == set(told[name])
    assert len(told[name]) > {"contacts": 15_000, "deals": 25_000}.get(name, 100)


@pytest.mark.parametrize(("owner", "name"), [(o, n) for o, listed in NAMES.items() for n in listed])
def test_a_metric_is_what_plain_python_says(
    found: Values, told: Values, owner: str, name: str
) -> None:
    expected = {key: row[name] for key, row in told[owner].items()}
    wrong = {
        key: (found[owner][key][name], value)
        for key, value in expected.items()
        if not same(found[owner][key][name], value)
    }
    assert dict(list(wrong.items())[:3]) == {}
    assert sum(value not in (None, 0, False) for value in expected.values()) > 50


def test_marketing_consent_is_what_plain_python_says(
    found: Values, platform: oracle.Platform
) -> None:
    expected = oracle.consent(platform)
    assert {a: row["marketing_consent"] for a, row in found["contacts"].items()} == expected
    assert {True, False, None} == set(expected.values())


def test_every_segment_is_there(found: Values) -> None:
    rows = found["contacts"].values()
    rfm = {"Champion", "Loyal", "New", "Promising", "At risk", "Cooling", "Lost", None}
    assert {row["rfm_segment"] for row in rows} == rfm
    assert {row["audience_segment"] for row in rows} >= {"New", "Active", "Lapsed", None}


def test_every_metric_is_defined_in_the_documents() -> None:
    text = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text("utf-8")
    for name in (*chain(*NAMES.values()), "marketing_consent"):
        assert f"`{name}`" in text


def test_plain_python_has_an_opinion_on_every_metric(told: Values) -> None:
    def names(owner: str) -> set[Any]:
        return set(next(iter(told[owner].values())))

    assert {owner: names(owner) for owner in told} == {o: set(n) for o, n in NAMES.items()}


def test_what_is_kept_makes_no_relation_of_the_whole_platform() -> None:
    words = {word for sql in (*KEPT.full, *KEPT.refresh) for word in re.findall(r"\w+", sql)}
    relations = {name for o in PLUGINS.object_types.values() for name in o.relations}
    assert words & relations == set()
