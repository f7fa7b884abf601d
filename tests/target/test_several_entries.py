"""Several entries of a mapping that fill one object type of HubSpot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.messages import customer, lines, record, schema, state
from support.project import Portal, Project

MAPPING = """
objects:
  deals:
    filter: company_id IS NULL
  corporate_deals:
    source: deals
    filter: company_id IS NOT NULL
    match_key: stagedoor_id
    properties:
      stagedoor_id: {from: key}
      dealname: {template: "{order_number} (company)"}
      pipeline: {constant: default}
      dealstage: {constant: contractsent}
"""


def orders(**company: str | None) -> str:
    """Return two orders of one person, each with its company."""
    rows = [
        record("orders", order_id=n, order_number=n, customer_id="1", status="paid", company_id=c)
        for n, c in company.items()
    ]
    firm = record("companies", company_id="7", name="Firm")
    return lines(
        *map(schema, ("customers", "companies", "orders")), customer(1), firm, *rows, state()
    )


@pytest.fixture
def two_entries(project: Project, tmp_path: Path) -> Project:
    mapping = tmp_path / "mapping.yml"
    mapping.write_text(MAPPING, encoding="utf-8")
    project.settings["TARGET_HUBSPOT_MAPPING"] = str(mapping)
    return project


def deals(portal: Portal) -> dict[str, str]:
    export: dict[str, Any] = portal.export()
    found = [entry["properties"] for entry in export["objects"]["deals"]]
    return {properties["stagedoor_id"]: properties["dealstage"] for properties in found}


def test_an_order_goes_where_its_entry_says(two_entries: Project, portal: Portal) -> None:
    two_entries.target(orders(a=None, b="7"))
    assert deals(portal) == {"order:a": "closedwon", "order:b": "contractsent"}
    portal.forget_calls()
    two_entries.target(orders(a=None, b="7"))
    assert portal.stats()["write"] == 0


def test_an_order_that_moves_to_another_entry_keeps_its_deal(
    two_entries: Project, portal: Portal
) -> None:
    two_entries.target(orders(a=None, b="7"))
    two_entries.target(orders(a="7", b="7"))
    assert deals(portal) == {"order:a": "contractsent", "order:b": "contractsent"}


def test_both_entries_have_their_associations(two_entries: Project, portal: Portal) -> None:
    summary = two_entries.target(orders(a=None, b="7")).stderr
    assert "deals_to_contacts 1, " in summary
    assert "corporate_deals_deals_to_contacts 1" in summary
    assert "corporate_deals_deals_to_companies 1" in summary
