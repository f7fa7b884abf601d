"""The inspector keeps a bounded number of calls, for a bounded time, portal by portal."""

from __future__ import annotations

from pathlib import Path

import pytest

from stagedoor.config import HubSpotSettings
from stagedoor.hubspot.calls import Call
from stagedoor.store import Store
from stagedoor.store.inspections import MOST, InspectedCall, Inspections
from stagedoor.store.service_tables import inspected_calls
from stagedoor.sync.inspecting import LOOK, Inspecting

CALL = InspectedCall("POST", "objects", "200", 1.5, 1, None, 10, 20, {"properties": ["email"]})
TOLD = Call("POST", "objects", "200", 1.5, 1, None, 10, 20)


def test_it_ends_at_its_time(store: Store) -> None:
    now = [1_000.0]
    inspections = Inspections(store.engine, lambda: now[0])
    inspections.begin("prod", 60, by="ana")
    now[0] += 59
    assert inspections.current("prod") is not None
    now[0] += 1
    assert inspections.current("prod") is None


def test_beginning_again_counts_from_then(store: Store) -> None:
    now = [1_000.0]
    inspections = Inspections(store.engine, lambda: now[0])
    inspections.begin("prod", 60, by="ana")
    now[0] += 50
    assert inspections.begin("prod", 60, by="ion").until == 1_110.0
    current = inspections.current("prod")
    assert current is not None
    assert (current.until, current.begun_by) == (1_110.0, "ion")


def test_of_too_many_calls_the_oldest_give_way(store: Store) -> None:
    row = {name: getattr(CALL, name) for name in InspectedCall.__slots__ if name != "id"}
    rows = [{**row, "portal": "prod", "at": "2026", "redacted": "{}"}] * MOST
    with store.engine.begin() as connection:
        connection.execute(inspected_calls.insert(), rows)
    store.inspections.add("other", CALL)
    store.inspections.add("prod", CALL)
    kept = store.inspections.list("prod", limit=2 * MOST)
    assert (len(kept), kept[0].redacted) == (MOST, {"properties": ["email"]})
    assert len(store.inspections.list("other")) == 1


def test_calls_are_paged(store: Store) -> None:
    for _ in range(3):
        store.inspections.add("prod", CALL)
    first = store.inspections.list("prod", limit=2)
    rest = store.inspections.list("prod", limit=2, before=first[-1].id)
    assert [len(first), len(rest)] == [2, 1]


def test_old_calls_are_forgotten(store: Store) -> None:
    store.inspections.add("prod", CALL)
    assert store.inspections.prune("2000") == 0
    assert store.inspections.prune("9999") == 1


@pytest.fixture
def observer(settings: HubSpotSettings) -> Inspecting:
    return Inspecting(settings, lambda: 0.0)


def test_nothing_is_kept_unless_somebody_asks(store: Store, settings: HubSpotSettings) -> None:
    now = [0.0]
    observer = Inspecting(settings, lambda: now[0])
    observer(TOLD)
    store.inspections.begin(settings.portal, 60, by="ana")
    observer(TOLD)  # it has looked just now
    now[0] += LOOK
    observer(TOLD)
    assert len(store.inspections.list(settings.portal)) == 1
    store.inspections.end(settings.portal)
    now[0] += LOOK
    observer(TOLD)
    observer.close()
    assert len(store.inspections.list(settings.portal)) == 1


def test_looking_makes_no_store(tmp_path: Path) -> None:
    observer = Inspecting(HubSpotSettings(state_dir=tmp_path / "none"))
    observer(TOLD)
    assert not (tmp_path / "none").exists()


def test_a_store_that_is_away_stops_no_call(tmp_path: Path) -> None:
    settings = HubSpotSettings(state_dir=tmp_path, store_url="sqlite:////nowhere/at/all.db")
    Inspecting(settings)(TOLD)
