"""Somebody else's plugin: built, installed, and used with no change of ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support import plugin_packages
from support.messages import CHANGED, customer, lines, record, schema
from support.project import Portal, Project

LOYALTY = """
from stagedoor import Calculator, ObjectType, hookimpl

UNIQUE = {"from": "key", "label": "Stagedoor ID", "unique": True}


def points(rows):
    return sum(int(row["total_amount"] or 0) for row in rows)


@hookimpl
def register_calculators(register):
    register(Calculator(
        name="loyalty_points", object_type="contacts", description="A point per unit spent.",
        rows="SELECT b.person AS key, o.order_id, o.total_amount FROM buyers b "
             "JOIN orders o USING (order_id) WHERE b.person IS NOT NULL",
        function=points,
        property={"label": "Loyalty points", "type": "number", "codec": "integer"},
    ))


@hookimpl
def register_object_types(register):
    register(ObjectType(
        name="courses", description="Events as courses.",
        sql="SELECT 'event:' || event_id AS key, name FROM events",
        mapping={"match_key": "stagedoor_id", "properties": {
            "stagedoor_id": UNIQUE, "hs_course_name": {"from": "name"}}},
        order=50,
    ))
"""

MISSPELT = """
from stagedoor import hookimpl

@hookimpl
def register_calculator(register):
    pass
"""

DUPLICATE = """
from stagedoor import Calculator, hookimpl

@hookimpl
def register_calculators(register):
    register(Calculator(name="total_event_purchases", object_type="contacts",
                        description="Mine.", sql="SELECT 1 AS key, 2 AS value"))
"""

RAISING = """
from stagedoor import Calculator, hookimpl

def fails(rows):
    if rows[0]["first_name"] == "Ana":
        raise ZeroDivisionError("no points for Ana")
    return "fine"

@hookimpl
def register_calculators(register):
    register(Calculator(
        name="mood", object_type="contacts", description="Raises for some.",
        rows="SELECT key, first_name FROM accounts", function=fails,
        property={"label": "Mood"},
    ))
"""

INPUT = lines(
    schema("customers"),
    customer(1, first_name="Ana", created_at=CHANGED),
    customer(2, first_name="Max", created_at=CHANGED),
    schema("orders"),
    record("orders", order_id="1", customer_id="2", status="paid", total_amount=40, currency="EUR",
           order_number="A1", ordered_at=CHANGED),
    record("orders", order_id="2", customer_id="2", status="paid", total_amount=2, currency="EUR",
           order_number="A2", ordered_at=CHANGED),
    schema("events"),
    record("events", event_id="7", name="Gala"),
)  # fmt: skip


def install(name: str, code: str, tmp_path: Path, project: Project) -> None:
    """Build a package of one module, and install it beside ours."""
    source = plugin_packages.package_of_one_module(name, code, tmp_path)
    plugin_packages.add(project, plugin_packages.install(source, tmp_path / "site"))


def objects(portal: Portal, name: str) -> dict[str, dict[str, str]]:
    export: dict[str, Any] = portal.export()
    return {entry["name"]: entry["properties"] for entry in export["objects"][name]}


def test_its_calculator_and_object_type_arrive_in_the_portal(
    tmp_path: Path, project: Project, portal: Portal
) -> None:
    install("stagedoor_loyalty", LOYALTY, tmp_path, project)
    project.target(INPUT)
    contacts = objects(portal, "contacts")
    assert contacts["p2@example.com"]["loyalty_points"] == "42"
    assert "loyalty_points" not in contacts["p1@example.com"]
    assert objects(portal, "courses")["event:7"]["hs_course_name"] == "Gala"


def test_its_calculator_is_called_again_only_where_its_rows_changed(
    tmp_path: Path, project: Project, portal: Portal
) -> None:
    install("stagedoor_loyalty", LOYALTY, tmp_path, project)
    project.target(INPUT)
    more = record("orders", order_id="3", customer_id="1", status="paid", total_amount=5,
                  currency="EUR", order_number="A3", ordered_at=CHANGED)  # fmt: skip
    project.target(lines(schema("orders"), more))
    contacts = objects(portal, "contacts")
    assert contacts["p1@example.com"]["loyalty_points"] == "5"
    assert contacts["p2@example.com"]["loyalty_points"] == "42"


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("misspelt", MISSPELT, ["'misspelt'", "register_calculator", "docs/hooks.md"]),
        ("duplicate", DUPLICATE, ["'builtin' and 'duplicate'", "total_event_purchases"]),
    ],
)
def test_a_broken_plugin_stops_the_run_before_its_first_call(
    name: str, code: str, words: list[str], tmp_path: Path, project: Project, portal: Portal
) -> None:
    install(name, code, tmp_path, project)
    done = project.target(INPUT, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr
    assert portal.stats() == {"read": 0, "write": 0, "provision": 0}


def test_a_raising_calculator_costs_its_own_property_and_nothing_else(
    tmp_path: Path, project: Project, portal: Portal
) -> None:
    install("raising", RAISING, tmp_path, project)
    project.target(INPUT)
    contacts = objects(portal, "contacts")
    assert "mood" not in contacts["p1@example.com"]
    assert contacts["p1@example.com"]["firstname"] == "Ana"
    assert contacts["p2@example.com"]["mood"] == "fine"
    listed = project.stagedoor("dead-letters", "list", "--json").stdout.splitlines()
    (letter,) = [json.loads(line) for line in listed]
    assert letter["code"] == "CALCULATOR_FAILED"
    assert letter["key"] == "customer:1"
    assert "Ana" not in "".join(listed)


def test_a_plugin_may_be_one_file_without_packaging(
    tmp_path: Path, project: Project, portal: Portal
) -> None:
    file = tmp_path / "loyalty.py"
    file.write_text(LOYALTY)
    project.settings["TARGET_HUBSPOT_PLUGINS"] = json.dumps([str(file)])
    project.target(INPUT)
    assert objects(portal, "contacts")["p2@example.com"]["loyalty_points"] == "42"
