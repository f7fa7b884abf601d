"""Previewing one object, proposing a document, and the schema for editors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from stagedoor.mapping.editor_schema import editor_schema
from support.messages import CHANGED, customer, lines, record, schema, state
from support.project import Portal, Project

ROOT = Path(__file__).resolve().parents[2]
MAPPING = """
objects:
  contacts:
    properties:
      jobtitle: {from: job_title, update_mode: if_empty}
      country: {from: country, values: {RO: Romania}}
      city: {from: city, "null": ignore}
"""


def use(project: Project, text: str) -> None:
    path = project.path / "mapping.yml"
    path.write_text(text, encoding="utf-8")
    project.settings["TARGET_HUBSPOT_MAPPING"] = str(path)


def previewed(project: Project, *options: str) -> list[dict[str, Any]]:
    shown = project.stagedoor("mapping", "preview", "--json", *options).stdout
    return [json.loads(line) for line in shown.splitlines()]


@pytest.fixture
def pending(project: Project, portal: Portal) -> Project:
    """One person whose edits are taken in and not pushed, and whom somebody edited in HubSpot."""
    use(project, MAPPING)
    first = customer(1, first_name="Ana", last_name="Pop", job_title="Usher", country="RO")
    project.target(lines(schema("customers"), first, state()))
    entry = {"id": "p1@example.com", "idProperty": "email", "properties": {"lastname": "Popa"}}
    portal.post("/crm/v3/objects/contacts/batch/upsert", {"inputs": [entry]}).raise_for_status()
    project.settings["TARGET_HUBSPOT_PUSH"] = "false"
    edited = customer(1, first_name="Anca", last_name="Pop", job_title="Director", country="XX")
    order = record("orders", order_id="1", order_number="A1", customer_id="1", status="paid",
                   currency="EUR", total_amount=5, ordered_at=CHANGED)  # fmt: skip
    project.target(lines(schema("customers"), edited, schema("orders"), order, state()))
    return project


def test_the_preview_shows_each_property_from_its_source_to_its_action(
    pending: Project, portal: Portal
) -> None:
    before = portal.export()
    portal.forget_calls()
    (shown,) = previewed(pending, "--email", " P1@Example.com")
    assert (shown["object_type"], shown["key"], shown["action"]) == (
        "contacts", "customer:1", "update",
    )  # fmt: skip
    properties = shown["properties"]
    assert properties["firstname"] == {
        "source": "Anca", "result": "Anca", "held": "Ana", "action": "write",
    }  # fmt: skip
    actions = {name: told["action"] for name, told in properties.items()}
    assert actions["email"] == "same"
    assert actions["lastname"] == "left: edited in HubSpot"
    assert actions["jobtitle"] == "left: if_empty"
    assert actions["city"] == "left: no value, and `null: ignore`"
    assert "'XX'" in actions["country"]
    assert portal.stats()["write"] == 0
    assert portal.export() == before


def test_the_push_then_does_what_the_preview_told(pending: Project, portal: Portal) -> None:
    (shown,) = previewed(pending, "--email", "p1@example.com")
    pending.settings["TARGET_HUBSPOT_PUSH"] = "true"
    pending.stagedoor("push")
    export: dict[str, Any] = portal.export()
    (contact,) = [c["properties"] for c in export["objects"]["contacts"]]
    for name, told in shown["properties"].items():
        expected = told["result"] if told["action"] in ("write", "same") else told["held"]
        assert (contact.get(name) or None) == expected, name


def test_any_object_is_previewed_by_its_key(pending: Project) -> None:
    (deal,) = previewed(pending, "--key", "order:1")
    assert (deal["object_type"], deal["hubspot_id"], deal["action"]) == ("deals", None, "create")
    assert deal["properties"]["dealstage"]["source"] == "paid"
    assert deal["properties"]["dealstage"]["result"] == "closedwon"
    table = pending.stagedoor("mapping", "preview", "--key", "order:1").stdout
    assert table.startswith("deals order:1 (not in HubSpot): create\n")
    assert ["dealstage", "paid", "closedwon", "-", "write"] in [
        line.split() for line in table.splitlines()
    ]


def test_who_is_not_on_the_platform_is_said(pending: Project) -> None:
    done = pending.stagedoor("mapping", "preview", "--email", "x@example.com", check=False)
    assert done.returncode == 2
    assert "Nothing on the platform becomes an object" in done.stderr


def foreign(stream: str, rows: list[dict[str, Any]], keys: list[str]) -> str:
    text = {"type": ["string", "null"]}
    fields = {"properties": dict.fromkeys(rows[0], text)}
    told = {"type": "SCHEMA", "stream": stream, "schema": fields, "key_properties": keys}
    records = [{"type": "RECORD", "stream": stream, "record": row} for row in rows]
    return lines(*map(json.dumps, (told, *records)))


STREAMS = foreign(
    "public-Members",
    [
        {"Mitglieds-Nr": "00012", "E-Mail": "ana@example.com", "Vorname": "Ana", "Punkte": "7",
         "seit": "2024-01-31", "extra": '{"a": 1}', "plz": "010101", "_sdc_source_file": "m.csv"},
        {"Mitglieds-Nr": "00013", "E-Mail": "max@example.com", "Vorname": "", "Punkte": "1200",
         "seit": "2025-02-01", "extra": None, "plz": "", "_sdc_source_file": "m.csv"},
    ],
    ["Mitglieds-Nr"],
) + foreign("gift_cards", [{"code": "G1", "amount": "25.50"}, {"code": "G2", "amount": "5"}], []) \
  + foreign("doors", [{"door": "north", "colour": "red"}], [])  # fmt: skip


def test_a_proposal_for_streams_of_another_tap_passes_the_check_and_fills_hubspot(
    project: Project, portal: Portal
) -> None:
    project.settings["TARGET_HUBSPOT_PUSH"] = "false"
    project.target(lines(schema("customers"), customer(1), state()) + STREAMS)
    text = project.stagedoor("mapping", "init").stdout
    proposed = yaml.safe_load(text)["objects"]
    members = proposed["public_members"]
    assert (members["object_type"], members["key"], members["match_key"]) == (
        "contacts", "Mitglieds-Nr", "email",
    )  # fmt: skip
    rules = members["properties"]
    assert rules["email"] == {"from": "E-Mail", "codec": "email"}
    assert rules["firstname"]["from"] == "Vorname"
    assert rules["zip"]["from"] == "plz"
    assert "type" not in rules["public_members_mitglieds_nr"], "leading zeros are no number"
    assert rules["public_members_punkte"]["type"] == "number"
    assert rules["public_members_seit"]["type"] == "date"
    assert not [name for name in rules if "extra" in name or "sdc" in name]
    assert (proposed["gift_cards"]["object_type"], proposed["gift_cards"]["key"]) == (
        "deals", "code",
    )  # fmt: skip
    assert "stream doors, 1 rows: no column says what it would be" in text
    use(project, text)
    assert "fits platform and portal" in project.stagedoor("mapping", "check").stdout
    project.settings["TARGET_HUBSPOT_PUSH"] = "true"
    project.stagedoor("push")
    export: dict[str, Any] = portal.export()
    contacts = {c["name"]: c["properties"] for c in export["objects"]["contacts"]}
    assert contacts["ana@example.com"]["public_members_punkte"] == "7"
    assert {d["properties"]["amount"] for d in export["objects"]["deals"]} == {"25.5", "5"}


def test_a_proposal_without_another_tap_offers_what_the_shipped_mapping_leaves_out(
    project: Project,
) -> None:
    text = project.stagedoor("mapping", "init").stdout
    deals = yaml.safe_load(text)["objects"]["deals"]["properties"]
    assert deals["platform_coupon_code"] == {"from": "coupon_code", "label": "Coupon code"}
    use(project, text)
    assert "fits platform and portal" in project.stagedoor("mapping", "check").stdout


SCHEMA = editor_schema()


@pytest.mark.parametrize(
    "file",
    [
        ROOT / "plugins/stagedoor_plugins/mapping.yml",
        *sorted((ROOT / "tests/golden/mappings").glob("*_unknown_co*.yml")),
    ],
    ids=lambda file: file.name,
)
def test_the_schema_takes_every_document_that_is_well_formed(file: Path) -> None:
    jsonschema_rs.validate(SCHEMA, yaml.safe_load(file.read_text("utf-8")))


@pytest.mark.parametrize(
    "text",
    [
        "objects: {contacts: {properties: {city: {form: city}}}}",
        "objects: {contacts: {properties: {city: {update_mode: if_blank}}}}",
        "objects: {contacts: {match: email}}",
        "people: {attendees: perhaps}",
        "objekts: {}",
    ],
)
def test_the_schema_refuses_what_the_check_refuses(text: str) -> None:
    assert not jsonschema_rs.is_valid(SCHEMA, yaml.safe_load(text))


def test_the_schema_lets_a_null_take_an_entry_away() -> None:
    text = "objects: {companies: null, contacts: {properties: {city: null}}}"
    jsonschema_rs.validate(SCHEMA, yaml.safe_load(text))


def test_every_entry_of_the_schema_has_a_description() -> None:
    parts = {"(document)": SCHEMA, **SCHEMA["definitions"]}
    silent = [
        f"{name}.{entry}"
        for name, part in parts.items()
        for entry, told in part.get("properties", {}).items()
        if not told.get("description")
    ]
    assert silent == []


def test_the_command_prints_the_schema(project: Project) -> None:
    assert json.loads(project.stagedoor("mapping", "schema").stdout) == SCHEMA
