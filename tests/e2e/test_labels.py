"""Associations of every kind arrive, and what other people made of them stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.messages import customer, lines, record, schema, state
from support.project import Portal, Project

MAPPING = """
objects: {}
associations:
  deals_to_attendees: true
  deals_to_billing_contacts: {label: Pays}
  deals_to_group_organisers: true
  deals_to_primary_companies: true
  contacts_to_primary_companies: true
  speakers:
    from: deals
    to: contacts
    label: Speaker
    inverse_label: Speaks at
    sql: >
      SELECT 'order:' || order_id AS from_key, key AS to_key
      FROM orders JOIN accounts a ON a.customer_id = orders.customer_id
      WHERE sales_channel = 'stage'
"""
V4 = "/crm/associations/2026-09/deals/contacts"


def platform(
    *, buyer: str = "1", attendee: str | None = "2", company: str | None = "7", **order: Any
) -> str:
    """Return an order for a company, one named attendee, and a request about it."""
    made = record(
        "orders", order_id="a", order_number="a", customer_id=buyer, status="paid",
        company_id=company, **order,
    )  # fmt: skip
    ticket = record("order_tickets", order_ticket_id="a-1", order_id="a", event_id="1",
                    attendee_customer_id=attendee, status="valid")  # fmt: skip
    request = record("support_requests", support_request_id="s", order_id="a", customer_id=buyer,
                     subject="Refund", status="waiting_on_us", priority="high")  # fmt: skip
    firms = [record("companies", company_id=n, name=f"Firm {n}") for n in ("7", "8")]
    people = [customer(1, company_id=company), customer(2), customer(3)]
    streams = ("customers", "companies", "orders", "order_tickets", "support_requests")
    return lines(*map(schema, streams), *people, *firms, made, ticket, request, state())


def labels(portal: Portal, from_type: str = "deals", to_type: str = "contacts") -> dict[str, str]:
    """Return the labels of all pairs, from both ends' names; the plain kind is `-`."""
    export: Any = portal.export()
    told: Any = portal.get(f"/crm/associations/2026-09/{from_type}/{to_type}/labels")["results"]
    words = {kind["typeId"]: kind["label"] or "-" for kind in told}
    found: dict[str, list[str]] = {}
    for one, name, other, to_name, number in export["associations"]:
        if (one, other) == (from_type, to_type):
            found.setdefault(f"{name} {to_name}", []).append(words[number])
    return {pair: ", ".join(sorted(listed)) for pair, listed in found.items()}


def ids(portal: Portal, object_type: str, key: str = "stagedoor_id") -> dict[str, str]:
    told: Any = portal.get(f"/crm/objects/2026-09/{object_type}?limit=100&properties={key}")
    return {item["properties"][key]: item["id"] for item in told["results"]}


def label_by_hand(portal: Portal, deal: str, contact: str, word: str) -> None:
    """Give a pair one more label, as a person does in HubSpot."""
    portal.post(f"{V4}/labels", {"label": word, "name": word.lower()})
    kinds: Any = portal.get(f"{V4}/labels")["results"]
    types = {k["label"]: (k["category"], k["typeId"]) for k in kinds}
    pair = {"from": {"id": ids(portal, "deals")[deal]},
            "to": {"id": ids(portal, "contacts", "email")[contact]}}  # fmt: skip
    there: Any = portal.post(f"{V4}/batch/read", {"inputs": [pair["from"]]}).json()["results"]
    held = [
        (kind["category"], kind["typeId"])
        for result in there
        for to in result["to"]
        if str(to["toObjectId"]) == pair["to"]["id"]
        for kind in to["associationTypes"]
    ]
    specs = [
        {"associationCategory": category, "associationTypeId": number}
        for category, number in {*held, types[word]}
    ]
    portal.post(f"{V4}/batch/create", {"inputs": [{**pair, "types": specs}]}).raise_for_status()


