"""Lists are made once and kept by differences, by real processes against the portal."""

from __future__ import annotations

import json

import httpx
import pytest

from support.audience import (
    break_once,
    contacts,
    event,
    lists,
    mapped,
    members,
    platform,
    ticket,
    writes,
)
from support.project import Portal, Project

GALA = """
lists:
  gala: {name: Came to the gala, rule: attended_event, with: {event: "1"}}
"""
VIPS = "lists:\n  vips:\n    name: VIPs\n    filters: [{total_event_purchases: {at_least: %d}}]\n"
BOTH_CAME = platform(event("1"), ticket("a", 1), ticket("b", 2))
ONE_CAME = platform(event("1"), ticket("a", 1), ticket("b", 2, status="cancelled"))
OTHERS_CAME = platform(event("1"), ticket("b", 2, status="cancelled"), ticket("c", 3))


def delete(portal: Portal, path: str) -> None:
    headers = {"Authorization": f"Bearer {portal.sandbox.token}"}
    httpx.delete(portal.sandbox.url + path, headers=headers).raise_for_status()


def letters(project: Project) -> list[str]:
    listed = project.stagedoor("dead-letters", "list", "--json").stdout.splitlines()
    return [json.loads(line)["code"] for line in listed]


def test_a_list_is_made_and_a_second_run_writes_nothing(project: Project, portal: Portal) -> None:
    mapped(project, GALA).target(BOTH_CAME)
    assert members(portal, "Came to the gala") == {"p1", "p2"}
    portal.forget_calls()
    project.target(BOTH_CAME)
    assert writes(portal) == 0


def test_who_comes_and_who_goes_is_one_call_with_the_difference(
    project: Project, portal: Portal
) -> None:
    mapped(project, GALA).target(BOTH_CAME)
    portal.forget_calls()
    summary = project.target(OTHERS_CAME).stderr
    assert members(portal, "Came to the gala") == {"p1", "p3"}
    assert "put on 1, taken off 1" in summary
    assert len(lists(portal)) == 1


def test_a_plan_shows_the_list_and_each_member_in_order(project: Project, portal: Portal) -> None:
    project.settings["TARGET_HUBSPOT_PUSH"] = "false"
    mapped(project, GALA).target(BOTH_CAME)
    told = project.stagedoor("plan").stdout.splitlines()
    at = told.index("make list gala: Came to the gala")
    assert told[at + 1 : at + 3] == [
        "put contacts customer:1 on list Came to the gala",
        "put contacts customer:2 on list Came to the gala",
    ]
    assert "list Came to the gala: to make, 2 to put on it, 0 to take off" in told
    totals = json.loads(project.stagedoor("plan", "--json").stdout.splitlines()[-1])["totals"]
    assert totals["lists"] == {"gala": {"steps": ["make"], "add": 2, "remove": 0}}
    assert lists(portal) == {}


def test_a_list_that_somebody_deleted_is_made_again(project: Project, portal: Portal) -> None:
    mapped(project, GALA).target(BOTH_CAME)
    delete(portal, f"/crm/v3/lists/{lists(portal)['Came to the gala']['listId']}")
    project.stagedoor("push")
    assert members(portal, "Came to the gala") == {"p1", "p2"}


def test_who_was_put_on_by_hand_stays(project: Project, portal: Portal) -> None:
    mapped(project, GALA).target(ONE_CAME)
    entry = lists(portal)["Came to the gala"]
    headers = {"Authorization": f"Bearer {portal.sandbox.token}"}
    path = f"{portal.sandbox.url}/crm/v3/lists/{entry['listId']}/memberships/add"
    httpx.put(path, json=[contacts(portal)["p3"]], headers=headers).raise_for_status()
    project.target(BOTH_CAME)
    assert members(portal, "Came to the gala") == {"p1", "p2", "p3"}


def test_a_list_that_a_person_made_is_taken_over_only_when_told(
    project: Project, portal: Portal
) -> None:
    by_hand = {"name": "Came to the gala", "objectTypeId": "0-1", "processingType": "MANUAL"}
    portal.post("/crm/v3/lists", by_hand).raise_for_status()
    mapped(project, GALA).target(BOTH_CAME)
    assert letters(project) == ["LIST_EXISTS"]
    assert members(portal, "Came to the gala") == set()
    mapped(project, GALA.replace("name:", "take_over: true, name:")).stagedoor("push")
    assert members(portal, "Came to the gala") == {"p1", "p2"}
    assert letters(project) == []


@pytest.mark.parametrize("kind", ["reset_after", "truncated"])
def test_a_list_whose_making_was_not_answered_is_ours_and_one(
    kind: str, project: Project, portal: Portal
) -> None:
    break_once(portal, r"POST /crm/lists/[^/]*$", kind)
    mapped(project, GALA).target(BOTH_CAME)
    assert members(portal, "Came to the gala") == {"p1", "p2"}
    assert len(lists(portal)) == 1


def test_a_run_that_dies_after_making_a_list_finds_it_as_its_own(
    project: Project, portal: Portal
) -> None:
    fault = {"route": r"POST /crm/lists/[^/]*$", "kind": "reset_after"}
    no_names = {"route": "object-type-id", "kind": "status", "status": 503, "skip": 1}
    portal.post("/_sandbox/faults", {"faults": [fault, no_names]}).raise_for_status()
    mapped(project, GALA)
    assert project.target(BOTH_CAME, check=False).returncode == 3
    portal.post("/_sandbox/faults", {"faults": []}).raise_for_status()
    project.stagedoor("push")
    assert members(portal, "Came to the gala") == {"p1", "p2"}
    assert letters(project) == []


