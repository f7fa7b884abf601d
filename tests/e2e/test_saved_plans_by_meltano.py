"""A plan is looked at, kept, and pushed exactly so, with all that HubSpot lacked; by Meltano."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from support import readback
from support.audience import lists, mapped
from support.oracle import opened
from support.picture import Truth
from support.project import Portal, Project

MAPPING = """
extends: [metrics, ticket_purchased]
pipelines:
  deals:
    private: &sales
      label: Private sales
      stages:
        contractsent: {label: Order placed, probability: 0.5}
        closedwon: {label: Paid, probability: 1}
        refunded: {label: Refunded, probability: 0}
        closedlost: {label: Cancelled, probability: 0}
    corporate: {<<: *sales, label: Corporate sales}
associations: {deals_to_billing_contacts: {label: Pays}}
lists:
  regulars: {name: Regulars, where: orders_bought >= 2}
objects:
  deals:
    properties:
      pipeline: {values: {person: private, company: corporate}}
      dealstage: {values: {refunded: refunded}}
"""


def taken_in(project: Project) -> Project:
    """Read the platform by Meltano, and push nothing."""
    project.settings |= {"TARGET_HUBSPOT_PUSH": "false", "TARGET_HUBSPOT_PROVISION": "check"}
    mapped(project, MAPPING).main_job()
    return project


def plan(project: Project, name: str) -> list[dict[str, Any]]:
    """Save a plan; return its lines."""
    project.stagedoor("plan", "--save", name)
    lines = (project.path / name).read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines[1:]]


@pytest.mark.parametrize("ids", ["asked", "own"])
def test_a_saved_plan_makes_what_hubspot_lacks_and_writes_exactly_what_it_showed(
    project: Project, portal: Portal, ids: str
) -> None:
    """Whether HubSpot gives the ids that are asked for, or others."""
    portal.post("/_sandbox/behaviour", {"pipeline_ids": ids}).raise_for_status()
    shown = plan(taken_in(project), "first.plan")
    assert readback.records(portal, "contacts") == {}
    made = {(line["kind"], line["name"]) for line in shown if line.get("action") == "make"}
    assert made >= {
        ("pipeline", "private"),
        ("pipeline", "corporate"),
        ("label", "Pays"),
        ("event", "ticket_purchased"),
        ("property", "orders_bought"),
    }
    assert ("make_list", "Regulars") in {(x.get("action"), x.get("name")) for x in shown}
    portal.forget_calls()
    project.stagedoor("push", "first.plan")

    actions = Counter(line.get("action") for line in shown)
    # HubSpot counts the making of a list as a change of its schema.
    assert portal.stats()["write"] + actions["make_list"] == shown[-1]["totals"]["calls"]
    created = [line for line in shown if line.get("action") == "create"]
    asked = ("orders_bought", "firstname", "dealname", "amount", "deal_currency_code")
    for kind, name in (("contacts", "email"), ("deals", "stagedoor_id")):
        wanted = {}
        for line in (line for line in created if line["object_type"] == kind):
            values = {n: p["after"] for n, p in line["properties"].items()}
            wanted[values[name]] = {n: values[n] for n in (name, *asked) if values.get(n)}
        assert readback.by(portal, kind, name, *asked) == wanted

    truth = Truth(opened(project.sample), set(readback.by(portal, "contacts", "email")))
    pipelines: Any = portal.get("/crm/pipelines/2026-09/deals")["results"]
    stages = {s["id"]: (p["label"], s["label"]) for p in pipelines for s in p["stages"]}
    deals = readback.by(portal, "deals", "stagedoor_id", "dealstage")
    assert {key: stages[one["dealstage"]] for key, one in deals.items()} == truth.stages()
    assert readback.pairs(portal, "deals", "contacts")["Pays"]
    assert readback.members(portal, lists(portal)["Regulars"]["listId"])
    told = list(readback.pages(portal, "/events/v3/events?limit=100"))
    assert len(told) == actions["tell"] > 100

    assert project.stagedoor("plan").stdout.endswith("nothing to do\n")
    assert project.stagedoor("push", "first.plan", check=False).returncode == 7


def test_a_plan_shows_what_was_deleted_in_hubspot_and_is_refused_once_it_moved(
    project: Project, portal: Portal
) -> None:
    taken_in(project)
    plan(project, "first.plan")
    project.stagedoor("push", "first.plan")
    portal.delete(f"/crm/lists/2026-09/{lists(portal)['Regulars']['listId']}")
    shown = plan(project, "next.plan")
    assert shown[0] == {"action": "make_list", "list": "regulars", "name": "Regulars"}
    project.stagedoor("sample", "touch", "--customers", "5")
    project.main_job()
    before = portal.export()
    refused = project.stagedoor("push", "next.plan", check=False)
    assert refused.returncode == 7
    assert "changes to: platform stream customers" in refused.stderr
    assert (portal.export(), "Regulars" in lists(portal)) == (before, False)
    touched = plan(project, "third.plan")
    project.stagedoor("push", "third.plan")
    assert "Regulars" in lists(portal)
    updated = {
        line["hubspot_id"]: line["properties"]
        for line in touched
        if line.get("action") == "update" and line["object_type"] == "contacts"
    }
    assert updated
    names = sorted({name for told in updated.values() for name in told})
    there = readback.records(portal, "contacts", *names)
    for number, told in updated.items():
        for name, value in told.items():
            assert there[number].get(name, "") == (value["after"] or "")
