"""What HubSpot makes of our values must not look like a change: the next run writes nothing.

Each test lets a run end, then sends the same rows again, touched on the platform, and counts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.messages import customer, lines, schema, state
from support.project import Portal, Project

CONTACTS = "/crm/objects/2026-09/contacts"
TOUCHED = "2026-11-02T10:00:00+00:00"

MAPPING = """
version: 1
objects:
  contacts:
    properties:
      lifecyclestage: {from: country}
      shoe_size: {from: job_title, codec: number, type: number, label: Shoe size}
      birthday: {from: postal_code, codec: date, type: date, label: Birthday}
      last_seen: {from: language, codec: datetime, type: datetime, label: Last seen}
      remarks: {from: street, type: string, field_type: html, label: Remarks}
      country: null
      jobtitle: null
      zip: null
      preferred_language: null
      address: null
"""


def rows(*customers: str) -> str:
    return lines(schema("customers"), *customers, state())


def both(number: int, **fields: Any) -> tuple[str, str]:
    """Return a customer's messages, as it was and as the platform sends it again."""
    return rows(customer(number, **fields)), rows(customer(number, updated_at=TOUCHED, **fields))


@pytest.fixture
def richer(project: Project, tmp_path: Path) -> Project:
    """A project that also maps values that HubSpot changes as it stores them."""
    mapping = tmp_path / "mapping.yml"
    mapping.write_text(MAPPING, encoding="utf-8")
    project.settings["TARGET_HUBSPOT_MAPPING"] = str(mapping)
    return project


def writes(project: Project, portal: Portal, messages: str) -> int:
    """Return how many writing calls a run makes."""
    portal.forget_calls()
    project.target(messages)
    return portal.stats()["write"]


def found(portal: Portal, address: str, *properties: str) -> dict[str, Any]:
    """Return the contact that has an address."""
    body = {
        "idProperty": "email",
        "inputs": [{"id": address}],
        "properties": list(properties),
    }
    (contact,) = portal.post(f"{CONTACTS}/batch/read", body).json()["results"]
    return dict(contact)


def merge(portal: Portal, kept: str, merged: str) -> None:
    """Let somebody merge two contacts in HubSpot."""
    ids = {
        "primaryObjectId": found(portal, kept)["id"],
        "objectIdToMerge": found(portal, merged)["id"],
    }
    portal.post(f"{CONTACTS}/merge", ids).raise_for_status()


def make(portal: Portal, **properties: str) -> None:
    portal.post(CONTACTS, {"properties": properties}).raise_for_status()


def test_a_person_found_by_a_secondary_address(project: Project, portal: Portal) -> None:
    make(portal, email="main@example.com")
    make(portal, email="p1@example.com")
    merge(portal, "main@example.com", "p1@example.com")
    first, again = both(1, city="Cluj")
    assert writes(project, portal, first) > 0
    contact = found(portal, "main@example.com", "city", "email")["properties"]
    assert (contact["email"], contact["city"]) == ("main@example.com", "Cluj")
    assert writes(project, portal, again) == 0


def test_a_contact_whose_id_was_merged_away(project: Project, portal: Portal) -> None:
    people = [customer(1, city="Cluj"), customer(2, city="Arad")]
    project.target(rows(*people))
    merge(portal, "p1@example.com", "p2@example.com")
    assert writes(project, portal, rows(*people)) == 0
    moved = rows(customer(1, city="Cluj"), customer(2, city="Sibiu"))
    assert writes(project, portal, moved) > 0
    assert writes(project, portal, moved) == 0


def test_a_person_with_another_address(project: Project, portal: Portal) -> None:
    project.target(rows(customer(1, city="Cluj")))
    first, again = both(1, email="new@example.com", city="Cluj")
    assert writes(project, portal, first) > 0
    assert writes(project, portal, again) == 0


