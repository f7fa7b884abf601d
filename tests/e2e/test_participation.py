"""Events become marketing events, and who takes part is told once, by real processes."""

from __future__ import annotations

import json
import signal
import subprocess
from contextlib import suppress

from support.audience import (
    FUTURE,
    break_once,
    contacts,
    event,
    mapped,
    marketing_events,
    participation,
    platform,
    ticket,
    writes,
)
from support.messages import customer
from support.project import Portal, Project

EVENTS = "extends: marketing_events\n"
SCANNED = {"checked_in_at": "2026-03-01T18:45:00+00:00"}
THREE = platform(
    event("1"), ticket("a", 1, **SCANNED), ticket("b", 2), ticket("c", 3, status="refunded")
)
WHAT_THREE_DID = [
    ("p1", "ATTENDED"),
    ("p1", "REGISTERED"),
    ("p2", "REGISTERED"),
    ("p3", "CANCELLED"),
    ("p3", "REGISTERED"),
]


def test_an_event_has_its_fields_and_properties_of_its_own(
    project: Project, portal: Portal
) -> None:
    gone = event("2", status="cancelled")
    coming = event("3", starts_at=FUTURE, ends_at=FUTURE)
    mapped(project, EVENTS).target(platform(event("1"), gone, coming))
    told = marketing_events(portal)
    assert {n: (e["eventCancelled"], e["eventCompleted"]) for n, e in told.items()} == {
        "1": (False, True),
        "2": (True, False),
        "3": (False, False),
    }
    assert told["1"]["startDateTime"] == "2026-03-01T19:00:00.000Z"
    assert {"name": "event_venue", "value": "Ateneu"} in told["1"]["customProperties"]


def test_an_event_is_changed_and_completed_by_its_id(project: Project, portal: Portal) -> None:
    coming = {"starts_at": FUTURE, "ends_at": FUTURE}
    mapped(project, EVENTS).target(platform(event("1", **coming), event("2", **coming)))
    before = marketing_events(portal)
    project.target(platform(event("1", name="Grand gala"), event("2", venue="Opera")))
    after = marketing_events(portal)
    assert {n: e["objectId"] for n, e in after.items()} == {
        n: e["objectId"] for n, e in before.items()
    }
    assert after["1"]["eventName"] == "Grand gala"
    assert after["1"]["eventCompleted"]
    assert {"name": "event_venue", "value": "Opera"} in after["2"]["customProperties"]


def test_everybody_is_told_of_once(project: Project, portal: Portal) -> None:
    mapped(project, EVENTS).target(THREE)
    assert sorted(participation(portal)) == WHAT_THREE_DID
    counts = marketing_events(portal)["1"]
    assert (counts["registrants"], counts["attendees"], counts["cancellations"]) == (1, 1, 1)
    portal.forget_calls()
    project.target(THREE)
    assert writes(portal) == 0


def test_a_lost_answer_tells_nobody_twice(project: Project, portal: Portal) -> None:
    break_once(portal, "attendance")
    mapped(project, EVENTS).target(THREE)
    assert sorted(participation(portal)) == WHAT_THREE_DID


def test_a_run_that_ends_between_answer_and_ledger_tells_nobody_twice(
    project: Project, portal: Portal
) -> None:
    portal.post("/_sandbox/faults", {"faults": [{"route": "attendance", "kind": "reset_after"}]})
    mapped(project, EVENTS)
    assert project.target(THREE, check=False).returncode == 3
    portal.post("/_sandbox/faults", {"faults": []}).raise_for_status()
    project.stagedoor("push")
    assert sorted(participation(portal)) == WHAT_THREE_DID


