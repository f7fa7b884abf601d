"""`max_changes` limits what a run changes of that which is there, kind by kind."""

from __future__ import annotations

import pytest

from support.audience import event, mapped, members, platform, ticket
from support.messages import lines, record, schema, state
from support.project import Portal, Project

GALA = 'lists: {gala: {name: Gala, rule: attended_event, with: {event: "1"}}}\n'
THREE = platform(event("1"), *(ticket(str(n), n) for n in (1, 2, 3)))
TWO_LEFT = lines(
    schema("order_tickets"),
    *(
        record(
            "order_tickets", order_ticket_id=n, order_id=f"o{n}", event_id="1", status="refunded"
        )
        for n in ("2", "3")
    ),
    state(),
)


@pytest.fixture
def filled(project: Project) -> Project:
    """Three people on a list, each the buyer of an order; what they read is not sent."""
    mapped(project, GALA + OBJECTS).target(THREE)
    return project


OBJECTS = """
extends: nothing
objects:
  contacts:
    match_key: email
    properties: {email: {from: email, codec: email}}
  deals:
    match_key: stagedoor_id
    properties:
      stagedoor_id: {from: key, label: Stagedoor ID, unique: true}
      dealname: {from: order_number}
      pipeline: {constant: default}
      dealstage: {constant: closedwon}"""


def limited(project: Project, limit: str, rows: str) -> tuple[int, str]:
    project.settings["TARGET_HUBSPOT_MAX_CHANGES"] = limit
    done = project.target(rows, check=False)
    return done.returncode, done.stderr


def test_members_who_leave_a_list_count(filled: Project, portal: Portal) -> None:
    portal.forget_calls()
    code, told = limited(filled, "50%", TWO_LEFT)
    assert code == 5
    assert "changes 2 of 3 memberships of lists that have members" in told
    assert "existing objects" not in told
    assert portal.stats()["write"] == 0
    assert members(portal, "Gala") == {"p1", "p2", "p3"}
    filled.stagedoor("push", "--yes")
    assert members(portal, "Gala") == {"p1"}


def test_as_many_as_allowed_go_and_a_new_list_never_counts(filled: Project, portal: Portal) -> None:
    assert limited(filled, "2", TWO_LEFT)[0] == 0
    assert members(portal, "Gala") == {"p1"}
    filled.settings["TARGET_HUBSPOT_MAX_CHANGES"] = "0"
    more = "lists: {all: {name: All, sql: SELECT key FROM people}}\n" + OBJECTS
    mapped(filled, more).stagedoor("push")
    assert members(portal, "All") == {"p1", "p2", "p3"}


def test_associations_that_are_taken_away_count_and_new_ones_do_not(
    filled: Project, portal: Portal
) -> None:
    others = [record("orders", order_id=f"o{n}", order_number=f"N{n}", customer_id="1",
                     status="paid") for n in (2, 3)]  # fmt: skip
    rows = lines(schema("orders"), *others, state())
    portal.forget_calls()
    code, told = limited(filled, "1", rows)
    assert code == 5
    assert "takes away 2 of 3 associations and labels that Stagedoor made" in told
    assert portal.stats()["write"] == 0
    assert limited(filled, "2", rows)[0] == 0
