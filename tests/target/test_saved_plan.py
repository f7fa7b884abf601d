"""A saved plan is pushed exactly as it was looked at, or not at all."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from support.messages import customer, lines, record, schema, state
from support.project import ROOT, Portal, Project

STREAMS = ("customers", "orders")
ROWS = lines(
    *map(schema, STREAMS),
    *(customer(n, city="Cluj") for n in (1, 2, 3)),
    record("orders", order_id="1", order_number="1", customer_id="1", status="paid"),
    state(),
)
MAPPING = "objects:\n  contacts:\n    when_deleted: archive\n    properties: {{city: {city}}}\n"


@pytest.fixture
def taken_in(project: Project, tmp_path: Path) -> Project:
    """Return a project that has read a platform, and pushed nothing yet."""
    mapping = tmp_path / "mapping.yml"
    mapping.write_text(MAPPING.format(city="{from: city}"), encoding="utf-8")
    project.settings |= {
        "TARGET_HUBSPOT_MAPPING": str(mapping),
        "TARGET_HUBSPOT_PUSH": "false",
        "TARGET_HUBSPOT_PROVISION": "check",
    }
    project.target(ROWS)
    return project


def contacts(portal: Portal) -> dict[str, dict[str, str]]:
    export: dict[str, Any] = portal.export()
    return {entry["name"]: entry["properties"] for entry in export["objects"]["contacts"]}


def test_the_plan_names_everything_in_order_and_fits_its_schema(taken_in: Project) -> None:
    schema_ = json.loads((ROOT / "docs" / "plan.schema.json").read_text("utf-8"))
    told = [json.loads(x) for x in taken_in.stagedoor("plan", "--json").stdout.splitlines()]
    assert [line for line in told if not jsonschema_rs.validator_for(schema_).is_valid(line)] == []
    actions = list(dict.fromkeys(line.get("action") for line in told))
    assert actions == ["make", "create", "associate", None]
    assert {"group", "property"} == {line["kind"] for line in told if line.get("kind")}
    offline = taken_in.stagedoor("plan", "--offline").stdout
    assert "make property" not in offline
    assert "create contacts customer:1" in offline


def test_a_saved_plan_is_carried_out_whole_and_once(taken_in: Project, portal: Portal) -> None:
    shown = taken_in.stagedoor("plan", "--save", "next.plan").stdout
    file = taken_in.path / "next.plan"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "make property deals.stagedoor_id (string, unique, in group stagedoor)" in shown
    portal.forget_calls()
    taken_in.stagedoor("push", "next.plan")
    assert set(contacts(portal)) == {f"p{n}@example.com" for n in (1, 2, 3)}
    announced = json.loads(file.read_text("utf-8").splitlines()[-1])["totals"]["calls"]
    assert portal.stats()["write"] == announced
    assert taken_in.stagedoor("plan").stdout.endswith("nothing to do\n")
    portal.forget_calls()
    again = taken_in.stagedoor("push", "next.plan", check=False)
    assert again.returncode == 7
    assert "changes to: ledger" in again.stderr
    assert portal.stats()["write"] == 0


def test_removals_are_part_of_the_plan(taken_in: Project, portal: Portal) -> None:
    taken_in.stagedoor("plan", "--save", "first.plan")
    taken_in.stagedoor("push", "first.plan")
    gone = lines(schema("customers"), customer(2, is_deleted=True), state())
    taken_in.target(gone)
    shown = taken_in.stagedoor("plan", "--save", "next.plan").stdout
    assert "archive contacts customer:2: the platform deleted it" in shown
    assert "contacts: 1 to archive" in shown
    taken_in.stagedoor("push", "next.plan")
    assert set(contacts(portal)) == {"p1@example.com", "p3@example.com"}


def change_a_row(project: Project) -> None:
    project.target(lines(schema("customers"), customer(3, city="Iași"), state()))


def change_the_mapping(project: Project) -> None:
    path = Path(project.settings["TARGET_HUBSPOT_MAPPING"])
    path.write_text(MAPPING.format(city="{from: city, 'null': ignore}"), encoding="utf-8")


def change_the_plugins(project: Project) -> None:
    plugin = project.path / "more.py"
    plugin.write_text(
        "from stagedoor import Calculator, hookimpl\n\n\n@hookimpl\n"
        "def register_calculators(register):\n"
        '    register(Calculator(name="x", object_type="contacts", description="X.",\n'
        '                        sql="SELECT key, 1 AS value FROM people"))\n'
    )
    project.settings["TARGET_HUBSPOT_PLUGINS"] = json.dumps([str(plugin)])


def change_the_ledger(project: Project) -> None:
    project.settings["TARGET_HUBSPOT_PROVISION"] = "apply"
    project.settings["TARGET_HUBSPOT_PUSH"] = "true"
    project.stagedoor("push")


def change_hubspot(project: Project) -> None:
    project.stagedoor("provision", "apply")


def change_the_file(project: Project) -> None:
    file = project.path / "next.plan"
    file.write_text(file.read_text("utf-8").replace("Cluj", "Iași"), encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (change_a_row, "changes to: platform stream customers."),
        (change_the_mapping, "changes to: mapping."),
        (change_the_plugins, "changes to: plugins."),
        (change_the_ledger, "changes to: ledger, what is known of the portal."),
        (change_hubspot, "HubSpot changed since the plan was saved: its properties"),
        (change_the_file, "was changed after it was saved"),
    ],
)
def test_a_plan_is_refused_after_a_change_and_says_what_moved(
    change: Any, words: str, taken_in: Project, portal: Portal
) -> None:
    taken_in.stagedoor("plan", "--save", "next.plan")
    change(taken_in)
    before = portal.export()
    done = taken_in.stagedoor("push", "next.plan", check=False)
    assert done.returncode == 7
    assert words in done.stderr
    assert portal.export() == before


def test_a_plan_for_another_account_is_refused(
    taken_in: Project, portal: Portal, tmp_path: Path
) -> None:
    taken_in.stagedoor("plan", "--save", "next.plan")
    file = taken_in.path / "next.plan"
    first, *rest = file.read_text("utf-8").splitlines()
    header = json.loads(first)
    header["digests"]["HubSpot account"] = "1"
    file.write_text("\n".join([json.dumps(header), *rest]) + "\n", encoding="utf-8")
    done = taken_in.stagedoor("push", "next.plan", check=False)
    assert done.returncode == 7
    assert "changes to: HubSpot account" in done.stderr


def test_limits_hold_for_saved_plans_too(taken_in: Project, portal: Portal) -> None:
    taken_in.stagedoor("plan", "--save", "first.plan")
    taken_in.stagedoor("push", "first.plan")
    change_a_row(taken_in)
    taken_in.settings["TARGET_HUBSPOT_MAX_CHANGES"] = "0"
    taken_in.stagedoor("plan", "--save", "next.plan")
    done = taken_in.stagedoor("push", "next.plan", check=False)
    assert done.returncode == 5
    taken_in.stagedoor("push", "--yes", "next.plan")
    assert contacts(portal)["p3@example.com"]["city"] == "Iași"


@pytest.mark.parametrize("content", ["", "{}", "no json", '{"stagedoor_plan": 9}'])
def test_what_is_no_plan_is_refused_in_one_sentence(content: str, taken_in: Project) -> None:
    (taken_in.path / "next.plan").write_text(content)
    done = taken_in.stagedoor("push", "next.plan", check=False)
    assert done.returncode == 2
    assert "cannot be read as a saved plan" in done.stderr
    assert "Traceback" not in done.stderr
