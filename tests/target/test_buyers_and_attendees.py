"""Buyer or attendee, chosen per property; attendees as contacts; answers by their question."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.messages import CHANGED, customer, lines, record, schema, state
from support.project import Portal, Project

NAMES = """
objects:
  contacts:
    properties:
      jobtitle: {from: attendee.ticket_type}
      address: {from: buyer.order_number}
      city: {from: answers.city}
      zip: {from: answers.meal.kind}
  deals:
    properties:
      description: {template: "{attendee.first_name} {attendee.last_name} of {buyer.first_name}"}
      dealname: {from: attendee.name}
"""
STREAMS = ("customers", "events", "orders", "order_tickets", "registrations")
ROWS = (
    customer(1, first_name="Ana", last_name="Pop"),
    customer(2, first_name="Gone", is_anonymised=True, email=None),
    record("events", event_id="e1", name="Gala", starts_at="2026-12-01T19:00:00Z"),
    record("events", event_id="e2", name="Expo", starts_at="2026-12-02T19:00:00Z"),
    record("orders", order_id="1", order_number="A1", customer_id="1", first_name="Anuța",
           status="paid", currency="EUR", total_amount=10, ordered_at=CHANGED),
    record("order_tickets", order_ticket_id="t1", order_id="1", event_id="e2", status="valid",
           attendee_name="Late Comer", attendee_email="late@example.com", ticket_type="VIP"),
    record("order_tickets", order_ticket_id="t2", order_id="1", event_id="e1", status="valid",
           attendee_name="Jean Luc Martin", attendee_email=" Jean@Example.com",
           ticket_type="Student"),
    record("order_tickets", order_ticket_id="t3", order_id="1", event_id="e1", status="valid",
           attendee_customer_id="2", attendee_name="Gone Person", attendee_email="gone@example.com",
           ticket_type="Child"),
    record("registrations", registration_id="r1", event_id="e1", email="jean@example.com",
           registered_at="2026-11-01T00:00:00Z",
           answers={"city": "Cluj", "meal": {"kind": "vegan"}}),
    record("registrations", registration_id="r2", event_id="e2", email="jean@example.com",
           registered_at="2026-11-02T00:00:00Z", answers={"city": "Arad", "meal": None}),
)  # fmt: skip

Fill = Callable[[str], None]


@pytest.fixture
def fill(project: Project, tmp_path: Path) -> Fill:
    """Run the target with a mapping."""

    def run(mapping: str) -> None:
        path = tmp_path / "mapping.yml"
        path.write_text(mapping, encoding="utf-8")
        project.settings["TARGET_HUBSPOT_MAPPING"] = str(path)
        project.target(lines(*map(schema, STREAMS), *ROWS, state()))

    return run


def objects(portal: Portal, kind: str, name: str) -> dict[str, dict[str, Any]]:
    export: dict[str, Any] = portal.export()
    found = [entry["properties"] for entry in export["objects"][kind]]
    return {properties[name]: properties for properties in found}


def test_a_deal_names_its_buyer_or_the_attendee_of_its_first_event(
    fill: Fill, portal: Portal
) -> None:
    fill(NAMES)
    (deal,) = objects(portal, "deals", "order_number").values()
    assert deal["dealname"] == "Jean Luc Martin"
    assert deal["description"] == "Jean Luc Martin of Ana"


def test_attendees_are_no_contacts_unless_the_mapping_says_so(fill: Fill, portal: Portal) -> None:
    fill(NAMES)
    assert set(objects(portal, "contacts", "email")) == {"p1@example.com"}


def test_attendees_become_contacts_with_the_names_on_their_tickets(
    fill: Fill, portal: Portal
) -> None:
    fill("people: {attendees: true}\n" + NAMES)
    contacts = objects(portal, "contacts", "email")
    assert set(contacts) == {"p1@example.com", "jean@example.com", "late@example.com"}
    jean = contacts["jean@example.com"]
    assert (jean["firstname"], jean["lastname"]) == ("Jean Luc", "Martin")
    assert jean["jobtitle"] == "Student"
    assert "address" not in jean
    assert contacts["p1@example.com"]["address"] == "A1"


def test_a_contact_has_the_latest_answer_to_each_question(fill: Fill, portal: Portal) -> None:
    fill("people: {attendees: true}\n" + NAMES)
    jean = objects(portal, "contacts", "email")["jean@example.com"]
    assert (jean["city"], jean["zip"]) == ("Arad", "vegan")


def test_an_attendee_who_opens_an_account_keeps_the_contact(
    fill: Fill, project: Project, portal: Portal
) -> None:
    fill("people: {attendees: true}\n" + NAMES)
    opened = customer(9, email="jean@example.com", first_name="Jean", last_name="Martin")
    project.target(lines(schema("customers"), opened, state()))
    contacts = objects(portal, "contacts", "email")
    assert len(contacts) == 3
    assert contacts["jean@example.com"]["platform_customer_id"] == "9"


def test_a_second_run_writes_nothing(fill: Fill, portal: Portal) -> None:
    fill("people: {attendees: true}\n" + NAMES)
    portal.forget_calls()
    fill("people: {attendees: true}\n" + NAMES)
    assert portal.stats()["write"] == 0


def test_two_entries_that_write_one_property_of_one_object_stop_the_run(
    project: Project, portal: Portal, tmp_path: Path
) -> None:
    path = tmp_path / "mapping.yml"
    path.write_text(
        "objects:\n  twins:\n    source: contacts\n    match_key: email\n"
        "    properties: {email: {from: email, codec: email}, city: {constant: Iași}}\n"
    )
    project.settings["TARGET_HUBSPOT_MAPPING"] = str(path)
    done = project.target(lines(schema("customers"), customer(1), state()), check=False)
    assert done.returncode == 2
    assert "entries contacts and twins of the mapping both write city of 1" in done.stderr
    assert portal.stats()["write"] == 0
    listed = project.stagedoor("dead-letters", "list", "--json").stdout
    assert json.loads(listed or "[]") == []
