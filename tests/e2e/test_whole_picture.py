"""The whole picture that marketing sees, by Meltano, read back by HubSpot's API.

One small platform and one mapping that uses nearly everything; a test for each thing that a
marketer would look for. What must be there is computed by SQL and Python of the tests' own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

import pytest

from support import metrics_oracle, readback, rule_oracle
from support.audience import lists, mapped
from support.oracle import opened
from support.picture import MAPPING, RATES, REGIONS, Truth
from support.project import Portal, Project, make_project, running_portal

BUSIEST = """
SELECT event_id FROM order_tickets t JOIN events e USING (event_id)
WHERE e.status <> 'cancelled' AND e.is_deleted = 0 AND e.ends_at < datetime('now')
GROUP BY 1 ORDER BY count(checked_in_at) * sum(checked_in_at IS NULL AND t.status = 'valid') DESC
LIMIT 1
"""
METRICS = (
    "orders_bought", "tickets_bought", "total_spent", "lifetime_value", "average_group_size",
    "first_purchase_date", "events_attended", "no_show_count", "favourite_venue",
    "tickets_by_type", "coupon_share",
)  # fmt: skip


@dataclass
class Picture:
    """A portal that one `meltano run` has filled."""

    portal: Portal
    project: Project
    event: str
    """The event that lists about one event are about."""

    @property
    def mapping(self) -> str:
        """The mapping document."""
        return MAPPING % rule_oracle.lists(self.event)

    @cached_property
    def contacts(self) -> dict[str, dict[str, Any]]:
        """Contacts by address, with what the mapping gives them."""
        asked = ("lifecyclestage", "diet", "home", "region", "phone", *METRICS)
        return readback.by(self.portal, "contacts", "email", *asked)

    @cached_property
    def truth(self) -> Truth:
        """The second opinion."""
        return Truth(opened(self.project.sample), set(self.contacts))

    @cached_property
    def people(self) -> dict[str, metrics_oracle.Person]:
        """What each contact bought and was admitted to, by address."""
        people = metrics_oracle.from_sqlite(self.project.sample).people()
        return {who: people[who] for who in self.contacts}

    @cached_property
    def names(self) -> dict[str, str]:
        """The addresses of contacts by their ids."""
        return readback.names(self.portal, "contacts")

    def members(self, name: str) -> set[str]:
        """Return the addresses of who is on a list."""
        there = readback.members(self.portal, lists(self.portal)[name]["listId"])
        return {self.names[number] for number in there}


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Picture]:
    """Run the main job once by Meltano, with the whole mapping."""
    folder = tmp_path_factory.mktemp("picture")
    with running_portal(folder / "portal.db") as portal:
        project = make_project(folder / "project", portal.settings)
        project.stagedoor("sample", "--customers", "300", "--seed", "5")
        with sqlite3.connect(project.sample) as database:
            ((event,),) = database.execute(BUSIEST)
        picture = Picture(portal, project, event)
        mapped(project, picture.mapping).main_job()
        yield picture


def test_properties_are_as_the_mapping_says(picture: Picture) -> None:
    """A template, a value map with its default, a property that is taken out."""
    accounts = picture.truth.single_accounts()
    assert len(accounts) > 200
    for address, account in accounts.items():
        told = picture.contacts[address]
        assert told["home"] == f"{account['city']}, {account['country']}"
        assert told["region"] == REGIONS.get(account["country"], "Abroad")
    assert not any("phone" in told for told in picture.contacts.values())


def test_answers_of_a_registration_are_reached_by_a_path(picture: Picture) -> None:
    diets = picture.truth.diets()
    assert len(diets) > 20
    assert {who: picture.contacts[who]["diet"] for who in diets} == diets


def test_a_deal_has_its_day_and_a_property_of_its_buyer(picture: Picture) -> None:
    deals = readback.by(picture.portal, "deals", "stagedoor_id", "buyer_city", "ordered_on")
    wanted = picture.truth.rows(
        "SELECT 'order:' || order_id, c.city, substr(ordered_at, 1, 10) FROM orders o "
        "JOIN account USING (customer_id) JOIN customers c USING (customer_id) "
        "WHERE o.is_deleted = 0 AND c.city <> ''"
    )
    assert len(wanted) > 200
    told = [(key, deals[key]["buyer_city"], deals[key]["ordered_on"]) for key, *_ in wanted]
    assert told == wanted


def test_metrics_are_what_plain_python_says(picture: Picture) -> None:
    rules = metrics_oracle.Rules(datetime.now(UTC).replace(tzinfo=None), RATES)
    wrong = {}
    for address, told in picture.contacts.items():
        wanted = metrics_oracle.person_metrics(picture.people[address], rules)
        for name in METRICS:
            if not same(told.get(name), wanted[name]):
                wrong[address, name] = (told.get(name), wanted[name])
    assert wrong == {}


def same(told: str | None, wanted: Any) -> bool:
    """Whether HubSpot's text is a value of the second opinion."""
    if told is None or wanted is None:
        return told is wanted
    if isinstance(wanted, (Decimal, int)):
        return Decimal(told) == wanted
    return told == str(wanted)


