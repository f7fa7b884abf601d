"""Orders become deals in the stages of a pipeline that the mapping declares."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from support.messages import customer, lines, record, schema, state
from support.project import Portal, Project

PAGE = Path(__file__).resolve().parents[2] / "docs" / "mapping.md"
D = "/crm/pipelines/2026-09/deals"


def orders(*rows: dict[str, Any]) -> str:
    """Return orders of one person as messages."""
    firm = record("companies", company_id="7", name="Firm")
    given = [
        record(
            "orders",
            **{
                "order_number": row["order_id"],
                "customer_id": "1",
                "currency": "EUR",
                "total_amount": 10,
                "ordered_at": "2026-10-01T10:00:00+00:00",
                **row,
            },
        )
        for row in rows
    ]
    streams = ("customers", "companies", "orders")
    return lines(*map(schema, streams), customer(1), firm, *given, state())


def order(number: str, status: str = "paid", **fields: Any) -> dict[str, Any]:
    return {"order_id": number, "status": status, **fields}


def pipelines(portal: Portal) -> dict[str, dict[str, str]]:
    """Return the labels of all stages by id, by the label of their pipeline."""
    found: Any = portal.get(D)["results"]
    return {p["label"]: {s["id"]: s["label"] for s in p["stages"]} for p in found}


def deals(portal: Portal) -> dict[str, dict[str, str]]:
    export: Any = portal.export()
    found = [entry["properties"] for entry in export["objects"]["deals"]]
    return {p["stagedoor_id"].removeprefix("order:"): p for p in found}


def stages(portal: Portal) -> dict[str, tuple[str, str]]:
    """Return the labels of pipeline and stage of each deal."""
    found: Any = portal.get(D)["results"]
    names = {p["id"]: (p["label"], {s["id"]: s["label"] for s in p["stages"]}) for p in found}
    return {
        number: (names[deal["pipeline"]][0], names[deal["pipeline"]][1][deal["dealstage"]])
        for number, deal in deals(portal).items()
    }


def letters(project: Project) -> list[dict[str, Any]]:
    listed = project.stagedoor("dead-letters", "list", "--json").stdout.splitlines()
    return [json.loads(line) for line in listed if line.startswith("{")]


@pytest.fixture
def corporate(project: Project, tmp_path: Path) -> Project:
    """A project with the pipeline for companies that the documentation shows."""
    examples = re.findall(
        r"^```yaml\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    (example,) = [text for text in examples if text.startswith("pipelines:")]
    mapping = tmp_path / "mapping.yml"
    mapping.write_text(example, encoding="utf-8")
    project.settings["TARGET_HUBSPOT_MAPPING"] = str(mapping)
    return project


STATES = [
    order("p1", "pending"),
    order("p2", "paid"),
    order("p3", "refunded"),
    order("p4", "cancelled"),
    order("c1", "pending", company_id="7"),
    order("c2", "partially_refunded", company_id="7"),
    order("c3", "refunded", company_id="7"),
    order("c4", "cancelled", company_id="7"),
]
REACHED = {
    "p1": ("Sales Pipeline", "Contract sent"),
    "p2": ("Sales Pipeline", "Closed won"),
    "p3": ("Sales Pipeline", "Refunded"),
    "p4": ("Sales Pipeline", "Closed lost"),
    "c1": ("Corporate sales", "Order placed"),
    "c2": ("Corporate sales", "Paid"),
    "c3": ("Corporate sales", "Refunded"),
    "c4": ("Corporate sales", "Cancelled"),
}


@pytest.mark.parametrize("ids", ["asked", "own"])
def test_orders_go_through_the_stages_of_their_pipeline_whatever_ids_hubspot_chose(
    corporate: Project, portal: Portal, ids: str
) -> None:
    portal.post("/_sandbox/behaviour", {"pipeline_ids": ids}).raise_for_status()
    planned = corporate.stagedoor("provision", "plan").stdout
    assert "make deals pipeline corporate (Corporate sales): Order placed, Paid" in planned
    assert "add stage Refunded to deals pipeline default" in planned
    corporate.target(orders(*STATES))
    assert stages(portal) == REACHED
    made = {name: set(labels) for name, labels in pipelines(portal).items()}
    assert ("corporate_contractsent" in made["Corporate sales"]) is (ids == "asked")
    portal.forget_calls()
    corporate.target(orders(*STATES))
    assert portal.stats() == {**portal.stats(), "write": 0, "provision": 0}
    assert "nothing to do" in corporate.stagedoor("plan").stdout


def test_an_order_that_a_company_takes_over_changes_pipeline_and_stage_at_once(
    corporate: Project, portal: Portal
) -> None:
    corporate.target(orders(order("a", "pending")))
    corporate.target(orders(order("a", "paid", company_id="7")))
    assert stages(portal) == {"a": ("Corporate sales", "Paid")}
    assert letters(corporate) == []


def test_a_stage_brings_its_pipeline_back_when_somebody_moved_the_deal(
    corporate: Project, portal: Portal
) -> None:
    corporate.target(orders(order("a", "pending")))
    answer = portal.post(
        "/crm/objects/2026-09/deals/batch/upsert",
        {
            "inputs": [
                {
                    "id": "order:a",
                    "idProperty": "stagedoor_id",
                    "properties": {
                        "pipeline": "corporate",
                        "dealstage": "corporate_contractsent",
                    },
                }
            ]
        },
    )
    answer.raise_for_status()
    assert stages(portal) == {"a": ("Corporate sales", "Order placed")}
    corporate.target(orders(order("a", "paid")))
    assert stages(portal) == {"a": ("Sales Pipeline", "Closed won")}
    assert letters(corporate) == []


def test_what_somebody_changed_in_a_pipeline_stays(corporate: Project, portal: Portal) -> None:
    portal.post("/_sandbox/behaviour", {"pipeline_ids": "own"}).raise_for_status()
    theirs = {
        "label": "corporate SALES",
        "displayOrder": 5,
        "stages": [
            {"label": "In talks", "displayOrder": 0, "metadata": {"probability": "0.1"}},
            {"label": "paid", "displayOrder": 1, "metadata": {"probability": "1.0"}},
        ],
    }
    portal.post(D, theirs).raise_for_status()
    before = pipelines(portal)["corporate SALES"]
    corporate.target(orders(order("a", "paid", company_id="7"), order("b", "pending")))
    after = pipelines(portal)["corporate SALES"]
    assert before.items() <= after.items()
    assert sorted(after.values()) == [
        "Cancelled", "In talks", "Order placed", "Refunded", "paid"]  # fmt: skip
    assert stages(portal)["a"] == ("corporate SALES", "paid")


def test_without_leave_a_missing_pipeline_stops_the_run_before_any_write(
    corporate: Project, portal: Portal
) -> None:
    corporate.settings["TARGET_HUBSPOT_PROVISION"] = "check"
    done = corporate.target(orders(order("a")), check=False)
    assert done.returncode == 2
    assert "make deals pipeline corporate" in done.stderr
    assert "stagedoor provision apply" in done.stderr
    assert portal.stats()["write"] == 0
    corporate.stagedoor("provision", "apply")
    assert "HubSpot has every" in corporate.stagedoor("provision", "plan").stdout
    corporate.stagedoor("push")
    assert stages(portal) == {"a": ("Sales Pipeline", "Closed won")}


def test_a_stage_that_no_pipeline_has_stops_the_run(project: Project, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.yml"
    mapping.write_text(
        "objects: {deals: {properties: {dealstage: {values: {paid: won}}}}}", encoding="utf-8"
    )
    project.settings["TARGET_HUBSPOT_MAPPING"] = str(mapping)
    done = project.target(orders(order("a")), check=False)
    assert done.returncode == 2
    assert "deals.dealstage writes the stage 'won'" in done.stderr
    assert "closedwon" in done.stderr


def test_money_that_the_portal_does_not_know_is_withheld_and_the_deal_arrives(
    project: Project, portal: Portal
) -> None:
    rows = [order("a", currency="JPY"), order("b"), order("c", paid_at="0026-10-01T10:00:00+00:00")]
    project.target(orders(*rows))
    held = deals(portal)
    assert held.keys() == {"a", "b", "c"}
    assert "amount" not in held["a"]
    assert "deal_currency_code" not in held["a"]
    assert (held["b"]["amount"], held["b"]["deal_currency_code"]) == ("10", "EUR")
    assert "closedate" not in held["c"]
    found = {letter["key"]: letter for letter in letters(project)}
    assert found["order:a"]["code"] == "UNKNOWN_CURRENCY"
    shown = project.stagedoor("dead-letters", "show", str(found["order:a"]["id"])).stdout
    assert "'JPY'" in shown
    assert "Settings, Account Setup, Currency" in found["order:a"]["advice"]
    assert found["order:c"]["code"] == "INVALID_CLOSE_DATE"
    portal.forget_calls()
    project.target(orders(*rows))
    assert portal.stats()["write"] == 0
    assert len(letters(project)) == 2