def test_a_contact_that_was_made_again(project: Project, portal: Portal) -> None:
    project.target(rows(customer(1, city="Cluj")))
    body = {"inputs": [{"id": found(portal, "p1@example.com")["id"]}]}
    portal.post(f"{CONTACTS}/batch/archive", body).raise_for_status()
    first, again = both(1, city="Arad")
    assert writes(project, portal, first) > 0
    assert found(portal, "p1@example.com", "city")["properties"]["city"] == "Arad"
    assert writes(project, portal, again) == 0


def test_a_lifecycle_stage_that_does_not_go_back(richer: Project, portal: Portal) -> None:
    make(portal, email="p1@example.com", lifecyclestage="customer")
    first, again = both(1, country="lead", city="Cluj")
    assert writes(richer, portal, first) > 0
    contact = found(portal, "p1@example.com", "lifecyclestage")["properties"]
    assert contact["lifecyclestage"] == "customer"
    assert writes(richer, portal, again) == 0


@pytest.mark.parametrize("nothing", [None, "", "   "])
def test_no_value_in_any_spelling(project: Project, portal: Portal, nothing: str | None) -> None:
    """One property was never set (null in HubSpot), the other one is cleared ("" there)."""
    project.target(rows(customer(1, city="Cluj", phone=None)))
    assert writes(project, portal, rows(customer(1, city=None, phone=nothing))) > 0
    assert writes(project, portal, rows(customer(1, city=nothing, phone=nothing))) == 0
    assert writes(project, portal, rows(customer(1, city=None))) == 0


def test_html_that_hubspot_sanitises(richer: Project, portal: Portal) -> None:
    sent = "<p onclick='x()'>Front row<script>alert(1)</script></p>"
    first, again = both(1, street=sent)
    assert writes(richer, portal, first) > 0
    stored = found(portal, "p1@example.com", "remarks")["properties"]["remarks"]
    assert stored == "<p>Front row</p>"
    assert writes(richer, portal, again) == 0


@pytest.mark.parametrize(
    ("column", "name", "spellings", "stored"),
    [
        ("job_title", "shoe_size", ("42.50", "42.5", "4.25e1", " 42.500 "), "42.5"),
        ("job_title", "shoe_size", ("1e3", "1000", "1000.0"), "1000"),
        ("job_title", "shoe_size", ("-0", "0", "0.00"), "0"),
        ("postal_code", "birthday", ("1990-05-01", "1990-05-01T00:00:00Z"), "1990-05-01"),
        (
            "language",
            "last_seen",
            ("2026-11-01T12:00:00+02:00", "2026-11-01T10:00:00Z", "2026-11-01 10:00:00.000"),
            "2026-11-01T10:00:00.000Z",
        ),
        ("email", "email", (" P1@Example.COM ", "p1@example.com"), "p1@example.com"),
    ],
)
def test_a_value_in_other_spellings(
    richer: Project,
    portal: Portal,
    column: str,
    name: str,
    spellings: tuple[str, ...],
    stored: str,
) -> None:
    assert writes(richer, portal, rows(customer(1, **{column: spellings[0]}))) > 0
    assert found(portal, "p1@example.com", name)["properties"][name] == stored
    for spelling in spellings[1:]:
        assert writes(richer, portal, rows(customer(1, **{column: spelling}))) == 0, spelling


def test_values_that_hubspot_changed_are_sent_once_more_when_the_mapping_changes(
    richer: Project, portal: Portal
) -> None:
    """Another mapping makes every object a candidate; HubSpot's values differ from ours, once."""
    first, again = both(1, street="<b>x</b><script>y</script>", job_title="1e3", country="lead")
    make(portal, email="p1@example.com", lifecyclestage="customer")
    richer.target(first)
    mapping = Path(richer.settings["TARGET_HUBSPOT_MAPPING"])
    changed = mapping.read_text(encoding="utf-8").replace("Remarks", "Notes")
    mapping.write_text(changed, encoding="utf-8")
    assert writes(richer, portal, again) <= 1
    assert writes(richer, portal, first) == 0
