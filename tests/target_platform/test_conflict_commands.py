"""The commands around conflicts, why, and reconcile, on a real portal and by real processes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.both_sides import BothSides
from support.project import make_project, running_portal

MAPPING = """\
# Ours.
extends: nothing
objects:
  contacts:
    match_key: email
    properties:
      email: {from: email, codec: email}
      city: {from: city, inbound: true, owner: manual}  # people know best
      phone: {from: phone, codec: phone}
"""
Told = dict[str, str]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """One story: a conflict opens, is resolved, undone, resolved again, and made the rule."""
    folder: Path = tmp_path_factory.mktemp("conflicts")
    with running_portal(folder / "portal.db") as portal:
        project = make_project(folder / "project", portal.settings)
        sides = BothSides.made(project, portal, MAPPING)
        yield _story(sides)


def _story(sides: BothSides) -> Told:
    found: Told = {}
    sides.add(1, city="Cluj", phone="0720 1")
    sides.outbound()
    sides.change(1, city="Iași")
    hubspot_id = sides.edit(1, city="Arad")
    sides.outbound()
    sides.inbound(hubspot_id)
    run = _runner(sides)
    found["open"] = _state(sides)
    found["list"] = run("conflicts", "list")
    found["show"] = run("conflicts", "show", "1")
    run("conflicts", "resolve", "1", "--use", "hubspot", "--reason", "they called")
    found["resolved"] = _state(sides)
    found["why resolved"] = run("why", "--email", "p1@example.com", "--property", "city")
    decision = re.findall(r"^(\d+) ", run("conflicts", "log"), re.MULTILINE)[0]
    run("conflicts", "undo", decision)
    found["undone"] = _state(sides)
    sides.outbound()
    sides.inbound(hubspot_id)
    found["still undone"] = _state(sides)
    run("conflicts", "resolve", "2", "--use", "platform", "--always")
    sides.outbound()
    found["resolved again"] = _state(sides)
    found["mapping"] = (sides.project.path / "mapping.yml").read_text("utf-8")
    last = re.findall(r"^(\d+) ", run("conflicts", "log"), re.MULTILINE)[0]
    run("conflicts", "undo", last)
    found["pushed and undone"] = _state(sides)
    run("conflicts", "resolve", "3", "--value", "Deva")
    sides.outbound()
    found["another value"] = _state(sides)
    found["why"] = run("why", "--email", "p1@example.com", "--property", "phone")
    found["in step"] = run("reconcile")
    sides.edit(1, phone="0720 9", city="Sibiu")
    found["drift"] = sides.project.stagedoor("reconcile", check=False).stdout
    run("reconcile", "--repair")
    found["repaired"] = f"{sides.row(1)['city']} {sides.held(1)['city']} {sides.held(1)['phone']}"
    found["in step again"] = run("reconcile")
    return found


def _runner(sides: BothSides) -> Callable[..., str]:
    return lambda *words: sides.project.stagedoor(*words).stdout


def _state(sides: BothSides) -> str:
    return f"{sides.row(1)['city']} {sides.held(1)['city']}"


def test_a_manual_conflict_waits_and_writes_nothing(told: Told) -> None:
    assert told["open"] == "Iași Arad"
    assert "contacts customer:1" in told["list"]
    assert "Arad" not in told["list"], "a list has no values"


def test_it_shows_what_was_agreed_and_what_each_side_says(told: Told) -> None:
    assert re.search(r"agreed +Cluj\nplatform +Iași\nHubSpot +Arad\n", told["show"])


def test_a_person_resolves_it_and_the_platform_has_the_value(told: Told) -> None:
    assert told["resolved"] == "Arad Arad"


def test_why_tells_the_decision_and_its_reason(told: Told) -> None:
    assert re.search(
        r'decision +1: "Arad" by person \w+ \(they called\), run', told["why resolved"]
    )
    assert "goes back   to customers.city" in told["why resolved"]


def test_undone_each_side_has_its_own_value_again_and_runs_leave_it(told: Told) -> None:
    assert told["undone"] == told["still undone"] == "Iași Arad"


def test_it_can_be_resolved_again_the_other_way(told: Told) -> None:
    assert told["resolved again"] == "Iași Iași"


def test_always_writes_the_rule_and_keeps_the_comments(told: Told) -> None:
    expected = MAPPING.replace("owner: manual", "owner: platform")
    assert told["mapping"].split() == expected.split()


def test_a_decision_that_hubspot_has_already_is_undone_there_too(told: Told) -> None:
    assert told["pushed and undone"] == "Iași Arad"


def test_both_sides_may_get_another_value(told: Told) -> None:
    assert told["another value"] == "Deva Deva"


def test_why_names_source_rule_run_and_time(told: Told) -> None:
    assert 'platform    "0720 1", from: phone' in told["why"]
    assert re.search(r'agreed +"0720 1", run \S+ \(outbound, 20\S+\)', told["why"])
    assert "rule        owner: platform" in told["why"]


def test_reconcile_finds_nothing_where_both_agree(told: Told) -> None:
    assert "Both sides say the same." in told["in step"]


def test_reconcile_tells_what_has_drifted_with_examples(told: Told) -> None:
    assert "city differs of 1, such as customer:1" in told["drift"]
    assert "phone differs of 1, such as customer:1" in told["drift"]


def test_reconcile_repairs_both_ways(told: Told) -> None:
    """The city goes both ways, and was edited in HubSpot alone; the phone is the platform's."""
    assert told["repaired"] == "Sibiu Sibiu 0720 1"
    assert "Both sides say the same." in told["in step again"]
