"""Update modes and owners, against what people put into HubSpot by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.messages import customer, lines, schema, state
from support.project import Portal, Project

MAPPING = """
objects:
  contacts:
    properties:
      jobtitle: {from: job_title, update_mode: if_empty}
      city: {from: city, owner: hubspot}
      country: {from: country, update_mode: if_new}
      interests:
        from: language
        update_mode: append
        label: Interests
        type: enumeration
        options: [{value: opera, label: Opera}, {value: jazz, label: Jazz}, {value: rock, label: R}]
"""

Send = Callable[..., str]


@pytest.fixture
def send(project: Project, tmp_path: Path) -> Send:
    """Give one customer to the target; return what it said."""
    mapping = tmp_path / "mapping.yml"
    mapping.write_text(MAPPING, encoding="utf-8")
    project.settings["TARGET_HUBSPOT_MAPPING"] = str(mapping)

    def target(**fields: Any) -> str:
        return project.target(lines(schema("customers"), customer(1, **fields), state())).stderr

    return target


def held(portal: Portal) -> dict[str, Any]:
    export: dict[str, Any] = portal.export()
    (contact,) = export["objects"]["contacts"]
    properties: dict[str, Any] = contact["properties"]
    return properties


def edit(portal: Portal, **properties: str) -> None:
    """Edit the contact as a person would; make it where it is not there yet."""
    entry = {"id": "p1@example.com", "idProperty": "email", "properties": properties}
    body = {"inputs": [entry]}
    portal.post("/crm/v3/objects/contacts/batch/upsert", body).raise_for_status()


def test_an_empty_property_is_filled_and_a_filled_one_is_left(send: Send, portal: Portal) -> None:
    edit(portal, jobtitle="Director")
    send(job_title="Usher")
    assert held(portal)["jobtitle"] == "Director"
    edit(portal, jobtitle="")
    send(job_title="Stage manager")
    assert held(portal)["jobtitle"] == "Stage manager"


def test_what_a_person_emptied_stays_empty_until_the_platforms_value_changes(
    send: Send, portal: Portal
) -> None:
    send(job_title="Usher")
    edit(portal, jobtitle="")
    send(job_title="Usher", phone="0722 538 543")
    assert not held(portal).get("jobtitle")
    send(job_title="Stage manager", phone="0722 538 543")
    assert held(portal)["jobtitle"] == "Stage manager"


def test_hubspots_edit_of_its_own_property_stays(send: Send, portal: Portal) -> None:
    send(city="Cluj")
    edit(portal, city="Bucharest")
    send(city="Iași")
    assert held(portal)["city"] == "Bucharest"


def test_the_platforms_edit_arrives_where_hubspot_changed_nothing(
    send: Send, portal: Portal
) -> None:
    send(city="Cluj")
    send(city="Iași")
    assert held(portal)["city"] == "Iași"


def test_if_new_leaves_a_contact_that_was_there_before(send: Send, portal: Portal) -> None:
    edit(portal, country="DE")
    send(country="RO")
    assert held(portal)["country"] == "DE"


def test_if_new_fills_a_new_contact_once(send: Send, portal: Portal) -> None:
    send(country="RO")
    send(country="FR")
    assert held(portal)["country"] == "RO"


def test_choices_are_added_once_to_those_that_people_chose(send: Send, portal: Portal) -> None:
    send(language="opera")
    edit(portal, interests=";rock")
    send(language="jazz")
    assert sorted(held(portal)["interests"].split(";")) == ["jazz", "opera", "rock"]
    send(language="opera")
    assert sorted(held(portal)["interests"].split(";")) == ["jazz", "opera", "rock"]


def test_a_choice_that_was_taken_away_in_hubspot_is_not_added_again(
    send: Send, portal: Portal
) -> None:
    send(language="opera")
    edit(portal, interests="jazz")
    send(language="opera", job_title="Usher")
    assert held(portal)["interests"] == "jazz"


def test_a_second_run_writes_nothing_and_reads_nothing(send: Send, portal: Portal) -> None:
    edit(portal, jobtitle="Director", city="Bucharest", country="DE")
    fields = {"job_title": "Usher", "city": "Cluj", "country": "RO", "language": "jazz"}
    send(**fields)
    portal.forget_calls()
    send(**fields)
    assert portal.stats()["write"] == 0
    calls: Any = portal.get("/_sandbox/stats")["calls"]
    assert not [call for call in calls if "batch/read" in call]


def test_only_objects_whose_change_depends_on_it_are_read(
    project: Project, send: Send, portal: Portal
) -> None:
    people = [customer(n, last_name="A", city="Cluj") for n in range(150)]
    project.target(lines(schema("customers"), *people, state()))
    portal.forget_calls()
    renamed = [customer(n, last_name="B", city="Cluj") for n in range(150)]
    project.target(lines(schema("customers"), *renamed, state()))
    assert reads(portal) == 0
    moved = [customer(n, last_name="B", city="Iași") for n in range(150)]
    project.target(lines(schema("customers"), *moved, state()))
    assert reads(portal) == 2


def reads(portal: Portal) -> int:
    calls: Any = portal.get("/_sandbox/stats")["calls"]
    return sum(number for call, number in calls.items() if "batch/read" in call)


def test_a_dry_run_tells_what_hubspots_values_leave_to_do(
    project: Project, send: Send, portal: Portal
) -> None:
    edit(portal, city="Bucharest")
    send(city="Cluj", job_title="Usher")
    project.settings["TARGET_HUBSPOT_DRY_RUN"] = "true"
    told = send(city="Iași", job_title="Director", last_name="Pop")
    assert 'lastname: (none) → "Pop"' in told
    assert "city" not in told
    assert "jobtitle" not in told
