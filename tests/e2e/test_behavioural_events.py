"""Behavioural events are defined, and told once, by real processes against the portal."""

from __future__ import annotations

import json

from support.audience import (
    break_once,
    contacts,
    event,
    mapped,
    occurrences,
    platform,
    ticket,
    writes,
)
from support.project import Portal, Project

BOUGHT = "extends: ticket_purchased\n"
TWO = platform(event("1"), ticket("a", 1, price=25), ticket("b", 2, ticket_type="VIP"))


def test_each_ticket_is_told_once(project: Project, portal: Portal) -> None:
    mapped(project, BOUGHT).target(TWO)
    told = occurrences(portal)
    assert {one["objectId"] for one in told} == {
        contacts(portal)["p1"],
        contacts(portal)["p2"],
    }
    first = next(one for one in told if one["objectId"] == contacts(portal)["p1"])
    assert first["properties"]["ticket_price"] == "25"
    assert first["occurredAt"] == "2026-01-01T10:05:00.000Z"
    portal.forget_calls()
    project.target(TWO)
    assert writes(portal) == 0


def test_a_lost_answer_tells_nothing_twice(project: Project, portal: Portal) -> None:
    break_once(portal, "send/batch")
    mapped(project, BOUGHT).target(TWO)
    assert len(occurrences(portal)) == 2


def test_a_run_that_ends_between_answer_and_ledger_tells_nothing_twice(
    project: Project, portal: Portal
) -> None:
    fault = {"route": "send/batch", "kind": "reset_after"}
    portal.post("/_sandbox/faults", {"faults": [fault]}).raise_for_status()
    mapped(project, BOUGHT)
    assert project.target(TWO, check=False).returncode == 3
    portal.post("/_sandbox/faults", {"faults": []}).raise_for_status()
    project.stagedoor("push")
    assert len(occurrences(portal)) == 2


def test_what_happened_before_a_day_can_be_left_out(project: Project, portal: Portal) -> None:
    mapped(project, BOUGHT + "events:\n  ticket_purchased: {since: 2026-02-01}\n")
    late = ticket("c", 3, paid_at="2026-02-02T10:00:00+00:00")
    project.target(platform(event("1"), ticket("a", 1), late))
    assert [one["objectId"] for one in occurrences(portal)] == [contacts(portal)["p3"]]


def test_an_account_without_the_feature_costs_only_the_events(
    project: Project, portal: Portal
) -> None:
    missing = {"route": "event-definitions", "kind": "status", "status": 403}
    portal.post("/_sandbox/faults", {"faults": [missing]}).raise_for_status()
    both = BOUGHT + 'lists:\n  all: {name: All, sql: "SELECT DISTINCT key FROM people"}\n'
    done = mapped(project, both).target(TWO)
    assert "Marketing Hub Enterprise" in done.stderr
    assert "lists         made 1, put on 3" in done.stderr
    (letter,) = project.stagedoor("dead-letters", "list", "--json").stdout.splitlines()
    assert json.loads(letter)["code"] == "EVENTS_UNAVAILABLE"
    portal.post("/_sandbox/faults", {"faults": []}).raise_for_status()
    project.stagedoor("push")
    assert len(occurrences(portal)) == 2
    assert project.stagedoor("dead-letters", "list", "--json").stdout == ""


def test_an_event_is_defined_by_provision_where_runs_may_not(
    project: Project, portal: Portal
) -> None:
    project.target(TWO)
    project.settings["TARGET_HUBSPOT_PROVISION"] = "check"
    mapped(project, BOUGHT)
    assert "stagedoor provision apply" in project.stagedoor("push").stderr
    assert occurrences(portal) == []
    assert "ticket_purchased" in project.stagedoor("provision", "plan").stdout
    project.stagedoor("provision", "apply")
    project.stagedoor("push")
    assert len(occurrences(portal)) == 2


def test_doctor_names_the_scopes_that_the_mapping_needs(project: Project, portal: Portal) -> None:
    told = mapped(project, "extends: [segments, ticket_purchased]\n").stagedoor("doctor").stdout
    assert "crm.lists.write" in told
    assert "analytics.behavioral_events.send" in told
