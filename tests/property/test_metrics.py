"""Metrics do not depend on how rows came: in which order, in which batches, all at once or not."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from stagedoor.state import kept
from stagedoor.state.database import StateDatabase
from support import metrics_oracle as oracle
from support.metrics_run import Relations, absorb, lose, related
from support.metrics_world import KEYS, START, Edit, World, made

RATES = {"EUR": Decimal(1), "RON": Decimal("0.2"), "USD": Decimal("0.9"), "GBP": Decimal("1.15")}
EXAMPLES = settings(
    max_examples=6,
    phases=[Phase.explicit, Phase.generate],  # a smaller seed is not a simpler world
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@pytest.fixture(autouse=True)
def _always_bring_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    """However much was touched: these worlds are small."""
    monkeypatch.setattr(kept, "_MOST_TOUCHED", 0)


@contextmanager
def state() -> Iterator[StateDatabase]:
    with TemporaryDirectory() as folder:
        database = StateDatabase(Path(folder) / "state.duckdb")
        with closing(database):
            yield database


def take(database: StateDatabase, world: World, edits: Iterable[Edit]) -> None:
    """Let the replica take over rows as they are now, stream by stream in order of their edits."""
    by_stream: dict[str, dict[str, Any]] = {}
    for stream, key in edits:
        by_stream.setdefault(stream, {})[key] = world.rows[stream][key]
    for stream, rows in by_stream.items():
        absorb(database, stream, list(rows.values()))
    lose(database, world.gone)


def everything(world: World) -> list[Edit]:
    return [(stream, key) for stream, rows in world.rows.items() for key in rows]


def at_once(world: World, day: int) -> Relations:
    """Return what all rows give that come at once, to an empty state."""
    with closing(StateDatabase.in_memory()) as database:
        take(database, world, everything(world))
        return related(database, START.replace(tzinfo=UTC) + timedelta(days=day))


def opinion(world: World, day: int) -> Relations:
    """Return what plain Python says."""
    platform = oracle.Platform(world.listed())
    rules = oracle.Rules(START + timedelta(days=day), RATES)
    people = platform.people()
    return {
        "person_metrics": {a: oracle.person_metrics(p, rules) for a, p in people.items()},
        "company_metrics": oracle.company_metrics(platform, rules),
        "order_metrics": oracle.order_metrics(platform, rules),
        "event_metrics": oracle.event_metrics(platform, rules),
    }


def assert_same(found: Relations, told: Relations) -> None:
    """Compare what both know, object by object."""
    for name, rows in told.items():
        for key, row in rows.items():
            assert {n: found[name][key][n] for n in row} == row, (name, key)


@EXAMPLES
@given(seed=st.integers(0, 10**9), days=st.lists(st.integers(0, 200), min_size=5, max_size=5))
def test_touched_rows_give_what_all_rows_give_after_200_edits(
    seed: int, days: Sequence[int]
) -> None:
    world = made(seed)
    with state() as database:
        take(database, world, everything(world))
        related(database, START.replace(tzinfo=UTC))
        for day in sorted(days):
            take(database, world, [world.edit() for _ in range(40)])
            found = related(database, START.replace(tzinfo=UTC) + timedelta(days=day))
            assert found.pop("kept") == "touched"
            told = at_once(world, day)
            assert told.pop("kept") == "full"
            assert found == told
        assert_same(found, opinion(world, day))


@EXAMPLES
@given(seed=st.integers(0, 10**9), size=st.integers(1, 60))
def test_order_of_arrival_and_size_of_batches_change_nothing(seed: int, size: int) -> None:
    world = made(seed, edits=200)
    edits = everything(world)
    random.Random(seed).shuffle(edits)
    with state() as database:
        for start in range(0, len(edits), size):
            take(database, world, edits[start : start + size])
            if (start // size) % max(1, 30 // size) == 0:
                related(database, START.replace(tzinfo=UTC))
        found = related(database, START.replace(tzinfo=UTC))
    told = at_once(world, 0)
    assert found.pop("kept") == "touched"
    assert told.pop("kept") == "full"
    assert found == told
    assert set(KEYS) >= {stream for stream, _ in edits}


@EXAMPLES
@given(seed=st.integers(0, 10**9))
def test_all_rows_give_what_plain_python_says(seed: int) -> None:
    world = made(seed)
    assert_same(at_once(world, 0), opinion(world, 0))
