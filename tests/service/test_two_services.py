"""Two services on one PostgreSQL share the work, the tokens, the clock and the limits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from hubspot_sandbox.testing import running_sandbox
from support.postgres import postgres_server
from support.project import Portal
from support.service import Service, connect, project_for, running_service


@pytest.fixture
def two(tmp_path: Path, portal: Portal) -> Iterator[tuple[Service, Service]]:
    """Two services with the same store and the same folder of state."""
    with postgres_server() as url:
        settings = {"TARGET_HUBSPOT_STORE_URL": url, "STAGEDOOR_SCHEDULE": "4"}
        project = project_for(tmp_path / "project", portal, **settings)
        with running_service(project) as one, running_service(project) as other:
            assert connect(one).status_code == 200
            yield one, other


def test_no_run_is_done_twice_and_no_token_renewed_twice(
    two: tuple[Service, Service], portal: Portal
) -> None:
    asked = []
    for number in range(6):
        service = two[number % 2]
        asked.append(service.call("POST", "sync/plan").json()["run_id"])
    runs = [two[0].followed(run_id) for run_id in asked]
    assert [(run["status"], run["attempts"]) for run in runs] == [("done", 1)] * 6

    portal.post("/_sandbox/clock", {"advance_seconds": 3_600}).raise_for_status()
    portal.forget_calls()

    def search(number: int) -> int:
        return two[number % 2].call("POST", "contacts/search", {"limit": 1}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(search, range(16))) == {200}
    calls = portal.get("/_sandbox/stats")["calls"]
    assert isinstance(calls, dict)
    assert calls["POST oauth/token"] == 1

    def moments() -> list[str]:
        kept = two[0].get("sync/runs", params={"purpose": "outbound", "limit": "200"})["runs"]
        own = [run["request"]["options"] for run in kept if run["asked_by"] == "schedule"]
        return [options["moment"] for options in own]

    deadline = time.monotonic() + 60
    while len(found := moments()) < 3:
        assert time.monotonic() < deadline, "the schedule does not come round"
        time.sleep(0.2)
    assert len(found) == len(set(found)), "both services have started the same run"


def test_services_on_two_machines_hold_to_one_allowance_of_searches(tmp_path: Path) -> None:
    with (
        running_sandbox(tmp_path / "portal.db", "--limits", "oauth") as sandbox,
        postgres_server() as url,
    ):
        portal = Portal(sandbox)
        shared = {"TARGET_HUBSPOT_STORE_URL": url, "STAGEDOOR_KEY": Fernet.generate_key().decode()}
        machines = [project_for(tmp_path / name, portal, **shared) for name in ("one", "other")]
        with running_service(machines[0]) as one, running_service(machines[1]) as other:
            assert connect(one).status_code == 200

            def search(number: int) -> int:
                service = (one, other)[number % 2]
                return service.call("POST", "contacts/search", {"limit": 1}).status_code

            with ThreadPoolExecutor(12) as pool:
                assert set(pool.map(search, range(24))) == {200}
        stats = portal.get("/_sandbox/stats")
        assert stats["by_status"] == {"200": 25}  # one of them for the tokens
        assert stats["throttled"] == 0
