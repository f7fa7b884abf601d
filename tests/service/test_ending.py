"""The service ends in order, and its processes look after each other."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import httpx
import pytest

from support.project import Portal
from support.service import Service, connect, project_for, running_service

SLOW = {"faults": [{"route": "contacts/batch/upsert", "kind": "slow", "seconds": 20}]}


@pytest.fixture
def ending(tmp_path: Path, portal: Portal) -> Service:
    """A connected service whose platform is read, not yet running."""
    project = project_for(tmp_path / "project", portal)
    with running_service(project) as service:
        assert connect(service).status_code == 200
        assert service.run("sync/plan", {"read": True})["status"] == "done"
    return service


def children(pid: int) -> list[int]:
    return [int(n) for n in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wait_until_it_runs(service: Service, run_id: str) -> None:
    deadline = time.monotonic() + 30
    while service.get(f"sync/runs/{run_id}")["status"] != "running":
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_does_not_end_in_time_is_handed_back_and_done_by_the_next(
    ending: Service, portal: Portal
) -> None:
    portal.post("/_sandbox/faults", SLOW).raise_for_status()
    with running_service(ending.project, settings={"STAGEDOOR_GRACE_SECONDS": "1"}) as first:
        asked = first.call("POST", "sync/contacts", {"read": False}).json()["run_id"]
        wait_until_it_runs(first, asked)
        first.stop()
    portal.post("/_sandbox/faults", {"faults": []}).raise_for_status()
    with running_service(ending.project) as second:
        run = second.followed(asked)
        assert (run["status"], run["attempts"]) == ("done", 1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_is_gone_only_when_its_worker_is(
    ending: Service, portal: Portal, number: signal.Signals
) -> None:
    portal.post("/_sandbox/faults", SLOW).raise_for_status()
    with running_service(ending.project, settings={"STAGEDOOR_GRACE_SECONDS": "2"}) as service:
        (worker,) = children(service.process.pid)
        wait_until_it_runs(service, service.call("POST", "sync/contacts").json()["run_id"])
        assert service.stop(number) == 0
        assert not Path(f"/proc/{worker}").exists()


def test_a_worker_that_dies_is_started_again(ending: Service) -> None:
    with running_service(ending.project) as service:
        (worker,) = children(service.process.pid)
        os.kill(worker, signal.SIGKILL)
        assert service.run("sync/plan")["status"] == "done"


def test_several_processes_answer_and_none_outlives_the_first(ending: Service) -> None:
    with running_service(ending.project, "--web-workers", "2", "--no-work") as service:
        time.sleep(0.1)
        family = [service.process.pid, *children(service.process.pid)]
        assert {service.call("GET", "sync/runs").status_code for _ in range(10)} == {200}
        os.kill(service.process.pid, signal.SIGKILL)
        service.process.wait()
        deadline = time.monotonic() + 30
        while any(Path(f"/proc/{pid}/stat").exists() and _runs(pid) for pid in family[1:]):
            assert time.monotonic() < deadline, "a process outlived the service"
            time.sleep(0.1)
        with pytest.raises(httpx.TransportError):
            httpx.get(service.url + "/healthz", timeout=5)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
