"""Metrics of people at their edges."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from support.metrics_cases import (
    AGO,
    ANA,
    BO,
    FUTURE,
    PAST,
    customer,
    event,
    metrics,
    order,
    person,
    ticket,
)
from support.metrics_run import NOW, Settings

IN_RON = {"currency": "RON", "total_amount": 50}
SCANNED: dict[str, Any] = {"checked_in_at": PAST}
OTHERS_SCANNED = ticket("t9", order_id="o9", **SCANNED), order("o9", customer_id="2")
LEAP_DAY = datetime(2024, 2, 29, 12, tzinfo=UTC)


def test_who_bought_nothing_has_counts_and_no_values() -> None:
    found = person(customer())
    counts = ("orders_bought", "tickets_bought", "events_attended", "total_event_purchases")
    assert [found[name] for name in counts] == [0, 0, 0, 0]
    assert found["is_vip"] is False
    others = found.keys() - {*counts, "is_vip", "number", "key"}
    assert {found[name] for name in others} == {None}


def test_pending_and_cancelled_orders_do_not_count() -> None:
    found = person(customer(), order(status="pending"), order("o2", status="cancelled"))
    assert (found["orders_bought"], found["total_spent"]) == (0, None)


def test_a_refunded_order_counts_only_as_refunded() -> None:
    found = person(customer(), order(status="refunded", refunded_amount=100), ticket())
    assert (found["orders_bought"], found["tickets_bought"]) == (0, 0)
    assert (found["total_spent"], found["lifetime_value"]) == (None, 0)
    assert found["total_refunded"] == 100
    assert (found["average_order_value"], found["coupon_share"]) == (None, None)


def test_a_partial_refund_lowers_the_lifetime_value_and_not_the_spend() -> None:
    found = person(customer(), order(status="partially_refunded", refunded_amount="30.50"))
    assert (found["orders_bought"], found["total_spent"]) == (1, 100)
    assert (found["lifetime_value"], found["total_refunded"]) == (Decimal("69.50"), Decimal("30.5"))


def test_a_free_order_is_an_order_of_nothing() -> None:
    found = person(customer(), order(total_amount=0), ticket())
    assert (found["orders_bought"], found["total_spent"]) == (1, 0)
    assert (found["average_order_value"], found["rfm_monetary"]) == (0, 1)
    assert found["lifetime_value_by_currency"] is None


def test_several_currencies_add_up_in_the_base_one_and_stay_apart_in_words() -> None:
    found = person(customer(), order(), order("o2", **IN_RON), order("o3", currency="eur"))
    assert found["total_spent"] == 100 + 10 + 100
    assert found["lifetime_value_by_currency"] == "EUR 200.00; RON 50.00"


def test_a_currency_without_a_rate_does_not_count_in_the_base_one() -> None:
    found = person(customer(), order(currency="CHF"))
    assert (found["orders_bought"], found["total_spent"]) == (1, None)
    assert found["average_order_value"] is None
    assert found["lifetime_value_by_currency"] == "CHF 100.00"


def test_half_a_cent_is_rounded_up_and_in_the_currency_of_the_order_first() -> None:
    found = person(customer(), order(total_amount="10.005"), order("o2", total_amount="0.014"))
    assert found["total_spent"] == Decimal("10.02")


def test_a_guest_and_an_account_with_one_address_are_one_person() -> None:
    as_guest = order("o2", customer_id=None, email=f" {ANA.upper()}\t")
    found = metrics(customer(), order(), as_guest)["person_metrics"]
    assert set(found) == {ANA}
    assert found[ANA]["orders_bought"] == 2


def test_a_household_of_two_accounts_is_one_person() -> None:
    household = customer("1"), customer("2", ANA.upper()), order(), order("o2", customer_id="2")
    assert person(*household)["orders_bought"] == 2


def test_orders_of_an_anonymised_account_are_nobodys() -> None:
    gone = customer("1", is_anonymised=True), order(email=ANA), order("o2", customer_id=None)
    assert metrics(*gone)["person_metrics"] == {}


def test_an_order_at_the_box_office_is_nobodys() -> None:
    found = metrics(order(customer_id=None, email=None), ticket(), event())
    assert found["person_metrics"] == {}
    assert found["event_metrics"]["e1"]["event_tickets_sold"] == 1


@pytest.mark.parametrize("ticket_is", [{"status": "cancelled"}, {"is_deleted": True}])
def test_a_ticket_that_is_not_valid_does_not_count(ticket_is: dict[str, object]) -> None:
    found = person(customer(), order(), event(), ticket(), ticket("t2", **ticket_is))
    assert (found["tickets_bought"], found["largest_group_size"]) == (1, 1)


def test_groups_are_tickets_of_one_order_and_orders_without_tickets_lower_the_average() -> None:
    found = person(customer(), order(), order("o2"), *(ticket(f"t{n}") for n in range(3)))
    assert (found["average_group_size"], found["largest_group_size"]) == (Decimal("1.5"), 3)


def test_a_favourite_is_what_most_tickets_were_bought_in() -> None:
    rows = event("e1", venue="Arena"), event("e2", venue="Opera"), ticket(), ticket("t2")
    found = person(customer(), order(), *rows, ticket("t3", event_id="e2"))
    assert found["favourite_venue"] == "Arena"


def test_a_tie_of_favourites_goes_to_the_one_bought_last() -> None:
    rows = event("e1", city="Cluj"), event("e2", city="Arad"), ticket(), order("o2", ordered_at=NOW)
    found = person(customer(), order(), *rows, ticket("t2", event_id="e1", order_id="o2"),
                   ticket("t3", event_id="e2"), ticket("t4", event_id="e2"))  # fmt: skip
    assert found["favourite_event_city"] == "Cluj"


def test_a_tie_of_favourites_bought_together_goes_by_name() -> None:
    rows = event("e1", category="Opera"), event("e2", category=" Concert "), ticket()
    found = person(customer(), order(), *rows, ticket("t2", event_id="e2"))
    assert found["preferred_event_category"] == "Concert"


def test_kinds_of_tickets_go_by_number_then_by_name() -> None:
    kinds = ("VIP", " VIP ", "Standard", "Child", "", None)
    tickets = [ticket(f"t{n}", ticket_type=kind) for n, kind in enumerate(kinds)]
    assert person(customer(), order(), *tickets)["tickets_by_type"] == "VIP 2; Child 1; Standard 1"


def test_days_ahead_are_averaged_over_orders_and_not_over_tickets() -> None:
    late = order("o2", ordered_at=PAST), ticket("t3", order_id="o2")
    found = person(customer(), order(), ticket(), ticket("t2"), event(), *late)
    assert found["average_days_booked_ahead"] == 10


def test_days_ahead_leave_out_cancelled_events() -> None:
    found = person(customer(), order(), ticket(), event(status="cancelled"))
    assert found["average_days_booked_ahead"] is None


def test_a_blank_coupon_is_none() -> None:
    coupons = (order("o1", coupon_code=" "), order("o2", coupon_code="SAVE"), order("o3"))
    assert person(customer(), *coupons)["coupon_share"] == Decimal("33.3")


def test_at_an_unscanned_event_whoever_held_a_ticket_came_once_it_is_over() -> None:
    rows = customer(), order(), ticket(), event(ends_at=NOW)
    assert person(*rows)["events_attended"] == 0
    found = person(*rows, now=NOW + timedelta(seconds=1))
    assert (found["events_attended"], found["last_event_attended"]) == (1, "Event e1")
    assert found["last_attended_date"] == NOW.date()
    assert (found["no_show_count"], found["no_show_rate"]) == (None, None)


def test_at_a_scanned_event_whoever_was_not_scanned_did_not_come() -> None:
    found = person(customer(), order(), ticket(), event(), customer("2", BO), *OTHERS_SCANNED)
    assert (found["events_attended"], found["last_event_attended"]) == (0, None)
    assert (found["no_show_count"], found["no_show_rate"]) == (1, 100)


def test_a_scan_counts_before_the_event_is_over_and_a_no_show_does_not() -> None:
    rows = customer(), order(), ticket(**SCANNED), ticket("t2"), event(starts_at=FUTURE)
    found = person(*rows)
    assert (found["events_attended"], found["no_show_count"]) == (1, None)


def test_nobody_came_to_a_cancelled_event() -> None:
    found = person(customer(), order(), ticket(**SCANNED), event(status="cancelled"))
    assert (found["events_attended"], found["tickets_bought"]) == (0, 1)


def test_several_tickets_for_one_event_are_one_event_and_several_no_shows() -> None:
    tickets = [ticket(f"t{n}", **(SCANNED if n == 0 else {})) for n in range(3)]
    found = person(customer(), order(), event(), *tickets)
    assert (found["events_attended"], found["no_show_count"]) == (1, 2)
    assert found["no_show_rate"] == Decimal("66.7")


def test_a_ticket_in_another_name_is_the_attendees() -> None:
    rows = customer(), customer("2", BO), order(), event()
    by_account, by_address = {"attendee_customer_id": "2"}, {"attendee_email": BO.upper()}
    for named in (by_account, by_address):
        found = metrics(*rows, ticket(**named))["person_metrics"]
        assert (found[ANA]["events_attended"], found[BO]["events_attended"]) == (0, 1)
        assert (found[ANA]["tickets_bought"], found[BO]["tickets_bought"]) == (1, 0)


def test_a_ticket_in_the_name_of_nobody_we_know_is_nobodys() -> None:
    found = metrics(customer(), order(), event(), ticket(attendee_email=BO))["person_metrics"]
    assert set(found) == {ANA}
    assert found[ANA]["events_attended"] == 0


def test_an_attendee_who_is_a_contact_has_attended() -> None:
    rows = customer(), order(), event(), ticket(attendee_email=BO)
    found = person(*rows, address=BO, settings=Settings(attendees=True))
    assert (found["events_attended"], found["orders_bought"]) == (1, 0)


def test_the_next_event_is_the_first_to_begin_and_on_a_tie_the_first_by_number() -> None:
    coming = [event(f"e{n}", FUTURE + timedelta(days=max(0, 2 - n))) for n in (1, 2, 3)]
    tickets = [ticket(f"t{n}", event_id=f"e{n}") for n in (1, 2, 3)]
    found = person(customer(), order(), *coming, *tickets)
    assert (found["next_event"], found["next_event_date"]) == (
        "Event e2",
        FUTURE.replace(tzinfo=None),
    )


def test_an_event_that_was_cancelled_is_nobodys_next() -> None:
    found = person(customer(), order(), ticket(), event(starts_at=FUTURE, status="cancelled"))
    assert found["next_event"] is None


@pytest.mark.parametrize(
    ("now", "score"),
    [
        (datetime(2024, 5, 29, 11, tzinfo=UTC), 5),
        (datetime(2024, 5, 29, 12, tzinfo=UTC), 4),
        (datetime(2026, 2, 28, 11, tzinfo=UTC), 2),
        (datetime(2026, 2, 28, 12, tzinfo=UTC), 1),
    ],
)
def test_months_pass_on_the_same_day_or_on_the_last_one_of_a_shorter_month(
    now: datetime, score: int
) -> None:
    assert person(customer(), order(ordered_at=LEAP_DAY), now=now)["rfm_recency"] == score


@pytest.mark.parametrize(
    ("bought", "segment"),
    [
        ([400], "Active"),
        ([300], "New"),
        ([1_300, 500, 5], "Active"),
        ([2_000, 5], "Returning"),
        ([2_000, 900], "Lapsed"),
    ],
)
def test_the_audience_segment_goes_by_purchases(bought: list[int], segment: str) -> None:
    orders = [order(f"o{n}", ordered_at=NOW - timedelta(days=d)) for n, d in enumerate(bought)]
    assert person(customer(), *orders)["audience_segment"] == segment


@pytest.mark.parametrize(("spend", "vip"), [("999.99", False), (1_000, True)])
def test_a_vip_reaches_the_threshold_of_spend(spend: object, vip: bool) -> None:
    assert person(customer(), order(total_amount=spend))["is_vip"] is vip


def test_a_vip_reaches_the_threshold_of_orders() -> None:
    orders = [order(f"o{n}", total_amount=1) for n in range(3)]
    assert person(customer(), *orders, settings=Settings("vip_orders: 3"))["is_vip"]
    assert not person(customer(), *orders, settings=Settings("vip_orders: 4"))["is_vip"]


def test_an_order_without_a_date_counts_and_dates_nothing() -> None:
    found = person(customer(), order(ordered_at=None))
    assert (found["orders_bought"], found["last_purchase_date"]) == (1, None)
    assert (found["rfm_recency"], found["audience_segment"]) == (None, None)


def test_dates_are_those_of_the_first_and_the_last_paid_order() -> None:
    unpaid = order("o3", status="pending", ordered_at=NOW)
    found = person(customer(), order(), order("o2", ordered_at=PAST), unpaid)
    assert found["first_purchase_date"] == AGO.date() == date(2026, 5, 16)
    assert found["last_purchase_date"] == PAST.date()