def writes(portal: Portal) -> int:
    stats = portal.stats()
    return stats["write"] + stats["provision"]


@pytest.fixture
def labelled(project: Project, tmp_path: Path) -> Project:
    """A project whose mapping labels associations."""
    mapping = tmp_path / "mapping.yml"
    mapping.write_text(MAPPING, encoding="utf-8")
    project.settings["TARGET_HUBSPOT_MAPPING"] = str(mapping)
    return project


BUYER, ATTENDEE, THIRD = (f"order:a p{n}@example.com" for n in (1, 2, 3))


def test_every_kind_of_association_arrives_once(labelled: Project, portal: Portal) -> None:
    planned = labelled.stagedoor("provision", "plan").stdout
    assert "make label Pays for deals with contacts" in planned
    labelled.settings["TARGET_HUBSPOT_PUSH"] = "false"
    told = platform(sales_channel="stage")
    labelled.target(told)
    explained = labelled.stagedoor("plan").stdout
    assert "label deals order:a with contacts customer:1 as Pays, Speaker" in explained
    labelled.settings["TARGET_HUBSPOT_PUSH"] = "true"
    labelled.stagedoor("push")
    assert labels(portal) == {BUYER: "-, Pays, Speaker", ATTENDEE: "-, Attendee"}
    assert labels(portal, "deals", "companies") == {"order:a company:7": "-, Primary"}
    assert labels(portal, "contacts", "companies") == {"p1@example.com company:7": "-, Primary"}
    assert labels(portal, "contacts", "deals")["p1@example.com order:a"] == "-, Pays, Speaks at"
    assert labels(portal, "tickets", "companies") == {"request:s company:7": "-"}
    assert labels(portal, "tickets", "deals") == {"request:s order:a": "-"}
    assert labels(portal, "tickets", "contacts") == {"request:s p1@example.com": "-"}
    portal.forget_calls()
    labelled.target(told)
    assert writes(portal) == 0
    assert "nothing to do" in labelled.stagedoor("plan").stdout


def test_a_support_request_is_a_ticket_in_its_stage_with_its_priority(
    project: Project, portal: Portal
) -> None:
    project.target(platform())
    export: Any = portal.export()
    (ticket,) = export["objects"]["tickets"]
    kept = ("subject", "hs_pipeline", "hs_pipeline_stage", "hs_ticket_priority")
    assert [ticket["properties"][name] for name in kept] == ["Refund", "0", "3", "HIGH"]


def test_a_request_without_an_order_belongs_to_the_company_of_its_requester(
    project: Project, portal: Portal
) -> None:
    request = record("support_requests", support_request_id="t", customer_id="1", subject="Hi",
                     status="new")  # fmt: skip
    project.target(platform())
    project.target(lines(schema("support_requests"), request, state()))
    assert labels(portal, "tickets", "companies")["request:t company:7"] == "-"


def test_a_label_of_a_person_stays_when_ours_come_and_go(labelled: Project, portal: Portal) -> None:
    labelled.target(platform())
    label_by_hand(portal, "order:a", "p2@example.com", "Decider")
    label_by_hand(portal, "order:a", "p3@example.com", "Decider")
    labelled.target(platform(attendee="3"))
    assert labels(portal) == {
        BUYER: "-, Pays",
        ATTENDEE: "-, Decider",
        THIRD: "-, Attendee, Decider",
    }
    labelled.target(platform(attendee=None))
    assert labels(portal) == {BUYER: "-, Pays", ATTENDEE: "-, Decider", THIRD: "-, Decider"}
    portal.forget_calls()
    labelled.target(platform(attendee=None))
    assert writes(portal) == 0


def test_an_association_that_a_label_made_goes_with_it(labelled: Project, portal: Portal) -> None:
    labelled.target(platform())
    labelled.target(platform(attendee="3"))
    assert labels(portal) == {BUYER: "-, Pays", THIRD: "-, Attendee"}