def test_deals_stand_in_the_pipeline_and_stage_of_their_order(picture: Picture) -> None:
    pipelines: Any = picture.portal.get("/crm/pipelines/2026-09/deals")["results"]
    labels = {p["id"]: (p["label"], {s["id"]: s["label"] for s in p["stages"]}) for p in pipelines}
    deals = readback.by(picture.portal, "deals", "stagedoor_id", "pipeline", "dealstage")
    stages = {
        key: (labels[told["pipeline"]][0], labels[told["pipeline"]][1][told["dealstage"]])
        for key, told in deals.items()
    }
    assert stages == picture.truth.stages()
    assert len(set(stages.values())) >= 6


def test_contacts_are_as_far_in_the_life_cycle_as_their_orders(picture: Picture) -> None:
    wanted = picture.truth.life_cycle()
    assert {who: told["lifecyclestage"] for who, told in picture.contacts.items()} == wanted
    assert {"lead", "customer"} <= set(wanted.values())


@pytest.mark.parametrize("rule", rule_oracle.RULES)
def test_a_list_by_a_ready_made_rule_holds_whom_plain_python_says(
    picture: Picture, rule: str
) -> None:
    _, fits = rule_oracle.RULES[rule]
    asked = rule_oracle.Asked(datetime.now(UTC).replace(tzinfo=None), picture.event)
    wanted = {who for who, person in picture.people.items() if fits(person, asked)}
    assert wanted
    assert picture.members(rule) == wanted


PAID = "o.status IN ('paid', 'partially_refunded')"


@pytest.mark.parametrize(
    ("name", "condition", "least"),
    [
        ("Regulars", PAID, 2),
        ("Bought by resellers", "o.sales_channel = 'reseller'", 1),
        ("Frequent (kept by HubSpot)", PAID, 2),
    ],
)
def test_a_list_holds_whom_it_names(
    picture: Picture, name: str, condition: str, least: int
) -> None:
    wanted = picture.truth.buyers(condition, least=least)
    assert len(wanted) > 10
    assert picture.members(name) == wanted


def test_events_are_marketing_events_with_who_registered_attended_and_cancelled(
    picture: Picture,
) -> None:
    told = readback.attendance(picture.portal)
    came = picture.truth.took_part("max(held AND came)")
    cancelled = picture.truth.took_part("NOT max(held)")
    assert min(len(came), len(cancelled)) > 10
    assert told["REGISTERED"] == picture.truth.took_part("count(*) > 0")
    assert told["ATTENDED"] == came
    assert told["CANCELLED"] == cancelled


def test_deals_name_their_buyer_their_attendees_and_who_pays(picture: Picture) -> None:
    told = readback.pairs(picture.portal, "deals", "contacts")
    truth = picture.truth
    order = "SELECT DISTINCT 'order:' || order_id"
    assert told["Attendee"] == truth.pairs(
        f"{order}, address FROM holder WHERE named AND status = 'valid'"
    )
    assert told["Pays"] == truth.pairs(
        f"{order}, address FROM buyer JOIN orders USING (order_id) WHERE company_id IS NOT NULL"
    )
    assert told["-"] >= truth.pairs(f"{order}, address FROM buyer")


