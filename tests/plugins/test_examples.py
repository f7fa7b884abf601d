"""The plugins in docs/examples: their own tests, and what reaches the portal."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from stagedoor.testing import objects, replica
from support import plugin_packages
from support.messages import CHANGED, customer, lines, record, schema
from support.project import ROOT, Portal, Project

EXAMPLES = ROOT / "docs" / "examples"
LOYALTY = EXAMPLES / "loyalty"
VENUES = EXAMPLES / "venues.py"
SOLD = {"status": "paid", "currency": "EUR", "order_number": "A1"}

VENUES_TYPE = {
    "name": "venues",
    "labels": {"singular": "Venue", "plural": "Venues"},
    "primaryDisplayProperty": "name",
    "requiredProperties": [],
    "properties": [{"name": "name", "label": "Name", "type": "string", "fieldType": "text"}],
    "associatedObjects": ["CONTACT"],
}


def test_loyalty_passes_its_own_tests(tmp_path: Path) -> None:
    shutil.copytree(LOYALTY, tmp_path / "loyalty")
    assert "9 passed" in plugin_packages.own_tests(tmp_path / "loyalty")


def test_loyalty_tiers_arrive_in_the_portal(
    tmp_path: Path, project: Project, portal: Portal
) -> None:
    source = Path(shutil.copytree(LOYALTY, tmp_path / "loyalty"))
    plugin_packages.add(project, plugin_packages.install(source, tmp_path / "site"))
    mapping = project.path / "mapping.yml"
    mapping.write_text(
        "objects:\n  contacts:\n    properties:\n"
        "      paper_card_tier: {from: job_title, codec: loyalty_tier, label: Paper card}\n"
    )
    project.settings["TARGET_HUBSPOT_MAPPING"] = str(mapping)
    orders = [
        record("orders", order_id=f"{n}", customer_id=f"{n}", total_amount=paid,
               ordered_at="2099-01-01T00:00:00Z", **SOLD)
        for n, paid in ((1, 700), (2, 40))
    ]  # fmt: skip
    people = [customer(1, job_title="GOLD card"), customer(2, job_title="Platinum"), customer(3)]
    project.target(lines(schema("customers"), *people, schema("orders"), *orders))
    export: dict[str, Any] = portal.export()
    there = {entry["name"]: entry["properties"] for entry in export["objects"]["contacts"]}
    tiers = {name: given.get("loyalty_tier") for name, given in there.items()}
    assert tiers == {"p1@example.com": "gold", "p2@example.com": "bronze", "p3@example.com": None}
    assert there["p1@example.com"]["paper_card_tier"] == "gold"
    assert "paper_card_tier" not in there["p2@example.com"]
    listed = project.stagedoor("dead-letters", "list", "--json").stdout
    assert json.loads(listed)["properties"] == ["paper_card_tier"]


EVENTS = [
    {"event_id": "1", "venue": " Sala  Palatului "},
    {"event_id": "2", "venue": "sala palatului"},
    {"event_id": "3", "venue": "TNB", "city": "București"},
    {"event_id": "4"},
]


def test_venues_have_one_name_before_anything_is_counted() -> None:
    names = [row.get("venue") for row in replica(str(VENUES), "events", EVENTS)]
    assert names == ["Sala Palatului", "sala palatului", "Teatrul Național București", None]


def test_each_venue_is_one_object() -> None:
    found = objects(str(VENUES), "p_venues", {"events": EVENTS})
    events = {key: properties["events"] for key, properties in found.items()}
    assert events == {"venue:sala palatului": "2", "venue:teatrul național bucurești": "1"}


@pytest.mark.parametrize("runs", [1, 2])
def test_venues_arrive_in_the_portal_with_who_was_there(
    runs: int, project: Project, portal: Portal
) -> None:
    portal.post("/crm-object-schemas/2026-09/schemas", VENUES_TYPE).raise_for_status()
    project.settings["TARGET_HUBSPOT_PLUGINS"] = json.dumps([str(VENUES)])
    order = record("orders", order_id="1", customer_id="1", total_amount=9, ordered_at=CHANGED,
                   **SOLD)  # fmt: skip
    tickets = [
        record("order_tickets", order_ticket_id=n, order_id="1", event_id=n, status="valid")
        for n in ("1", "2")
    ]
    for _ in range(runs):
        project.target(
            lines(
                schema("customers"), customer(1), customer(2), schema("events"),
                *(record("events", **event) for event in EVENTS), schema("orders"), order,
                schema("order_tickets"), *tickets,
            )
        )  # fmt: skip
    export: dict[str, Any] = portal.export()
    (venues,) = [found for name, found in export["objects"].items() if "venues" in name]
    named = {entry["properties"]["stagedoor_id"]: entry["properties"] for entry in venues}
    assert named["venue:sala palatului"]["events"] == "2"
    assert named["venue:teatrul național bucurești"]["city"] == "București"
    pairs = [p[:4] for p in export["associations"] if "venues" in f"{p[0]} {p[2]}"]
    assert {frozenset((p[1], p[3])) for p in pairs} == {
        frozenset(("venue:sala palatului", "p1@example.com"))
    }