def test_a_label_that_a_person_gave_first_is_never_taken(labelled: Project, portal: Portal) -> None:
    labelled.target(platform(attendee=None))
    label_by_hand(portal, "order:a", "p2@example.com", "Attendee")
    labelled.target(platform(attendee="2"))
    labelled.target(platform(attendee=None))
    assert labels(portal)[ATTENDEE] == "-, Attendee"


def test_a_buyer_who_is_replaced_loses_what_we_made_and_keeps_what_people_made(
    labelled: Project, portal: Portal
) -> None:
    labelled.target(platform(attendee="1"))
    assert labels(portal) == {BUYER: "-, Attendee, Pays"}
    labelled.target(platform(attendee="1", buyer="3"))
    assert labels(portal) == {BUYER: "-, Attendee", THIRD: "-, Pays"}
    label_by_hand(portal, "order:a", "p3@example.com", "Decider")
    labelled.target(platform(attendee="1", buyer="2"))
    assert labels(portal) == {BUYER: "-, Attendee", THIRD: "-, Decider", ATTENDEE: "-, Pays"}
    portal.forget_calls()
    labelled.target(platform(attendee="1", buyer="2"))
    assert writes(portal) == 0


def test_the_primary_company_follows_the_platform_unless_a_person_chose_one(
    labelled: Project, portal: Portal
) -> None:
    labelled.target(platform())
    labelled.target(platform(company="8"))
    assert labels(portal, "contacts", "companies") == {"p1@example.com company:8": "-, Primary"}
    assert labels(portal, "deals", "companies") == {"order:a company:8": "-, Primary"}
    pair = {"from": {"id": ids(portal, "contacts", "email")["p2@example.com"]},
            "to": {"id": ids(portal, "companies")["company:7"]}}  # fmt: skip
    spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}
    portal.post("/crm/associations/2026-09/contacts/companies/batch/create",
                {"inputs": [{**pair, "types": [spec]}]}).raise_for_status()  # fmt: skip
    joined = lines(schema("customers"), customer(2, company_id="8"), state())
    labelled.target(joined)
    held = labels(portal, "contacts", "companies")
    assert held["p2@example.com company:7"] == "-, Primary"
    assert held["p2@example.com company:8"] == "-"
    portal.forget_calls()
    labelled.target(joined)
    assert writes(portal) == 0


def test_a_label_whose_answer_was_lost_is_given_once_and_is_still_ours(
    labelled: Project, portal: Portal
) -> None:
    fault = {"route": "deals/contacts/batch/create", "kind": "reset_after", "count": 99}
    portal.post("/_sandbox/faults", {"faults": [fault]}).raise_for_status()
    assert labelled.target(platform(), check=False).returncode != 0
    portal.post("/_sandbox/faults", {"faults": []}).raise_for_status()
    labelled.stagedoor("push")
    assert labels(portal) == {BUYER: "-, Pays", ATTENDEE: "-, Attendee"}
    labelled.target(platform(attendee=None))
    assert labels(portal) == {BUYER: "-, Pays"}


def test_sql_that_gives_no_pairs_stops_the_run_before_any_call_and_is_named(
    project: Project, portal: Portal, tmp_path: Path
) -> None:
    mapping = tmp_path / "mapping.yml"
    mapping.write_text(
        "objects: {}\nassociations:\n"
        "  wrong: {from: deals, to: contacts, sql: SELECT order_id FROM orders}\n",
        encoding="utf-8",
    )
    project.settings["TARGET_HUBSPOT_MAPPING"] = str(mapping)
    done = project.target(platform(), check=False)
    assert done.returncode == 2
    assert "The mapping: the SQL of association wrong gives order_id" in done.stderr
    assert "it must give `from_key` and `to_key`" in done.stderr
    assert "`stagedoor mapping check` names the line" in done.stderr
    assert portal.stats() == {"read": 0, "write": 0, "provision": 0}
