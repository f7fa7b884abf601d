"""Runs that are asked for: whole, by ids, filtered, as a plan, and what they tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.project import Portal
from support.service import Service, connect, project_for, running_service


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> object:
    """A service and a portal of their own, connected, empty."""
    from support.project import running_portal

    folder = tmp_path_factory.mktemp("syncing")
    with (
        running_portal(folder / "portal.db") as portal,
        running_service(
            project_for(folder / "project", portal, TARGET_HUBSPOT_SYNC='{"tickets": false}')
        ) as running,
    ):
        assert connect(running).status_code == 200
        yield running, portal


def counts(portal: Portal) -> dict[str, int]:
    told = portal.export()
    objects = told["objects"]
    assert isinstance(objects, dict)
    return {name: len(rows) for name, rows in objects.items() if rows}


def by_ids_these_and_no_others(fresh: tuple[Service, Portal]) -> None:
    service, portal = fresh
    plan = service.run("sync/plan", {"object_types": ["contacts"], "read": True})
    keys = [line.split()[2] for line in plan["result"]["lines"] if "customer:" in line][:2]
    assert len(keys) == 2, plan["result"]["lines"][:5]
    run = service.run("sync/contacts", {"ids": [keys[0], keys[1].partition(":")[2]], "read": False})
    assert (run["status"], run["counts"]["objects"]["contacts"]["created"]) == ("done", 2)
    assert counts(portal) == {"contacts": 2}


def by_conditions_what_fits(fresh: tuple[Service, Portal]) -> None:
    service, portal = fresh
    before = counts(portal)["contacts"]
    asked = {"filters": [{"column": "email", "word": "starts_with", "value": "a"}], "read": False}
    run = service.run("sync/contacts", asked)
    created = run["counts"]["objects"]["contacts"]["created"]
    assert 0 < created < 60
    assert counts(portal)["contacts"] == before + created


def by_a_column_that_is_not_there_nothing(
    fresh: tuple[Service, Portal],
) -> None:
    service, _ = fresh
    asked = {"filters": [{"column": "1=1; DROP TABLE x", "value": 1}], "read": False}
    run = service.run("sync/contacts", asked)
    assert (run["status"], run["exit_code"]) == ("failed", 2)
    assert "names the column" in run["error"]


def whole_the_type_and_nothing_else(fresh: tuple[Service, Portal]) -> None:
    service, portal = fresh
    run = service.run("sync/contacts", {"read": False})
    assert run["status"] == "done"
    assert set(counts(portal)) == {"contacts"}
    phases = run["progress"]["phases"]
    assert [(p["phase"], p["done"] == p["total"]) for p in phases] == [("create contacts", True)]


def deals_once_with_their_associations(
    fresh: tuple[Service, Portal],
) -> None:
    service, portal = fresh
    service.run("sync/companies", {"read": False})
    run = service.run("sync/deals", {"read": False})
    assert run["counts"]["objects"]["deals"]["created"] > 0
    plan = service.run("sync/plan", {"object_types": ["deals"]})
    assert plan["result"]["totals"] == {}
    assert counts(portal)["deals"] == run["counts"]["objects"]["deals"]["created"]


def test_a_run_writes_what_it_is_about_and_nothing_else(fresh: tuple[Service, Portal]) -> None:
    """One story: each step finds the portal as the one before has left it."""
    by_ids_these_and_no_others(fresh)
    by_conditions_what_fits(fresh)
    by_a_column_that_is_not_there_nothing(fresh)
    whole_the_type_and_nothing_else(fresh)
    deals_once_with_their_associations(fresh)


def test_a_type_that_is_switched_off_is_left_alone(fresh: tuple[Service, Portal]) -> None:
    service, portal = fresh
    answer = service.call("POST", "sync/tickets")
    assert (answer.status_code, answer.json()["code"]) == (409, "OBJECT_TYPE_OFF")
    assert "tickets" not in service.run("sync/plan")["result"]["totals"]
    assert "tickets" not in counts(portal)


def test_a_plan_says_what_a_run_would_do_and_does_nothing(
    fresh: tuple[Service, Portal],
) -> None:
    service, portal = fresh
    portal.forget_calls()
    plan = service.run("sync/plan", {"object_types": ["contacts"]})
    assert (plan["status"], plan["purpose"]) == ("done", "plan")
    assert portal.stats().get("write", 0) == 0


def test_runs_are_listed_a_page_at_a_time(fresh: tuple[Service, Portal]) -> None:
    service, _ = fresh
    for _ in range(3):
        service.run("sync/plan")
    every = [run["run_id"] for run in service.get("sync/runs", params={"limit": 200})["runs"]]
    paged: list[str] = []
    before: str | None = None
    while True:
        query = {"limit": "2", **({"before": before} if before else {})}
        page = service.get("sync/runs", params=query)
        paged += [run["run_id"] for run in page["runs"]]
        before = page["next"]
        if before is None:
            break
    assert paged == every


def test_a_run_of_another_portal_is_not_shown(service: Service, tmp_path: Path) -> None:
    run = service.run("sync/plan")
    answer = service.call("GET", f"sync/runs/{run['run_id']}", params={"portal": "second"})
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
