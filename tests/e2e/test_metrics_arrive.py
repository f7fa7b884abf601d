"""Metrics go the whole way: from orders on the platform to properties in the portal."""

from __future__ import annotations

from typing import Any

import pytest

from support.audience import marketing_events
from support.project import Portal, Project

MAPPING = """
version: 1
extends: [metrics, marketing_events]
metrics:
  exchange_rates: {RON: 0.2, USD: 0.9, GBP: 1.15, HUF: 0.0025}
"""


@pytest.fixture
def measured(project: Project) -> Project:
    """The project, sending all metrics."""
    (project.path / "mapping.yml").write_text(MAPPING)
    project.settings["TARGET_HUBSPOT_MAPPING"] = "mapping.yml"
    return project


def properties(portal: Portal, kind: str) -> list[dict[str, Any]]:
    objects = portal.export()["objects"]
    assert isinstance(objects, dict)
    return [entry["properties"] for entry in objects[kind]]


def of_event(event: dict[str, Any], name: str) -> str:
    """Return a property of a marketing event."""
    return next((p["value"] for p in event["customProperties"] if p["name"] == name), "0")


def test_metrics_arrive_and_a_second_run_writes_nothing(measured: Project, portal: Portal) -> None:
    measured.pipe()
    buyers = [p for p in properties(portal, "contacts") if int(p["orders_bought"]) > 0]
    assert len(buyers) > 100
    for person in buyers:
        if "total_spent" in person:  # bought in a currency that has a rate
            assert float(person["lifetime_value"]) <= float(person["total_spent"])
        assert person["first_purchase_date"] <= person["last_purchase_date"]
        assert person["audience_segment"] in ("New", "Active", "Returning", "Lapsed")
        assert person["is_vip"] in ("true", "false")
    assert any("company_lifetime_value" in p for p in properties(portal, "companies"))
    assert any("order_event_date" in p for p in properties(portal, "deals"))
    assert any(float(of_event(e, "event_revenue")) > 0 for e in marketing_events(portal).values())
    portal.forget_calls()
    measured.pipe()
    assert portal.stats()["write"] == 0


def test_another_exchange_rate_sends_what_it_changes_and_nothing_else(
    measured: Project, portal: Portal
) -> None:
    measured.pipe()
    before = {p["email"]: p for p in properties(portal, "contacts")}
    changed = MAPPING.replace("RON: 0.2,", "RON: 0.25,")
    (measured.path / "mapping.yml").write_text(changed)
    portal.forget_calls()
    measured.pipe()
    after = {p["email"]: p for p in properties(portal, "contacts")}
    differing = {e for e, p in after.items() if p != before[e]}
    assert differing
    for person in map(after.__getitem__, differing):
        refunded = float(person["total_refunded"]) > 0
        assert refunded or "RON" in person["lifetime_value_by_currency"]
    money = {"total_spent", "lifetime_value", "total_refunded", "average_order_value"}
    for address in differing:
        names = {n for n, v in after[address].items() if before[address].get(n) != v}
        assert names <= money | {"rfm_monetary", "is_vip"}
    assert portal.stats()["write"] <= 8
