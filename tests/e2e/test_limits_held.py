"""HubSpot's allowance of 110 calls in any ten seconds, held to by the clock on the wall.

How long a run takes under it is measured by benchmarks/limits.py.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from hubspot_sandbox.testing import running_sandbox
from support.messages import customer, lines, schema, state
from support.project import Portal, make_project

ALLOWANCE = 110
"""Calls of an OAuth app in any ten seconds."""
HELD = {"TARGET_HUBSPOT_CALLS_PER_10_SECONDS": str(ALLOWANCE)}


@dataclass
class OtherClient:
    """Somebody else with the same token, who calls steadily."""

    portal: Portal
    calls_per_10_seconds: float
    statuses: Counter[int] = field(default_factory=Counter)

    @contextmanager
    def calling(self) -> Iterator[None]:
        """Call as long as the block lasts."""
        done = threading.Event()
        thread = threading.Thread(target=self._call_until, args=(done,))
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _call_until(self, done: threading.Event) -> None:
        headers = {"Authorization": f"Bearer {self.portal.sandbox.token}"}
        with httpx.Client(base_url=self.portal.sandbox.url, headers=headers, timeout=60) as client:
            while not done.wait(10 / self.calls_per_10_seconds):
                self.statuses[client.get("/crm/v3/owners").status_code] += 1


def customers(count: int) -> str:
    """Return the messages of new customers."""
    return lines(schema("customers"), *map(customer, range(count)), state())


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[Portal]:
    """A portal that refuses the 111th call in ten seconds."""
    with running_sandbox(tmp_path / "portal.db", "--limits", "oauth") as sandbox:
        yield Portal(sandbox)


def throttled(portal: Portal) -> int:
    """Return how many calls the portal refused."""
    stats = portal.get("/_sandbox/stats")
    return int(str(stats["throttled"]))


def contacts(portal: Portal) -> int:
    """Return how many contacts there are; the run is over, so nothing is limited any more."""
    portal.post("/_sandbox/limits", {}).raise_for_status()
    found = portal.post("/crm/v3/objects/contacts/search", {"limit": 1})
    return int(found.raise_for_status().json()["total"])


def test_a_large_run_is_never_told_to_slow_down(limited: Portal, tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", {**limited.settings, **HELD})
    project.target(customers(30_000))
    assert throttled(limited) == 0
    assert sum(limited.stats().values()) > 2 * ALLOWANCE
    assert contacts(limited) == 30_000


def test_a_run_beside_another_client_is_told_so_at_most_three_times(
    limited: Portal, tmp_path: Path
) -> None:
    project = make_project(tmp_path / "project", {**limited.settings, **HELD})
    other = OtherClient(limited, 0.3 * ALLOWANCE)
    with other.calling():
        project.target(customers(15_000))
    print(f"429s: {throttled(limited)}, of them the other client's: {other.statuses[429]}")
    assert throttled(limited) - other.statuses[429] <= 3
    assert other.statuses[200] > 20
    assert contacts(limited) == 15_000