def test_a_run_killed_while_telling_is_made_good_by_the_next(
    project: Project, portal: Portal
) -> None:
    slow = {"route": "attendance", "kind": "slow", "seconds": 60}
    portal.post("/_sandbox/faults", {"faults": [slow]}).raise_for_status()
    messages = mapped(project, EVENTS).path / "messages.singer"
    messages.write_text(THREE, encoding="utf-8")
    with messages.open() as source:
        process = project.start(
            "target-hubspot", "--config", "ENV", stdin=source, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
    while not (marketing_events(portal) and participation(portal)) and process.poll() is None:
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert participation(portal), "the run was to be killed while it told"
    portal.post("/_sandbox/faults", {"faults": []}).raise_for_status()
    project.stagedoor("push")
    assert sorted(participation(portal)) == WHAT_THREE_DID


def test_who_cancels_and_buys_again_is_registered_again(project: Project, portal: Portal) -> None:
    mapped(project, EVENTS).target(platform(event("1"), ticket("a", 1)))
    off = {"status": "cancelled", "updated_at": "2026-02-01T10:00:00+00:00"}
    project.target(platform(event("1"), ticket("a", 1, **off)))
    project.target(platform(ticket("b", 1, paid_at="2026-02-10T10:00:00+00:00")))
    states = [state for _, state in participation(portal)]
    assert states == ["REGISTERED", "CANCELLED", "REGISTERED"]
    assert marketing_events(portal)["1"]["registrants"] == 1


def test_who_gives_the_last_ticket_away_has_cancelled_once(
    project: Project, portal: Portal
) -> None:
    mapped(project, EVENTS).target(platform(event("1"), ticket("a", 1), ticket("b", 1)))
    project.target(platform(event("1"), ticket("b", 1, attendee_customer_id="2")))
    assert sorted(participation(portal)) == [("p1", "REGISTERED"), ("p2", "REGISTERED")]
    project.target(platform(event("1"), ticket("a", 1, attendee_customer_id="2")))
    portal.forget_calls()
    project.stagedoor("push")
    assert writes(portal) == 0
    assert [did for who, did in participation(portal) if who == "p1"] == ["REGISTERED", "CANCELLED"]


def test_who_left_the_platform_has_not_cancelled(project: Project, portal: Portal) -> None:
    mapped(project, EVENTS).target(platform(event("1"), ticket("a", 1), people=1))
    gone = customer(1, is_deleted=True)
    project.target(platform(event("1"), ticket("b", 2), gone, people=0))
    assert ("p1", "REGISTERED") in participation(portal)
    assert ("p1", "CANCELLED") not in participation(portal)


def test_a_check_in_that_is_undone_stays_in_hubspot(project: Project, portal: Portal) -> None:
    mapped(project, EVENTS).target(platform(event("1"), ticket("a", 1, **SCANNED)))
    portal.forget_calls()
    project.target(platform(event("1"), ticket("a", 1, checked_in_at=None)))
    assert writes(portal) == 0
    assert marketing_events(portal)["1"]["attendees"] == 1


def test_who_came_and_was_paid_back_later_has_attended(project: Project, portal: Portal) -> None:
    back = {**SCANNED, "status": "refunded", "order_status": "refunded"}
    mapped(project, EVENTS).target(platform(event("1"), ticket("a", 1, **back)))
    assert participation(portal) == [("p1", "REGISTERED"), ("p1", "ATTENDED")]


def test_an_event_that_hubspot_lost_is_made_again_with_its_people(
    project: Project, portal: Portal
) -> None:
    mapped(project, EVENTS).target(platform(event("1"), ticket("a", 1)))
    lost = {"inputs": [{"objectId": marketing_events(portal)["1"]["objectId"]}]}
    portal.post("/marketing/v3/marketing-events/batch/archive", lost).raise_for_status()
    project.target(platform(event("1"), ticket("a", 1), ticket("b", 2)))
    assert sorted(participation(portal)) == [("p1", "REGISTERED"), ("p2", "REGISTERED")]


def test_a_contact_that_hubspot_lost_makes_one_letter_and_costs_nobody_else(
    project: Project, portal: Portal
) -> None:
    project.target(THREE)
    lost = {"inputs": [{"id": contacts(portal)["p2"]}]}
    portal.post("/crm/v3/objects/contacts/batch/archive", lost).raise_for_status()
    mapped(project, EVENTS).stagedoor("push")
    assert sorted(participation(portal)) == [w for w in WHAT_THREE_DID if w[0] != "p2"]
    (letter,) = project.stagedoor("dead-letters", "list", "--json").stdout.splitlines()
    assert json.loads(letter)["stage"] == "participation"
    portal.forget_calls()
    project.stagedoor("push")
    assert writes(portal) == 0


def test_a_plan_shows_participation_before_lists(project: Project, portal: Portal) -> None:
    project.settings["TARGET_HUBSPOT_PUSH"] = "false"
    own = EVENTS + 'lists:\n  all: {name: All, sql: "SELECT DISTINCT key FROM people"}\n'
    mapped(project, own).target(THREE)
    told = [json.loads(x) for x in project.stagedoor("plan", "--json").stdout.splitlines()]
    actions = [entry["action"] for entry in told if "action" in entry]
    did = ["register", "attend", "cancel"]
    order = ["make", "create", "associate", *did, "make_list", "put_on_list"]
    assert list(dict.fromkeys(actions)) == order
    assert told[-1]["totals"]["participation"] == {"register": 3, "attend": 1, "cancel": 1}


def test_the_shipped_mapping_has_none_of_it(project: Project, portal: Portal) -> None:
    project.target(THREE)
    assert marketing_events(portal) == {}
