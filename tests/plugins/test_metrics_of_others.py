"""Metrics of companies, orders and events, and marketing consent, at their edges."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from stagedoor.state.database import StateDatabase
from support.metrics_cases import (
    ANA,
    BO,
    FUTURE,
    PAST,
    Given,
    company,
    customer,
    event,
    metrics,
    order,
    ticket,
)
from support.metrics_run import NOW, absorb, computed

SCANNED: dict[str, Any] = {"checked_in_at": PAST}
EMPLOYED = customer(company_id="c1")


def of_company(*rows: Given, number: str = "c1") -> dict[str, Any]:
    found: dict[str, Any] = metrics(*rows)["company_metrics"][number]
    return found


def of_order(*rows: Given) -> dict[str, Any]:
    found: dict[str, Any] = metrics(*rows)["order_metrics"]["o1"]
    return found


def of_event(*rows: Given, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = metrics(*rows, **more)["event_metrics"]["e1"]
    return found


def test_a_company_without_orders_has_counts_and_no_values() -> None:
    found = of_company(company())
    counts = ("company_orders", "company_tickets", "company_buyers", "company_people")
    assert [found[name] for name in counts] == [0, 0, 0, 0]
    assert (found["company_lifetime_value"], found["company_last_purchase_date"]) == (None, None)


def test_an_order_is_its_companys_before_that_of_its_buyer() -> None:
    rows = EMPLOYED, company("c1"), company("c2"), order(company_id="c2"), order("o2"), ticket()
    assert of_company(*rows)["company_orders"] == 1
    found = of_company(*rows, number="c2")
    assert (found["company_orders"], found["company_tickets"]) == (1, 1)
    assert (found["company_buyers"], found["company_people"]) == (1, 0)


def test_what_was_refunded_is_not_a_companys() -> None:
    orders = order(), order("o2", status="refunded", refunded_amount=100)
    found = of_company(EMPLOYED, company(), *orders)
    assert (found["company_orders"], found["company_lifetime_value"]) == (1, 100)


def test_parents_have_what_those_below_them_have() -> None:
    below = company("c2", parent_company_id="c1"), company("c3", parent_company_id="c2")
    rows = company("c1"), *below, customer(company_id="c3"), order()
    for number in ("c1", "c2", "c3"):
        found = of_company(*rows, number=number)
        assert (found["company_orders"], found["company_people"]) == (1, 1)


def test_a_person_of_two_companies_is_one_to_their_parent() -> None:
    below = company("c2", parent_company_id="c1"), company("c3", parent_company_id="c1")
    household = customer("1", company_id="c2"), customer("2", ANA.upper(), company_id="c3")
    assert of_company(company("c1"), *below, *household)["company_people"] == 1


def test_a_circle_of_companies_is_one_family() -> None:
    circle = company("c1", parent_company_id="c2"), company("c2", parent_company_id="c1")
    for number in ("c1", "c2"):
        assert of_company(EMPLOYED, *circle, order(), number=number)["company_orders"] == 1


def test_a_deleted_company_in_between_cuts_a_family() -> None:
    between = company("c2", parent_company_id="c1", is_deleted=True)
    rows = company("c1"), between, company("c3", parent_company_id="c2")
    found = metrics(*rows, customer(company_id="c3"), order())["company_metrics"]
    assert set(found) == {"c1", "c3"}
    assert (found["c1"]["company_orders"], found["c3"]["company_orders"]) == (0, 1)


def test_orders_of_a_household_are_those_of_its_oldest_account_with_a_company() -> None:
    accounts = (
        customer("1", created_at=NOW - timedelta(days=9)),
        customer("2", company_id="c2", created_at=NOW - timedelta(days=5)),
        customer("3", company_id="c1", created_at=NOW - timedelta(days=1)),
    )
    rows = company("c1"), company("c2"), *accounts, order()
    assert of_company(*rows, number="c2")["company_orders"] == 1
    assert of_company(*rows, number="c1")["company_orders"] == 0


def test_an_order_without_tickets_has_counts() -> None:
    found = of_order(customer(), order())
    assert (found["order_attendees"], found["order_checked_in"]) == (0, 0)
    assert (found["order_event_date"], found["order_refunded"]) == (None, 0)


def test_an_order_is_worth_its_net_amount_in_the_base_currency() -> None:
    found = of_order(customer(), order(currency="RON", total_amount=50, refunded_amount="0.30"))
    assert found["order_net_in_base_currency"] == Decimal("9.94")


def test_an_order_in_a_currency_without_a_rate_has_no_amount_in_the_base_one() -> None:
    assert of_order(customer(), order(currency="CHF"))["order_net_in_base_currency"] is None


def test_attendees_are_different_people_by_account_address_or_name() -> None:
    named = (
        ticket("t1", attendee_customer_id="1"),
        ticket("t2", attendee_customer_id="1", attendee_email=BO),
        ticket("t3", attendee_email=BO),
        ticket("t4", attendee_email=f" {BO.upper()}", attendee_name="Bo"),
        ticket("t5", attendee_name="Cy"),
        ticket("t6", attendee_name="  "),
        ticket("t7"),
        ticket("t8", attendee_name="Di", status="refunded"),
    )
    assert of_order(customer(), order(), *named)["order_attendees"] == 3


def test_an_orders_event_is_its_first_to_begin() -> None:
    rows = event("e1", FUTURE), event("e2", PAST), ticket(), ticket("t2", event_id="e2", **SCANNED)
    found = of_order(customer(), order(), *rows)
    assert found["order_event_date"] == PAST.replace(tzinfo=None)
    assert found["order_checked_in"] == 1


def test_an_event_without_sales_has_counts_and_no_values() -> None:
    found = of_event(event(capacity=100))
    assert (found["event_tickets_sold"], found["event_orders"]) == (0, 0)
    assert (found["event_capacity_used"], found["event_revenue"]) == (0, None)
    assert (found["event_attendance"], found["event_attendance_rate"]) == (None, None)


@pytest.mark.parametrize("capacity", [0, None])
def test_an_event_without_a_capacity_uses_none_of_it(capacity: int | None) -> None:
    rows = customer(), order(), ticket(), event(capacity=capacity)
    assert of_event(*rows)["event_capacity_used"] is None


def test_capacity_used_may_be_more_than_all() -> None:
    tickets = [ticket(f"t{n}") for n in range(3)]
    assert of_event(customer(), order(), event(capacity=2), *tickets)["event_capacity_used"] == 150


def test_what_was_refunded_is_not_sold() -> None:
    back = order("o2", status="refunded"), ticket("t2", order_id="o2", price=10)
    rows = customer(), order(), ticket(price=10), ticket("t3", price=10, status="refunded")
    found = of_event(*rows, event(), *back)
    assert (found["event_tickets_sold"], found["event_orders"]) == (1, 1)
    assert found["event_revenue"] == 10


def test_revenue_is_of_ticket_prices_in_the_base_currency_as_far_as_rates_are_known() -> None:
    orders = order(), order("o2", currency="RON"), order("o3", currency="CHF")
    tickets = [ticket(f"t{n}", order_id=f"o{n}", price="12.50") for n in (1, 2, 3)]
    found = of_event(customer(), event(), *orders, *tickets)
    assert (found["event_tickets_sold"], found["event_revenue"]) == (3, 15)


def test_attendance_is_known_where_anybody_was_scanned() -> None:
    rows = customer(), order(), event(), ticket(**SCANNED), ticket("t2"), ticket("t3")
    found = of_event(*rows)
    assert (found["event_attendance"], found["event_no_shows"]) == (1, 2)
    assert found["event_attendance_rate"] == Decimal("33.3")


def test_attendance_grows_during_an_event_and_no_shows_come_after_it() -> None:
    rows = customer(), order(), event(ends_at=NOW), ticket(**SCANNED), ticket("t2")
    found = of_event(*rows)
    assert (found["event_attendance"], found["event_no_shows"]) == (1, None)
    assert of_event(*rows, now=NOW + timedelta(seconds=1))["event_no_shows"] == 1


def test_an_event_that_is_not_scanned_has_no_attendance() -> None:
    found = of_event(customer(), order(), event(), ticket())
    assert (found["event_attendance"], found["event_no_shows"]) == (None, None)


def test_a_cancelled_event_keeps_its_sales_and_has_no_no_shows() -> None:
    rows = customer(), order(), event(status="cancelled"), ticket(**SCANNED), ticket("t2")
    found = of_event(*rows)
    assert (found["event_tickets_sold"], found["event_attendance"]) == (2, 1)
    assert (found["event_no_shows"], found["event_attendance_rate"]) == (None, None)


@pytest.mark.parametrize(
    ("said", "consent"),
    [
        ([True], True),
        ([True, None], True),
        ([True, False], False),
        ([False, None], False),
        ([None, None], None),
    ],
)
def test_a_household_agrees_when_somebody_does_and_nobody_refuses(
    said: list[bool | None], consent: bool | None
) -> None:
    with closing(StateDatabase.in_memory()) as database:
        rows = [customer(str(n), ANA, marketing_consent=c)[1] for n, c in enumerate(said)]
        absorb(database, "customers", [{**row, "updated_at": NOW} for row in rows])
        found = computed(database)["contacts"]
    assert found[ANA]["marketing_consent"] is consent


def test_a_guest_has_said_nothing_about_marketing() -> None:
    with closing(StateDatabase.in_memory()) as database:
        guest = order(customer_id=None, email=BO)[1]
        absorb(database, "orders", [{**guest, "updated_at": NOW}])
        assert computed(database)["contacts"][BO]["marketing_consent"] is None
