"""A run killed in the middle of removals: the next one makes good, once and of the right ones.

The portal carries out the chosen call and keeps its answer back; then the process is killed, so
that HubSpot knows of the removal and the ledger does not.
"""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from support import readback
from support.audience import mapped
from support.messages import customer, lines, record, schema, state
from support.project import Portal, Project

MAPPING = """
objects:
  contacts: {when_deleted: archive, when_anonymised: gdpr_delete}
  deals: {when_deleted: archive}
  companies: {when_deleted: clear}
"""
STREAMS = ("customers", "companies", "orders")
DELETED, ANONYMISED, PEOPLE = range(1, 4), range(4, 7), range(1, 11)
GONE, ORDERS = range(1, 131), range(1, 151)
"""Orders that are deleted, more than one call takes, among all."""


def platform(*, later: bool) -> str:
    """Return the platform before, or what changed later."""
    if later:
        people = [
            customer(n, is_deleted=n in DELETED, is_anonymised=n in ANONYMISED)
            for n in (*DELETED, *ANONYMISED)
        ]
    else:
        people = [customer(n, city="Cluj") for n in PEOPLE]
    firms = [
        record("companies", company_id=n, name=f"Firm {n}", city="Cluj", is_deleted=later)
        for n in (("1", "2") if later else ("1", "2", "3"))
    ]
    orders = [
        record("orders", order_id=f"{n}", order_number=f"N{n}", customer_id="10", status="paid",
               is_deleted=later)
        for n in (GONE if later else ORDERS)
    ]  # fmt: skip
    return lines(*map(schema, STREAMS), *people, *firms, *orders, state())


def archived(portal: Portal, object_type: str) -> int:
    path = f"{readback.OBJECTS}/{object_type}?limit=100&archived=true"
    return len(list(readback.pages(portal, path)))


def cleared(portal: Portal) -> int:
    return sum(
        "city" not in told for told in readback.records(portal, "companies", "city").values()
    )


def erased(portal: Portal) -> int:
    there = len(readback.records(portal, "contacts"))
    return len(PEOPLE) - there - archived(portal, "contacts")


def stopped(project: Project, portal: Portal, reached: Callable[[], bool]) -> None:
    """Push, and kill the process once the portal has carried the call out."""
    process = project.start("stagedoor", "push", stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)  # fmt: skip
    while not reached() and process.poll() is None:
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "it was to be killed while it removed"


@pytest.fixture
def leaving(project: Project) -> Project:
    """A project that has filled a portal, and has taken in what left the platform since."""
    mapped(project, MAPPING).target(platform(later=False))
    project.settings |= {"TARGET_HUBSPOT_MAX_REMOVALS": "1", "TARGET_HUBSPOT_PUSH": "false"}
    project.target(platform(later=True))
    project.settings["TARGET_HUBSPOT_PUSH"] = "true"
    return project


@pytest.mark.parametrize(
    ("route", "skip", "reached", "calls_left"),
    [
        ("deals/batch/archive", 0, lambda p: archived(p, "deals") == 100, (1, 1, 3)),
        ("companies/batch/update", 0, lambda p: cleared(p) == 2, (0, 0, 0)),
        ("contacts/gdpr-delete", 1, lambda p: erased(p) == 2, (0, 0, 1)),
        ("contacts/batch/archive", 0, lambda p: archived(p, "contacts") == 3, (0, 0, 3)),
    ],
    ids=["first archive", "clearing", "second erasure", "archive of people"],
)
def test_a_run_killed_while_removing_is_made_good_and_removes_nothing_twice(
    leaving: Project,
    portal: Portal,
    route: str,
    skip: int,
    reached: Callable[[Portal], bool],
    calls_left: tuple[int, int, int],
) -> None:
    slow = {"route": route, "kind": "slow", "seconds": 60, "skip": skip}
    portal.post("/_sandbox/faults", {"faults": [slow]}).raise_for_status()
    stopped(leaving, portal, lambda: reached(portal))
    portal.post("/_sandbox/faults", {"faults": []}).raise_for_status()
    portal.forget_calls()
    leaving.stagedoor("push")

    calls: Any = portal.get("/_sandbox/stats")["calls"]
    made = (
        calls.get("POST objects/{type}/batch/archive deals", 0),
        calls.get("POST objects/{type}/batch/archive contacts", 0),
        calls.get("POST objects/{type}/gdpr-delete contacts", 0),
    )
    people = {f"p{n}@example.com" for n in PEOPLE if n > ANONYMISED[-1]}
    assert set(readback.by(portal, "contacts", "email")) == people
    kept = {f"order:{n}" for n in ORDERS if n not in GONE}
    assert set(readback.by(portal, "deals", "stagedoor_id")) == kept
    firms = readback.by(portal, "companies", "stagedoor_id", "city")
    assert [firms[f"company:{n}"].get("city") for n in (1, 2, 3)] == [None, None, "Cluj"]
    assert (archived(portal, "contacts"), archived(portal, "deals"), erased(portal)) == (
        len(DELETED), len(GONE), len(ANONYMISED),
    )  # fmt: skip
    assert made == calls_left
    assert leaving.stagedoor("dead-letters", "list", "--json").stdout == ""
    portal.forget_calls()
    leaving.stagedoor("push")
    assert portal.stats()["write"] == 0
