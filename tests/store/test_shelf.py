"""Processes that have nothing but a PostgreSQL in common hold to one portal's limits."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stagedoor.config import HubSpotSettings
from stagedoor.errors import Unavailable
from stagedoor.hubspot.limiter import OnShelf, budget_of
from stagedoor.store.shelf import Shelf, open_shelf
from support.postgres import postgres_server

NAME = "limits test"
CALL = """
import json, sys, time
from stagedoor.config import HubSpotSettings
from stagedoor.hubspot.limiter import Limiter, OnShelf
from stagedoor.hubspot.limits import Rules
from stagedoor.store.shelf import open_shelf

shelf = open_shelf(HubSpotSettings(state_dir=sys.argv[1], store_url=sys.argv[2]), sys.argv[3])
limiter = Limiter(Rules(20, window=0.4), shelf.clock, time.sleep, OnShelf(shelf))
print(json.dumps([limiter.acquire() for _ in range(50)]))
"""
"""Calls fifty times, and tells when by the clock that all share."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with postgres_server() as found:
        yield found


def shelf_in(folder: Path, url: str, name: str = NAME) -> Shelf:
    found = open_shelf(HubSpotSettings(state_dir=folder, store_url=url), name)
    assert found is not None
    return found


def test_machines_that_share_a_database_share_one_window(tmp_path: Path, url: str) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", CALL, str(tmp_path / machine), url, "limits window"],
            stdout=subprocess.PIPE,
            text=True,
        )
        for machine in ("one", "other")
    ]
    times = sorted(t for p in processes for t in json.loads(p.communicate(timeout=120)[0]))
    assert len(times) == 100
    assert min(b - a for a, b in zip(times, times[20:], strict=False)) >= 0.4 - 1e-6


def test_what_one_hears_of_the_day_another_knows(tmp_path: Path, url: str) -> None:
    headers = {"x-hubspot-ratelimit-daily": "500", "x-hubspot-ratelimit-daily-remaining": "7"}
    keeper = OnShelf(shelf_in(tmp_path / "one", url))
    keeper.change(lambda traffic: traffic.budget.heed(1.0, headers))
    keeper.close()
    budget = budget_of(OnShelf(shelf_in(tmp_path / "other", url)))
    assert budget is not None
    assert (budget.limit, budget.remaining) == (500, 7)


def test_a_crash_inside_a_change_leaves_the_text_as_it_was(tmp_path: Path, url: str) -> None:
    shelf = shelf_in(tmp_path, url, "of a crash")
    shelf.change(lambda _: ("first", None))

    def crash(_: str) -> tuple[str, None]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shelf.change(crash)
    assert shelf.change(lambda text: (text, text)) == "first"
    shelf.close()


def test_a_name_longer_than_its_column_has_a_text_of_its_own(tmp_path: Path, url: str) -> None:
    one, other = (shelf_in(tmp_path, url, f"limits {'p' * 64}{n}") for n in range(2))
    one.change(lambda _: ("one", None))
    assert other.change(lambda text: (text, text)) == ""
    one.close()
    other.close()


def test_a_store_in_a_file_needs_no_shelf(tmp_path: Path) -> None:
    assert open_shelf(HubSpotSettings(state_dir=tmp_path), NAME) is None
    assert open_shelf(HubSpotSettings(state_dir=tmp_path, store_url="sqlite://"), NAME) is None


def test_a_database_that_is_gone_stops_the_run_and_says_so(tmp_path: Path) -> None:
    with postgres_server() as gone:
        shelf = shelf_in(tmp_path, gone)
    with pytest.raises(Unavailable, match="does not answer"):
        shelf.change(lambda text: (text, None))