def test_a_run_that_dies_after_putting_people_on_a_list_takes_off_who_does_not_belong(
    project: Project, portal: Portal
) -> None:
    mapped(project, GALA)
    fault = {"route": "add-and-remove", "kind": "reset_after"}
    down = {"route": "add-and-remove", "kind": "status", "status": 503, "skip": 1}
    portal.post("/_sandbox/faults", {"faults": [fault, down]}).raise_for_status()
    assert project.target(BOTH_CAME, check=False).returncode == 3
    assert members(portal, "Came to the gala") == {"p1", "p2"}
    portal.post("/_sandbox/faults", {"faults": []}).raise_for_status()
    project.target(ONE_CAME)
    assert members(portal, "Came to the gala") == {"p1"}
    portal.forget_calls()
    project.stagedoor("push")
    assert writes(portal) == 0


def test_a_call_that_is_too_large_is_halved(project: Project, portal: Portal) -> None:
    break_once(portal, "add-and-remove", "status", status=413)
    mapped(project, GALA).target(BOTH_CAME)
    assert members(portal, "Came to the gala") == {"p1", "p2"}


def test_a_member_that_hubspot_lost_is_reported_once_and_costs_nobody_else(
    project: Project, portal: Portal
) -> None:
    project.target(platform(event("1"), people=3))
    portal.post(
        "/crm/v3/objects/contacts/batch/archive", {"inputs": [{"id": contacts(portal)["p2"]}]}
    ).raise_for_status()
    own = 'lists:\n  all: {name: All, sql: "SELECT DISTINCT key FROM people"}\n'
    mapped(project, own).stagedoor("push")
    assert members(portal, "All") == {"p1", "p3"}
    assert letters(project) == ["MEMBER_GONE"]
    portal.forget_calls()
    project.stagedoor("push")
    assert writes(portal) == 0


def test_a_dynamic_list_gets_other_filters_and_another_name(
    project: Project, portal: Portal
) -> None:
    mapped(project, VIPS % 1).target(
        platform(event("1"), ticket("a", 1), ticket("b", 1), ticket("c", 2))
    )
    assert members(portal, "VIPs") == {"p1", "p2"}
    mapped(project, (VIPS % 2).replace("VIPs", "Regulars"))
    summary = project.stagedoor("push").stderr
    assert "renamed 1, filtered anew 1" in summary
    assert members(portal, "Regulars") == {"p1"}
    portal.forget_calls()
    project.stagedoor("push")
    assert writes(portal) == 0


def test_the_seeds_segments_hold_whom_they_name(project: Project, portal: Portal) -> None:
    rows = (
        event("1"),
        event("2", name="Premiere"),
        ticket("a", 1, price=300, ticket_type="VIP"),
        ticket("b", 1, "2", price=10),
        ticket("c", 2, price=120),
    )
    mapped(project, "extends: segments\n").target(platform(*rows))
    assert members(portal, "Attended Gala 1 · 2026-03-01") == {"p1", "p2"}
    assert members(portal, "Attended Premiere · 2026-03-01") == {"p1"}
    assert members(portal, "Attended 1 event") == {"p2"}
    assert members(portal, "Attended 2 to 4 events") == {"p1"}
    assert members(portal, "Spent 100 to 250") == {"p2"}
    assert members(portal, "Spent 250 to 500") == {"p1"}
    assert members(portal, "Bought VIP tickets") == {"p1"}
    assert members(portal, "Bought Standard tickets") == {"p1", "p2"}


def test_a_list_for_an_event_that_nobody_attended_any_more_is_emptied(
    project: Project, portal: Portal
) -> None:
    each = "lists:\n  e: {name: 'At {event}', rule: attended_event, for_each: event}\n"
    mapped(project, each).target(platform(event("1"), ticket("a", 1)))
    assert members(portal, "At Gala 1 · 2026-03-01") == {"p1"}
    project.target(platform(event("1"), ticket("a", 1, status="refunded")))
    assert members(portal, "At Gala 1 · 2026-03-01") == set()


def test_lists_are_found_again_after_a_rebuild(project: Project, portal: Portal) -> None:
    project.settings["TAP_PLATFORM_SAMPLE"] = '{"customers": 20, "seed": 3}'
    own = 'lists:\n  all: {name: All, sql: "SELECT DISTINCT key FROM people"}\n'
    mapped(project, own).pipe()
    before = members(portal, "All")
    project.stagedoor("rebuild")
    project.stagedoor("push")
    assert members(portal, "All") == before
    assert "LIST_EXISTS" not in letters(project)


def test_a_token_without_lists_stops_before_the_first_write_of_a_later_run(
    project: Project, portal: Portal
) -> None:
    mapped(project, GALA).target(ONE_CAME)
    scopes = ["crm.objects.contacts.write", "crm.objects.contacts.read"]
    made = portal.post("/_sandbox/tokens", {"scopes": scopes}).json()
    portal.forget_calls()
    project.settings["TARGET_HUBSPOT_ACCESS_TOKEN"] = made["token"]
    done = project.stagedoor("push", check=False)
    assert done.returncode == 2
    assert writes(portal) == 0
