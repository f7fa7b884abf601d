"""The main job, by Meltano, from nothing to a filled portal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from support.oracle import Expected, read_sample
from support.project import Portal, Project, make_project, running_portal

PLAIN = {
    ("contacts", "companies"): 279,
    ("deals", "contacts"): 3,
    ("deals", "companies"): 341,
    ("tickets", "contacts"): 16,
    ("tickets", "companies"): 339,
    ("tickets", "deals"): 28,
    ("companies", "companies"): 13,
}


@dataclass
class Filled:
    """A portal after the first run on the default sample."""

    portal: Portal
    project: Project
    export: dict[str, Any]
    expected: Expected
    first_calls: dict[str, int]
    output: str

    def objects(self, name: str) -> dict[str, dict[str, str]]:
        """Return the records of a type, by name."""
        return {entry["name"]: entry["properties"] for entry in self.export["objects"][name]}

    def pairs(self, ends: tuple[str, str]) -> set[tuple[str, str]]:
        """Return the associations of one kind."""
        return {
            (one, other)
            for from_type, one, to_type, other, number in self.export["associations"]
            if (from_type, to_type) == ends and number == PLAIN[ends]
        }


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """Run the main job once on the default sample."""
    folder: Path = tmp_path_factory.mktemp("main_job")
    with running_portal(folder / "portal.db") as portal:
        project = make_project(folder / "project", portal.settings)
        done = project.main_job()
        calls = portal.stats()
        export: dict[str, Any] = portal.export()
        now = datetime.now(UTC).replace(tzinfo=None)
        expected = read_sample(project.sample, now)
        yield Filled(portal, project, export, expected, calls, done.stdout + done.stderr)


def sendable(addresses: set[str], filled: Filled) -> set[str]:
    """Leave out the addresses that became dead letters: they are none."""
    listed = filled.project.stagedoor("dead-letters", "list", "--json").stdout
    refused = {json.loads(line)["key"] for line in listed.splitlines()}
    bad = {a for a in addresses if not a.rpartition("@")[2].endswith((".com", ".org", ".net"))}
    assert len(bad) >= 3, "the sample must hold addresses that cannot be sent"
    assert len(refused) == len(bad)
    return addresses - bad


def test_there_is_one_contact_for_each_address_that_is_one(filled: Filled) -> None:
    assert set(filled.objects("contacts")) == sendable(filled.expected.contacts, filled)


@pytest.mark.parametrize("name", ["companies", "deals", "tickets"])
def test_there_is_one_record_for_each_row_that_is_not_deleted(filled: Filled, name: str) -> None:
    assert set(filled.objects(name)) == getattr(filled.expected, name)


@pytest.mark.parametrize("ends", PLAIN, ids="-".join)
def test_associations_are_those_of_the_platform(filled: Filled, ends: tuple[str, str]) -> None:
    unsendable = filled.expected.contacts - set(filled.objects("contacts"))
    wanted = {p for p in filled.expected.pairs[ends] if not unsendable.intersection(p)}
    assert len(wanted) >= 30, "the sample must hold such pairs"
    assert filled.pairs(ends) == wanted


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("total_event_purchases", "purchases"),
        ("last_event_attended", "last_event"),
        ("preferred_event_category", "favourite"),
    ],
)
def test_calculated_properties_of_every_contact_are_right(
    filled: Filled, name: str, source: str
) -> None:
    wanted = getattr(filled.expected, source)
    held = {a: p[name] for a, p in filled.objects("contacts").items() if name in p}
    contacts = filled.objects("contacts")
    assert held == {address: value for address, value in wanted.items() if address in contacts}


def test_households_are_one_contact_with_the_oldest_accounts_number(filled: Filled) -> None:
    contacts = filled.objects("contacts")
    numbers = [p["platform_customer_id"] for p in contacts.values() if "platform_customer_id" in p]
    assert len(numbers) == len(set(numbers))
    guests = [a for a, p in contacts.items() if "platform_customer_id" not in p]
    assert len(guests) > 100


def test_the_first_run_makes_hardly_more_calls_than_it_must(filled: Filled) -> None:
    made = filled.first_calls
    objects = sum(
        -(-len(filled.objects(n)) // 100) for n in ("contacts", "companies", "deals", "tickets")
    )
    pairs = sum(-(-len(filled.pairs(ends)) // 2_000) for ends in PLAIN)
    assert made["write"] + made["provision"] <= 1.1 * (objects + pairs)
    assert made["read"] <= 15


def test_the_summary_tells_counts_calls_and_where_to_look(filled: Filled) -> None:
    assert "contacts" in filled.output
    assert f"{len(filled.objects('deals')):,}" in filled.output
    assert "associations  made:" in filled.output
    assert "calls" in filled.output


def test_a_second_run_writes_nothing(filled: Filled) -> None:
    filled.portal.forget_calls()
    filled.project.main_job()
    made = filled.portal.stats()
    assert (made["write"], made["provision"]) == (0, 0)
    assert made["read"] <= 15
    assert filled.portal.export() == filled.export


def test_after_a_touch_only_what_changed_is_sent(filled: Filled) -> None:
    filled.project.stagedoor("sample", "touch", "--customers", "7")
    filled.portal.forget_calls()
    filled.project.main_job()
    made = filled.portal.stats()
    assert 2 <= made["write"] <= 12
    assert made["read"] <= 15
    after: dict[str, Any] = filled.portal.export()
    before = filled.objects("contacts")
    changed = [e for e in after["objects"]["contacts"] if before.get(e["name"]) != e["properties"]]
    assert 1 <= len(changed) <= 60
    now = datetime.now(UTC).replace(tzinfo=None)
    expected = read_sample(filled.project.sample, now)
    held = {e["name"]: e["properties"] for e in after["objects"]["contacts"]}
    assert expected.contacts - set(held) == filled.expected.contacts - set(before)
    assert {e["name"] for e in after["objects"]["deals"]} == expected.deals
