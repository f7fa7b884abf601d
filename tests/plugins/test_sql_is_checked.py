"""A run with SQL that cannot work stops before it writes anything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.messages import customer, lines, schema
from support.project import Portal, Project

CALCULATOR = """
from stagedoor import Calculator, hookimpl

@hookimpl
def register_calculators(register):
    register(Calculator(name="points", object_type="contacts", description="Points.",
                        sql="{sql}", property={{"label": "Points"}}))
"""
MISSPELT = "SELECT key, citty AS value FROM accounts"
OF_CARDS = "SELECT 'customer:' || holder AS key, points AS value FROM loyalty_cards"
TWICE = "SELECT key, 1 AS value FROM accounts UNION ALL SELECT key, 2 FROM accounts"

CARDS = json.dumps(
    {
        "type": "SCHEMA",
        "stream": "loyalty_cards",
        "schema": {"properties": {"holder": {"type": "string"}, "points": {"type": "integer"}}},
        "key_properties": ["holder"],
    }
)
CARD = json.dumps(
    {"type": "RECORD", "stream": "loyalty_cards", "record": {"holder": "1", "points": 7}}
)
PEOPLE = lines(schema("customers"), customer(1), customer(2))


@pytest.fixture
def plugin(tmp_path: Path, project: Project) -> Path:
    path = tmp_path / "loyalty.py"
    project.settings["TARGET_HUBSPOT_PLUGINS"] = json.dumps([str(path)])
    return path


def test_a_misspelt_column_stops_the_run_before_its_first_write(
    plugin: Path, project: Project, portal: Portal
) -> None:
    plugin.write_text(CALCULATOR.format(sql=MISSPELT))
    done = project.target(PEOPLE, check=False)
    assert done.returncode == 2
    assert (
        "loyalty.py': the SQL of calculator contacts.points names a column 'citty'" in done.stderr
    )
    assert "accounts has: customer_id" in done.stderr
    assert "Traceback" not in done.stderr
    assert portal.stats() == {"read": 0, "write": 0, "provision": 0}


@pytest.mark.parametrize("command", ["plan", "push"])
def test_commands_without_input_stop_at_once(
    command: str, plugin: Path, project: Project, portal: Portal
) -> None:
    plugin.write_text(CALCULATOR.format(sql=OF_CARDS))
    done = project.stagedoor(command, check=False)
    assert done.returncode == 2
    assert "names a table 'loyalty_cards'" in done.stderr
    assert portal.stats()["write"] == 0


def test_doctor_says_what_is_wrong(plugin: Path, project: Project) -> None:
    plugin.write_text(CALCULATOR.format(sql=MISSPELT))
    done = project.stagedoor("doctor", check=False)
    assert done.returncode == 1
    assert "WRONG sql " in done.stdout
    assert "'citty'" in done.stdout
    plugin.write_text(CALCULATOR.format(sql=MISSPELT.replace("citty", "city")))
    assert "ok    sql " in project.stagedoor("doctor").stdout


def test_a_stream_that_the_input_brings_is_known_by_its_end(
    plugin: Path, project: Project, portal: Portal
) -> None:
    plugin.write_text(CALCULATOR.format(sql=OF_CARDS))
    told = project.target(PEOPLE + lines(CARDS, CARD)).stderr
    assert "Unless the tap brings it, the run stops before its first write" in told
    export = json.dumps(portal.export())
    assert '"points": "7"' in export
    assert "fits the streams" in project.stagedoor("doctor").stdout


def test_a_calculator_that_gives_a_key_twice_stops_the_run(
    plugin: Path, project: Project, portal: Portal
) -> None:
    plugin.write_text(CALCULATOR.format(sql=TWICE))
    done = project.target(PEOPLE, check=False)
    assert done.returncode == 2
    assert "contacts.points gives several values each for 2 keys" in done.stderr
    assert portal.stats()["write"] == 0