def test_companies_stand_below_those_that_own_them(picture: Picture) -> None:
    told = readback.pairs(picture.portal, "companies", "companies")
    owned = {
        (f"company:{owner}", f"company:{child}")
        for owner, child in picture.truth.rows(
            "SELECT parent_company_id, company_id FROM companies WHERE is_deleted = 0 "
            "AND parent_company_id IN (SELECT company_id FROM companies WHERE is_deleted = 0)"
        )
    }
    assert owned
    found = {pair for kind in told.values() for pair in kind}
    assert owned | {(child, owner) for owner, child in owned} == found


def test_support_requests_are_tickets_with_stage_priority_and_what_they_are_about(
    picture: Picture,
) -> None:
    asked = ("hs_pipeline_stage", "hs_ticket_priority", "subject")
    tickets = readback.by(picture.portal, "tickets", "stagedoor_id", *asked)
    rows = picture.truth.rows(
        "SELECT 'request:' || support_request_id, status, coalesce(upper(priority), '') "
        "FROM support_requests WHERE is_deleted = 0"
    )
    stages = {"new": "1", "waiting_on_customer": "2", "waiting_on_us": "3", "closed": "4"}
    found = {
        key: (told["hs_pipeline_stage"], told.get("hs_ticket_priority", ""))
        for key, told in tickets.items()
    }
    assert found == {key: (stages[status], priority) for key, status, priority in rows}
    with_deals = readback.pairs(picture.portal, "tickets", "deals")["-"]
    assert with_deals == set(
        picture.truth.rows(
            "SELECT 'request:' || support_request_id, 'order:' || order_id FROM support_requests s "
            "JOIN orders o USING (order_id) WHERE s.is_deleted = 0 AND o.is_deleted = 0"
        )
    )
    requesters = picture.truth.pairs(
        "SELECT 'request:' || support_request_id, address FROM requester"
    )
    assert readback.pairs(picture.portal, "tickets", "contacts")["-"] == requesters


# From here on the portal changes; the order of these tests is that of a working week.


def test_a_second_run_writes_nothing(picture: Picture) -> None:
    before = picture.portal.export()
    picture.portal.forget_calls()
    picture.project.main_job()
    made = picture.portal.stats()
    assert (made["write"], made["provision"]) == (0, 0)
    assert picture.portal.export() == before


def test_after_an_edit_of_one_property_exactly_what_differs_is_sent_by_the_hundred(
    picture: Picture,
) -> None:
    """Which records were written is told by HubSpot's own modification dates."""
    portal, project = picture.portal, picture.project
    mapped(project, picture.mapping.replace("default: Abroad", "default: Elsewhere"))
    before = readback.by(portal, "contacts", "email", "region", "lastmodifieddate")
    affected = {who for who, told in before.items() if told.get("region") == "Abroad"}
    assert 100 < len(affected) < len(before) - 50
    planned = project.stagedoor("plan").stdout
    unchanged = len(before) - len(affected)
    assert (
        f"contacts: 0 to create, {len(affected)} to update, {unchanged} unchanged\n"
        "  why: mapping of contacts changed: region default\n"
        f"    region of {len(affected)}: mapping changed: default\n"
    ) in planned
    portal.forget_calls()
    project.main_job()
    calls: Any = portal.get("/_sandbox/stats")
    assert calls["writes"] == -(-len(affected) // 100)
    assert calls["calls"]["POST objects/{type}/batch/update contacts"] == calls["writes"]
    after = readback.by(portal, "contacts", "email", "region", "lastmodifieddate")
    written = {who for who, told in after.items() if told != before[who]}
    assert written == affected
    assert {after[who]["region"] for who in affected} == {"Elsewhere"}
    portal.forget_calls()
    project.main_job()
    assert portal.stats()["write"] == 0
