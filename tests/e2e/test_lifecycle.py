"""Contacts move forward through the life cycle by rules, and never over a person's setting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from support.messages import customer, lines, record, schema, state
from support.project import Portal, Project

MAPPING = """
objects: {}
lifecycle:
  stages:
    lead: true
    customer: orders_bought >= 1
    Season ticket holder: orders_bought >= 2
    evangelist: orders_bought >= 3
"""
CONTACTS = "/crm/objects/2026-09/contacts"


def sales(**orders: int) -> str:
    """Return how many paid orders each customer has, as messages: `c1=2`."""
    people = [customer(int(name[1:]), city=f"{number} orders") for name, number in orders.items()]
    rows = [
        record("orders", order_id=f"{name}-{n}", order_number=f"{name}-{n}", status="paid",
               customer_id=name[1:], currency="EUR", total_amount=10)
        for name, number in orders.items()
        for n in range(number)
    ]  # fmt: skip
    return lines(schema("customers"), schema("orders"), *people, *rows, state())


def stages(portal: Portal) -> dict[str, str]:
    export: Any = portal.export()
    found = {
        c["name"]: c["properties"].get("lifecyclestage", "") for c in export["objects"]["contacts"]
    }
    return {f"c{address[1:].partition('@')[0]}": stage for address, stage in found.items()}


def set_by_hand(portal: Portal, number: int, stage: str) -> None:
    """Set the stage of a contact, as a person does in HubSpot: a backward one by clearing first."""
    for value in ("", stage):
        entry = {"id": f"p{number}@example.com", "idProperty": "email",
                 "properties": {"lifecyclestage": value}}  # fmt: skip
        portal.post(f"{CONTACTS}/batch/upsert", {"inputs": [entry]}).raise_for_status()


def calls(portal: Portal) -> tuple[int, int]:
    made: Any = portal.get("/_sandbox/stats")["calls"]
    reads = sum(n for name, n in made.items() if "batch/read" in name and "contacts" in name)
    return portal.stats()["write"], reads


@pytest.fixture
def ruled(project: Project, portal: Portal, tmp_path: Path) -> Project:
    """A project with rules for the life cycle, in a portal with a stage of its owner's."""
    definition: Any = portal.get("/crm/properties/2026-09/contacts/lifecyclestage")
    own = {"value": "188765", "label": "Season ticket holder", "displayOrder": 6, "hidden": False}
    options = [
        {**option, "displayOrder": option["displayOrder"] + (option["displayOrder"] >= 6)}
        for option in definition["options"]
    ]
    headers = {"Authorization": f"Bearer {portal.sandbox.token}"}
    httpx.patch(
        f"{portal.sandbox.url}/crm/properties/2026-09/contacts/lifecyclestage",
        json={"options": [*options, own]},
        headers=headers,
        timeout=60,
    ).raise_for_status()
    mapping = tmp_path / "mapping.yml"
    mapping.write_text(MAPPING, encoding="utf-8")
    project.settings["TARGET_HUBSPOT_MAPPING"] = str(mapping)
    return project


def test_contacts_move_forward_with_their_orders_and_never_back(
    ruled: Project, portal: Portal
) -> None:
    ruled.target(sales(c1=0, c2=1, c3=2, c4=3))
    assert stages(portal) == {"c1": "lead", "c2": "customer", "c3": "188765", "c4": "evangelist"}
    portal.forget_calls()
    ruled.target(sales(c1=0, c2=1, c3=2, c4=3))
    assert calls(portal) == (0, 0)
    assert "nothing to do" in ruled.stagedoor("plan").stdout
    ruled.target(sales(c1=1, c2=2))
    assert stages(portal) == {"c1": "customer", "c2": "188765", "c3": "188765", "c4": "evangelist"}
    refunded = record("orders", order_id="c1-0", order_number="c1-0", status="refunded",
                      customer_id="1", currency="EUR", total_amount=10)  # fmt: skip
    portal.forget_calls()
    ruled.target(lines(schema("orders"), refunded, state()))
    assert stages(portal)["c1"] == "customer"
    again = ruled.stagedoor("plan").stdout
    assert "nothing to do" in again


def test_a_stage_that_somebody_set_stays(ruled: Project, portal: Portal) -> None:
    ruled.target(sales(c1=0, c2=1, c3=1, c4=0))
    set_by_hand(portal, 1, "opportunity")
    set_by_hand(portal, 2, "subscriber")
    set_by_hand(portal, 3, "other")
    portal.forget_calls()
    ruled.target(sales(c1=1, c2=2, c3=3, c4=1))
    assert stages(portal) == {
        "c1": "opportunity",
        "c2": "subscriber",
        "c3": "other",
        "c4": "customer",
    }
    export: Any = portal.export()
    cities = {c["properties"]["city"] for c in export["objects"]["contacts"]}
    assert cities == {"1 orders", "2 orders", "3 orders"}, "the rest of the contact went on"
    assert calls(portal)[1] == 1, "one read for up to 100 contacts"
    portal.forget_calls()
    ruled.target(sales(c1=1, c2=2, c3=3, c4=1))
    assert calls(portal) == (0, 0)


def test_who_was_there_before_us_keeps_a_further_stage_and_leaves_an_earlier_one(
    ruled: Project, portal: Portal
) -> None:
    set_by_hand(portal, 1, "evangelist")
    set_by_hand(portal, 2, "subscriber")
    set_by_hand(portal, 3, "customer")
    ruled.target(sales(c1=1, c2=1, c3=1))
    assert stages(portal) == {"c1": "evangelist", "c2": "customer", "c3": "customer"}
    ruled.target(sales(c3=3))
    assert stages(portal)["c3"] == "evangelist", "both sides had agreed on customer"


def test_switching_rules_on_writes_only_what_differs(ruled: Project, portal: Portal) -> None:
    mapping = ruled.settings.pop("TARGET_HUBSPOT_MAPPING")
    ruled.target(sales(c1=0, c2=1))
    assert stages(portal) == {"c1": "lead", "c2": "lead"}, "HubSpot's own first stage"
    ruled.settings["TARGET_HUBSPOT_MAPPING"] = mapping
    portal.forget_calls()
    ruled.stagedoor("push")
    assert calls(portal) == (1, 1)
    assert stages(portal) == {"c1": "lead", "c2": "customer"}


def test_lost_state_does_not_turn_a_persons_stage_into_ours(ruled: Project, portal: Portal) -> None:
    ruled.target(sales(c1=0, c2=1))
    set_by_hand(portal, 1, "other")
    state_files = (ruled.path / ".stagedoor" / "test").glob("state.duckdb*")
    for path in state_files:
        path.unlink()
    ruled.target(sales(c1=1, c2=1))
    assert stages(portal) == {"c1": "other", "c2": "customer"}


def test_a_stage_that_the_portal_lacks_stops_the_run(ruled: Project) -> None:
    mapping = Path(ruled.settings["TARGET_HUBSPOT_MAPPING"])
    mapping.write_text("objects: {}\nlifecycle: {stages: {friend: true}}", encoding="utf-8")
    done = ruled.target(sales(c1=0), check=False)
    assert done.returncode == 2
    assert "lifecycle names the stage 'friend'" in done.stderr
    mapping.write_text("objects: {}\nlifecycle: {stages: {lead: nonsense > 1}}", encoding="utf-8")
    done = ruled.target(sales(c1=0), check=False)
    assert done.returncode == 2
    assert "the SQL of life cycle stage lead names a column 'nonsense'" in done.stderr
    assert "nothing was written" in done.stderr
