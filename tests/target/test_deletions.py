"""What left the platform: flagged, or lacking in two full reads, is cleared or archived."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from support.messages import customer, lines, record, schema, state
from support.project import Portal, Project

BEGUN = state(stagedoor={"complete": False})
PEOPLE = [customer(n, city="Cluj", last_name=f"P{n}") for n in range(1, 5)]


def read_in_full(*records: str, streams: Sequence[str] = ("customers",)) -> str:
    """Return an input that shows everything that its streams have."""
    ended = state(stagedoor={"complete": True, "full": list(streams)})
    return lines(BEGUN, *map(schema, streams), *records, ended)


def incremental(*records: str, streams: Sequence[str] = ("customers",)) -> str:
    """Return an input that shows what changed."""
    ended = state(stagedoor={"complete": True, "full": []})
    return lines(BEGUN, *map(schema, streams), *records, ended)


@pytest.fixture
def mapped(project: Project, tmp_path: Path) -> Any:
    """Return a function that gives the project a mapping."""

    def give(text: str) -> Project:
        path = tmp_path / "mapping.yml"
        path.write_text(f"objects:\n{text}", encoding="utf-8")
        project.settings["TARGET_HUBSPOT_MAPPING"] = str(path)
        return project

    return give


@pytest.fixture
def archiving(mapped: Any) -> Project:
    project: Project = mapped("  contacts: {when_deleted: archive}")
    return project


def contacts(portal: Portal) -> dict[str, dict[str, str]]:
    export: dict[str, Any] = portal.export()
    return {entry["name"]: entry["properties"] for entry in export["objects"]["contacts"]}


def names(*numbers: int) -> set[str]:
    return {f"p{number}@example.com" for number in numbers}


def binned(portal: Portal) -> list[str]:
    found: Any = portal.get("/crm/v3/objects/contacts?archived=true&properties=email")["results"]
    return sorted(entry["properties"]["email"] for entry in found)


def writes(portal: Portal, project: Project, messages: str) -> int:
    portal.forget_calls()
    project.target(messages)
    return portal.stats()["write"]


def test_without_a_word_in_the_mapping_nothing_is_taken_away(
    project: Project, portal: Portal
) -> None:
    project.target(read_in_full(*PEOPLE))
    project.target(incremental(customer(2, is_deleted=True)))
    assert set(contacts(portal)) == names(1, 2, 3, 4)


def test_a_row_flagged_as_deleted_is_archived_once(archiving: Project, portal: Portal) -> None:
    archiving.target(incremental(*PEOPLE))
    gone = incremental(customer(2, is_deleted=True))
    done = archiving.target(gone)
    assert "contacts archive 1" in done.stderr
    assert set(contacts(portal)) == names(1, 3, 4)
    assert binned(portal) == ["p2@example.com"]
    assert writes(portal, archiving, gone) == 0


def test_absence_counts_after_two_full_reads(archiving: Project, portal: Portal) -> None:
    archiving.target(read_in_full(*PEOPLE))
    rest = read_in_full(*PEOPLE[:3])
    archiving.target(rest)
    assert set(contacts(portal)) == names(1, 2, 3, 4)
    archiving.target(rest)
    assert set(contacts(portal)) == names(1, 2, 3)
    assert writes(portal, archiving, rest) == 0


def test_incremental_reads_between_neither_count_nor_help(
    archiving: Project, portal: Portal
) -> None:
    archiving.target(read_in_full(*PEOPLE))
    for _ in range(3):
        archiving.target(incremental(PEOPLE[0]))
    archiving.target(read_in_full(*PEOPLE[:3]))
    archiving.target(incremental(PEOPLE[0]))
    assert set(contacts(portal)) == names(1, 2, 3, 4)
    archiving.target(read_in_full(*PEOPLE[:3]))
    assert set(contacts(portal)) == names(1, 2, 3)


def test_whatever_shows_the_row_takes_a_sighting_back(archiving: Project, portal: Portal) -> None:
    archiving.target(read_in_full(*PEOPLE))
    archiving.target(read_in_full(*PEOPLE[:3]))
    archiving.target(incremental(PEOPLE[3]))
    archiving.target(read_in_full(*PEOPLE[:3]))
    assert set(contacts(portal)) == names(1, 2, 3, 4)


@pytest.mark.parametrize(
    "half",
    [
        lines(BEGUN, schema("customers"), PEOPLE[0]),
        lines(
            state(stagedoor={"complete": True, "full": ["customers"]}),
            schema("customers"),
            PEOPLE[0],
        ),
        lines(schema("customers"), PEOPLE[0], state()),
        read_in_full(PEOPLE[0], "this is no message"),
        read_in_full(PEOPLE[0], record("customers", customer_id=None, email="x@example.com")),
    ],
    ids=[
        "cut off",
        "an old state handed back",
        "a tap that says nothing",
        "a line that cannot be read",
        "a row without key",
    ],
)
def test_a_read_that_may_have_left_something_out_never_counts(
    half: str, archiving: Project, portal: Portal
) -> None:
    archiving.target(read_in_full(*PEOPLE))
    for _ in range(3):
        archiving.target(half, check=False)
    archiving.stagedoor("push")
    assert names(1, 2, 3, 4) <= set(contacts(portal))


def test_a_row_that_is_refused_was_there_all_the_same(archiving: Project, portal: Portal) -> None:
    archiving.target(read_in_full(*PEOPLE))
    refused = record("customers", customer_id="4", email="p4@example.com", created_at="never")
    badly_typed = record("customers", customer_id="3", email=["p3@example.com"])
    for _ in range(2):
        archiving.target(read_in_full(*PEOPLE[:2], badly_typed, refused))
    assert set(contacts(portal)) == names(1, 2, 3, 4)


def versioned(version: int, *records: str, activated: str) -> str:
    """Return a full-table read of a tap that knows table versions, and nothing of ours."""
    told = json.dumps({"type": "ACTIVATE_VERSION", "stream": "customers", "version": version})
    rows = [json.dumps({**json.loads(row), "version": version}) for row in records]
    first, last = ([told], []) if activated == "before" else ([], [told])
    return lines(schema("customers"), *first, *rows, *last, state())


def test_a_table_version_activated_after_its_rows_is_a_full_read(
    archiving: Project, portal: Portal
) -> None:
    archiving.target(versioned(1, *PEOPLE, activated="after"))
    archiving.target(versioned(2, *PEOPLE[:3], activated="after"))
    archiving.target(versioned(2, *PEOPLE[:3], activated="after"))
    assert set(contacts(portal)) == names(1, 2, 3, 4), "the same version may be the rest of a read"
    archiving.target(versioned(3, *PEOPLE[:3], activated="after"))
    assert set(contacts(portal)) == names(1, 2, 3)


def test_a_table_version_announced_before_its_rows_proves_nothing(
    archiving: Project, portal: Portal
) -> None:
    for version in range(1, 4):
        rows = PEOPLE if version == 1 else PEOPLE[:3]
        archiving.target(versioned(version, *rows, activated="before"))
    assert set(contacts(portal)) == names(1, 2, 3, 4)


def test_who_comes_back_after_archiving_is_made_again(archiving: Project, portal: Portal) -> None:
    archiving.target(read_in_full(*PEOPLE))
    for _ in range(2):
        archiving.target(read_in_full(*PEOPLE[:3]))
    archiving.target(read_in_full(*PEOPLE))
    assert set(contacts(portal)) == names(1, 2, 3, 4)
    assert contacts(portal)["p4@example.com"]["city"] == "Cluj"
    assert writes(portal, archiving, read_in_full(*PEOPLE)) == 0


def test_clearing_empties_what_we_wrote_and_keeps_what_others_wrote(
    mapped: Any, portal: Portal
) -> None:
    project: Project = mapped("  contacts: {when_deleted: clear}")
    project.target(incremental(*PEOPLE))
    found: Any = portal.get("/crm/v3/objects/contacts?properties=email")["results"]
    (hubspot_id,) = [r["id"] for r in found if r["properties"]["email"] == "p2@example.com"]
    edit = {"object_type": "contacts", "id": hubspot_id, "properties": {"website": "x.example"}}
    portal.post("/_sandbox/edit", edit).raise_for_status()
    gone = incremental(customer(2, is_deleted=True))
    assert "contacts clear 1" in project.target(gone).stderr
    left = contacts(portal)["p2@example.com"]
    assert left["website"] == "x.example"
    assert not {"city", "lastname", "platform_customer_id"} & left.keys()
    assert writes(portal, project, gone) == 0
    project.target(incremental(PEOPLE[1]))
    assert contacts(portal)["p2@example.com"]["city"] == "Cluj"


def test_a_household_keeps_its_contact_when_a_member_leaves(
    archiving: Project, portal: Portal
) -> None:
    family = [
        customer(
            n, email="family@example.com", first_name=name, created_at=f"2026-01-0{n}T00:00:00Z"
        )
        for n, name in ((1, "Ana"), (2, "Ion"))
    ]
    archiving.target(incremental(*family, *PEOPLE[2:]))
    archiving.target(incremental(customer(1, email="family@example.com", is_deleted=True)))
    assert contacts(portal)["family@example.com"]["firstname"] == "Ion"
    assert binned(portal) == []


def test_a_guest_with_the_same_address_keeps_the_contact(
    archiving: Project, portal: Portal
) -> None:
    streams = ("customers", "orders")
    as_guest = record("orders", order_id="1", order_number="1", email="p1@example.com")
    archiving.target(incremental(*PEOPLE, as_guest, streams=streams))
    archiving.target(incremental(customer(1, is_deleted=True)))
    assert set(contacts(portal)) == names(1, 2, 3, 4)
    gone = record("orders", order_id="1", order_number="1", email="p1@example.com", is_deleted=True)
    archiving.target(incremental(gone, streams=streams))
    assert set(contacts(portal)) == names(2, 3, 4)


def test_deals_go_with_their_orders(mapped: Any, portal: Portal) -> None:
    project: Project = mapped("  deals: {when_deleted: archive}")
    orders = [
        {"order_id": str(n), "order_number": str(n), "customer_id": "1", "status": "paid"}
        for n in range(4)
    ]
    streams = ("customers", "orders")
    project.target(incremental(*PEOPLE, *(record("orders", **o) for o in orders), streams=streams))
    gone = record("orders", **orders[0], is_deleted=True)
    project.target(incremental(gone, streams=streams))
    export: dict[str, Any] = portal.export()
    assert [d["name"] for d in export["objects"]["deals"]] == ["order:1", "order:2", "order:3"]
    assert writes(portal, project, incremental(gone, streams=streams)) == 0


def test_an_object_that_another_entry_wants_is_not_archived(mapped: Any, portal: Portal) -> None:
    project: Project = mapped(
        "  contacts: {when_deleted: archive}\n"
        "  newsletter:\n"
        "    object_type: contacts\n"
        "    stream: readers\n"
        "    key: id\n"
        "    match_key: email\n"
        "    properties:\n"
        "      email: {from: mail, codec: email}\n"
        "      website: {from: site}\n"
    )
    fields = {"id": {"type": "string"}, "mail": {"type": "string"}, "site": {"type": "string"}}
    readers = json.dumps(
        {
            "type": "SCHEMA",
            "stream": "readers",
            "schema": {"properties": fields},
            "key_properties": ["id"],
        }
    )
    row = {"id": "7", "mail": "p1@example.com", "site": "p1.example"}
    reader = json.dumps({"type": "RECORD", "stream": "readers", "record": row})
    project.target(lines(schema("customers"), readers, *PEOPLE, reader, state()))
    project.target(incremental(customer(1, is_deleted=True)))
    assert set(contacts(portal)) == names(1, 2, 3, 4)
    assert contacts(portal)["p1@example.com"]["website"] == "p1.example"


def test_an_object_that_was_changed_into_another_is_left_alone(
    archiving: Project, portal: Portal
) -> None:
    archiving.target(incremental(*PEOPLE))
    found: Any = portal.get("/crm/v3/objects/contacts?properties=email")["results"]
    (hubspot_id,) = [r["id"] for r in found if r["properties"]["email"] == "p2@example.com"]
    edit = {
        "object_type": "contacts",
        "id": hubspot_id,
        "properties": {"email": "boss@example.com"},
    }
    portal.post("/_sandbox/edit", edit).raise_for_status()
    archiving.target(incremental(customer(2, is_deleted=True)))
    assert "boss@example.com" in contacts(portal)
    listed = archiving.stagedoor("dead-letters", "list").stdout
    assert "NO_LONGER_OURS" in listed


def test_rows_of_any_tap_vanish_likewise(mapped: Any, portal: Portal) -> None:
    project: Project = mapped(
        "  members:\n"
        "    object_type: contacts\n"
        "    stream: members\n"
        "    key: id\n"
        "    match_key: email\n"
        "    when_deleted: archive\n"
        "    properties:\n"
        "      email: {from: mail, codec: email}\n"
    )
    fields = {"id": {"type": "integer"}, "mail": {"type": "string"}}
    head = {"type": "SCHEMA", "stream": "members", "schema": {"properties": fields}}

    def read(version: int, *numbers: int) -> str:
        rows = [
            {
                "type": "RECORD",
                "stream": "members",
                "version": version,
                "record": {"id": n, "mail": f"p{n}@example.com"},
            }
            for n in numbers
        ]
        told = {"type": "ACTIVATE_VERSION", "stream": "members", "version": version}
        messages = [{**head, "key_properties": ["id"]}, *rows, told]
        return lines(*map(json.dumps, messages))

    project.target(read(1, 1, 2, 3))
    project.target(read(2, 1, 2))
    assert set(contacts(portal)) == names(1, 2, 3)
    project.target(read(3, 1, 2))
    assert set(contacts(portal)) == names(1, 2)
    project.target(read(4, 1, 2, 3))
    assert set(contacts(portal)) == names(1, 2, 3)


def test_a_platform_that_was_cut_off_empties_nothing(archiving: Project, portal: Portal) -> None:
    everybody = [customer(n) for n in range(1, 31)]
    archiving.target(read_in_full(*everybody))
    archiving.target(read_in_full(*everybody[:5]))
    portal.forget_calls()
    done = archiving.target(read_in_full(*everybody[:5]), check=False)
    assert done.returncode == 5
    assert "25 of 30 rows of customers (10 are allowed)" in done.stderr
    assert portal.stats()["write"] == 0
    archiving.target(read_in_full(*everybody))
    assert len(contacts(portal)) == 30
    for _ in range(2):
        archiving.target(read_in_full(*everybody[:5]), check=False)
    archiving.stagedoor("push", "--yes")
    assert len(contacts(portal)) == 5


def test_many_flagged_rows_are_refused_too(archiving: Project, portal: Portal) -> None:
    archiving.target(incremental(*PEOPLE))
    gone = incremental(*(customer(n, is_deleted=True) for n in (1, 2, 3)))
    done = archiving.target(gone, check=False)
    assert done.returncode == 5
    assert "3 of 4 contacts (2 are allowed)" in done.stderr
    assert len(contacts(portal)) == 4
    archiving.settings["TARGET_HUBSPOT_MAX_REMOVALS"] = "0.8"
    archiving.stagedoor("push")
    assert set(contacts(portal)) == names(4)


def test_removals_count_against_max_changes(archiving: Project, portal: Portal) -> None:
    archiving.target(incremental(*PEOPLE))
    archiving.settings["TARGET_HUBSPOT_MAX_CHANGES"] = "0"
    done = archiving.target(incremental(customer(2, is_deleted=True)), check=False)
    assert done.returncode == 5
    assert "1 contacts to archive" in done.stderr
    assert set(contacts(portal)) == names(1, 2, 3, 4)
