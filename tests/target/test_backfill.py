"""After an edit of the mapping exactly what differs is sent, and the plan says why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.messages import customer, lines, schema, state
from support.project import Portal, Project

PEOPLE = 450
CITIES = {n: "Cluj" if n % 2 else None for n in range(PEOPLE)}
NOTE = "objects: {contacts: {properties: {loyalty_note: {from: city, label: Loyalty note%s}}}}"
CALCULATOR = """
from stagedoor import Calculator, hookimpl

@hookimpl
def register_calculators(register):
    register(Calculator(
        name="mood", object_type="contacts", description="How they are.",
        sql="SELECT key, '{mood}' AS value FROM accounts WHERE city IS NOT NULL",
        version={version}, property={{"label": "Mood"}},
    ))
"""


@pytest.fixture
def filled(project: Project, tmp_path: Path) -> Project:
    """A portal with 450 contacts, half of them with a city."""
    people = [customer(n, city=city) for n, city in CITIES.items()]
    project.target(lines(schema("customers"), *people, state()))
    return project


def map_by(project: Project, path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    project.settings["TARGET_HUBSPOT_MAPPING"] = str(path)


def calls(portal: Portal) -> dict[str, int]:
    made: Any = portal.get("/_sandbox/stats")["calls"]
    return {name: number for name, number in made.items() if "batch/up" in name}


def test_after_an_edit_exactly_the_objects_that_differ_are_sent_in_batches_of_100(
    filled: Project, portal: Portal, tmp_path: Path
) -> None:
    map_by(filled, tmp_path / "mapping.yml", NOTE % "")
    told = filled.stagedoor("plan").stdout
    assert "contacts: 0 to create, 225 to update, 225 unchanged" in told
    assert "why: mapping of contacts changed: +loyalty_note\n" in told
    assert "loyalty_note of 225: mapping changed: new" in told
    portal.forget_calls()
    filled.stagedoor("push")
    assert list(calls(portal).values()) == [3]
    export: dict[str, Any] = portal.export()
    noted = [c for c in export["objects"]["contacts"] if c["properties"].get("loyalty_note")]
    assert len(noted) == 225
    portal.forget_calls()
    filled.stagedoor("push")
    assert portal.stats()["write"] == 0


def test_an_edit_that_changes_no_value_sends_nothing(
    filled: Project, portal: Portal, tmp_path: Path
) -> None:
    map_by(filled, tmp_path / "mapping.yml", NOTE % "")
    filled.stagedoor("push")
    map_by(filled, tmp_path / "mapping.yml", NOTE % ", values: {Cluj: Cluj}")
    portal.forget_calls()
    filled.stagedoor("push")
    assert portal.stats()["write"] == 0


def test_the_plan_tells_the_edit_from_rows_that_changed(filled: Project, tmp_path: Path) -> None:
    map_by(filled, tmp_path / "mapping.yml", NOTE % "")
    filled.stagedoor("push")
    map_by(filled, tmp_path / "mapping.yml", NOTE % ", values: {Cluj: C, Arad: A}")
    filled.settings["TARGET_HUBSPOT_PUSH"] = "false"
    filled.target(lines(schema("customers"), customer(0, city="Arad", phone="1"), state()))
    last = filled.stagedoor("plan", "--json").stdout.splitlines()[-1]
    reasons = json.loads(last)["totals"]["reasons"]["contacts"]
    assert reasons["why"] == [
        "mapping of contacts changed: loyalty_note values",
        "platform rows changed",
    ]
    assert reasons["properties"] == {
        "loyalty_note": {"objects": 226, "why": "mapping changed: values"},
        "city": {"objects": 1, "why": "platform rows changed"},
        "phone": {"objects": 1, "why": "platform rows changed"},
    }


def test_a_new_version_of_a_calculator_is_told(filled: Project, tmp_path: Path) -> None:
    plugin = tmp_path / "mood.py"
    filled.settings["TARGET_HUBSPOT_PLUGINS"] = json.dumps([str(plugin)])
    plugin.write_text(CALCULATOR.format(mood="good", version=1))
    filled.stagedoor("push")
    plugin.write_text(CALCULATOR.format(mood="better", version=2))
    told = filled.stagedoor("plan").stdout
    assert "why: calculator mood version 2\n" in told
    assert "mood of 225: calculator mood version 2" in told


@pytest.mark.parametrize(("limit", "code"), [("20%", 5), ("224", 5), ("50%", 0), ("225", 0)])
def test_more_than_the_allowed_number_or_share_stops_with_the_plan(
    filled: Project, portal: Portal, tmp_path: Path, limit: str, code: int
) -> None:
    map_by(filled, tmp_path / "mapping.yml", NOTE % "")
    filled.settings["TARGET_HUBSPOT_MAX_CHANGES"] = limit
    portal.forget_calls()
    done = filled.stagedoor("push", check=False)
    assert done.returncode == code
    if code:
        assert "225 of 450 existing objects" in done.stderr
        assert "why: mapping of contacts changed: +loyalty_note" in done.stderr
        assert portal.stats()["write"] == 0
        filled.stagedoor("push", "--yes")
    assert list(calls(portal).values()) == [3]
