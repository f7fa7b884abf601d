"""pretix's JSON becomes neutral rows."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from stagedoor.streams import CUSTOMERS, ORDERS
from stagedoor_plugins.platform_sources.pretix.admissions import order_tickets, registrations
from stagedoor_plugins.platform_sources.pretix.catalogue import catalogue
from stagedoor_plugins.platform_sources.pretix.companies import company, identity
from stagedoor_plugins.platform_sources.pretix.events import changes, rows
from stagedoor_plugins.platform_sources.pretix.names import given_and_family, spoken
from stagedoor_plugins.platform_sources.pretix.orders import order_row
from stagedoor_plugins.platform_sources.pretix.people import customer, erasures
from stagedoor_plugins.platform_sources.pretix.settings import PretixSettings
from support.pretix.examples import (
    account,
    business,
    event,
    item,
    order,
    page,
    payment,
    position,
    refund,
)

SETTINGS = PretixSettings(token="t", organizer="acme")
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def row_of(**fields: Any) -> dict[str, Any]:
    return order_row(order(**fields), "EUR", {7: "SPRING"}.get)


@pytest.mark.parametrize(
    ("fields", "status", "charged", "returned"),
    [
        ({"status": "n", "payments": []}, "pending", "25", "0"),
        ({}, "paid", "25", "0"),
        ({"payments": [], "total": "0.00"}, "paid", "0", "0"),
        ({"total": "15.00", "refunds": [refund("10.00")]}, "partially_refunded", "25", "10"),
        ({"refunds": [refund("25.00")]}, "refunded", "25", "25"),
        ({"refunds": [refund("25.00", "created")]}, "paid", "25", "0"),
        ({"refunds": [refund("25.00", "failed")]}, "paid", "25", "0"),
        ({"status": "c", "payments": []}, "cancelled", "25", "0"),
        ({"status": "c"}, "cancelled", "25", "0"),
        ({"status": "c", "refunds": [refund("25.00")]}, "refunded", "25", "25"),
        ({"status": "c", "total": "10.00", "refunds": [refund("20.00")]}, "refunded", "25", "20"),
        ({"status": "e", "payments": [payment("25.00", "failed")]}, "cancelled", "25", "0"),
        ({"status": "n", "payments": [payment("5.00")]}, "pending", "25", "0"),
        ({"payments": [payment("25.00", "refunded")], "refunds": [refund("25.00")]},
         "refunded", "25", "25"),
    ],
    ids=["pending", "paid", "free", "part of it back", "all back", "refund on its way",
         "refund failed", "cancelled unpaid", "cancelled, money kept", "cancelled, all back",
         "cancelled, part back", "expired", "partly paid", "payment marked refunded"],
)  # fmt: skip
def test_an_order_says_its_state_and_its_money(
    fields: dict[str, Any], status: str, charged: str, returned: str
) -> None:
    row = row_of(**fields)
    assert (row["status"], row["total_amount"], row["refunded_amount"]) == (
        status, Decimal(charged), Decimal(returned)
    )  # fmt: skip


def test_a_row_has_every_field_of_its_stream() -> None:
    assert set(row_of()) == {field.name for field in ORDERS.fields}
    assert set(customer(account())) == {field.name for field in CUSTOMERS.fields}


def test_times_are_told_in_utc() -> None:
    assert row_of(last_modified="2026-11-24T12:00:00+02:00")["updated_at"] == (
        "2026-11-24T10:00:00+00:00"
    )


def test_codes_are_unique_within_an_event_only() -> None:
    assert row_of()["order_id"] == "jazz/ABC12"
    assert row_of()["order_number"] == "ABC12"


def test_an_expired_order_was_cancelled_when_it_expired() -> None:
    assert row_of(status="e", payments=[])["cancelled_at"] == "2026-12-08T22:59:59+00:00"
    assert row_of(status="e", payments=[])["paid_at"] is None


def test_a_cancelled_order_that_was_paid_says_when() -> None:
    paid = row_of()["paid_at"]
    assert paid is not None
    assert row_of(status="c")["paid_at"] == paid
    assert row_of(status="c", payments=[])["paid_at"] is None


def test_a_coupon_is_the_code_of_the_first_voucher_and_what_it_took_off() -> None:
    first = position(voucher=7, voucher_budget_use="2.50")
    row = row_of(positions=[position(), first, position(voucher=8, voucher_budget_use="1.00")])
    assert (row["coupon_code"], row["discount_amount"]) == ("SPRING", Decimal("3.50"))


@pytest.mark.parametrize(
    ("channel", "word"), [("web", "web"), ("pretixpos", "box_office"), ("api.erp", "api.erp")]
)
def test_sales_channels_have_the_neutral_word_where_there_is_one(channel: str, word: str) -> None:
    assert row_of(sales_channel=channel)["sales_channel"] == word


@pytest.mark.parametrize(
    ("address", "email", "key"),
    [
        (business("Corp", "DE 123.456"), "a@gmail.com", "vat:DE123456"),
        (business("Corp", "de123456"), "a@corp.example", "vat:DE123456"),
        (business("Corp"), "A@Corp.Example", "domain:corp.example"),
        (business("  Corp  GmbH "), "a@gmail.com", "name:corp gmbh"),
        (business("Corp"), None, "name:corp"),
        (business(" "), "a@corp.example", None),
        ({**business("Corp"), "is_business": False}, "a@corp.example", None),
        (None, "a@corp.example", None),
    ],
    ids=["number", "number, spelt otherwise", "domain", "name", "no address", "no name",
         "a person's", "none"],
)  # fmt: skip
def test_a_company_is_known_by_number_then_domain_then_name(
    address: Any, email: str | None, key: str | None
) -> None:
    made = order(invoice_address=address, email=email)
    assert identity(made) == key
    row = company(made)
    assert (row["company_id"] if row else None) == key


def test_further_mailbox_domains_say_nothing_of_a_company() -> None:
    made = order(invoice_address=business("Corp"), email="a@isp.example")
    assert identity(made, frozenset({"isp.example"})) == "name:corp"


@pytest.mark.parametrize(
    ("parts", "names"),
    [
        ({"_scheme": "given_family", "given_name": "Ann", "family_name": "Lee"}, ("Ann", "Lee")),
        ({"_scheme": "given_middle_family", "given_name": "Ann", "middle_name": "B.",
          "family_name": "Lee"}, ("Ann B.", "Lee")),
        ({"_scheme": "full", "full_name": "Ana Maria Pop"}, ("Ana Maria", "Pop")),
        ({"_scheme": "full", "full_name": "Cher"}, ("Cher", None)),
        ({"_legacy": "Ann Lee"}, ("Ann", "Lee")),
        ({"_scheme": "given_family", "given_name": " ", "family_name": ""}, (None, None)),
        ({}, (None, None)),
        (None, (None, None)),
    ],
    ids=["two", "three", "full", "one word", "legacy", "blank", "empty", "none"],
)  # fmt: skip
def test_names_of_every_scheme_are_given_and_family_name(
    parts: Any, names: tuple[str | None, str | None]
) -> None:
    assert given_and_family(parts) == names


@pytest.mark.parametrize(
    ("value", "said"),
    [({"de": "Nacht", "en": "Night"}, "Nacht"), ({"en": "Night"}, "Night"),
     ({"fr": "Nuit"}, "Nuit"), ({"de": " "}, None), ("Plain", "Plain"), (None, None)],
)  # fmt: skip
def test_things_are_called_as_in_the_chosen_language_or_the_next_best(
    value: Any, said: str | None
) -> None:
    assert spoken(value, "de-informal") == said


def test_an_erased_account_is_marked_and_its_digest_changes() -> None:
    gone = account(email=None, is_active=False, name_parts={})
    assert customer(gone)["is_anonymised"] is True
    assert customer(account(email=None))["is_anonymised"] is False
    assert erasures([account()]) != erasures([gone])
    assert erasures([gone, account(identifier="C2")]) == erasures([gone])


SHOP = catalogue(event(), [
    item(variations=[{"id": 5, "value": {"en": "Child"}}]),
    item(id=2, name={"en": "Parking"}, admission=False),
], "en")  # fmt: skip


def test_only_admissions_are_tickets() -> None:
    made = order(positions=[position(variation=5), position(positionid=2, item=2)])
    (ticket,) = order_tickets(made, SHOP)
    assert (ticket["order_ticket_id"], ticket["ticket_type"]) == ("jazz/ABC12-1", "Regular (Child)")


def test_a_ticket_of_a_deleted_product_is_a_ticket_without_type() -> None:
    (ticket,) = order_tickets(order(positions=[position(item=99)]), SHOP)
    assert ticket["ticket_type"] is None


@pytest.mark.parametrize(
    ("fields", "canceled", "status"),
    [
        ({}, False, "valid"),
        ({"status": "n", "payments": []}, False, "valid"),
        ({"status": "e", "payments": []}, False, "cancelled"),
        ({}, True, "cancelled"),
        ({"refunds": [refund("10.00")]}, True, "refunded"),
        ({"refunds": [refund("10.00")]}, False, "valid"),
    ],
)
def test_a_ticket_is_valid_as_long_as_it_and_its_order_are(
    fields: dict[str, Any],
    canceled: bool,
    status: str,
) -> None:
    (ticket,) = order_tickets(order(positions=[position(canceled=canceled)], **fields), SHOP)
    assert ticket["status"] == status


def test_the_first_entry_counts_and_exits_do_not() -> None:
    checkins = [
        {"type": "exit", "datetime": "2026-11-24T08:00:00Z"},
        {"type": "entry", "datetime": "2026-11-24T10:00:00Z"},
        {"type": "entry", "datetime": "2026-11-24T09:00:00Z"},
    ]
    (ticket,) = order_tickets(order(positions=[position(checkins=checkins)]), SHOP)
    assert ticket["checked_in_at"] == "2026-11-24T09:00:00+00:00"


def test_answers_are_by_the_identifier_of_their_question() -> None:
    answers = [{"question": 3, "question_identifier": "JOB", "answer": "Chef"}]
    made = order(positions=[position(answers=answers, attendee_email="g@x.example")])
    (row,) = registrations(made, SHOP)
    assert (row["answers"], row["email"], row["status"]) == (
        {"JOB": "Chef"}, "g@x.example", "registered"
    )  # fmt: skip


def test_dates_of_a_series_are_events_and_the_series_is_none() -> None:
    series = event(slug="course", has_subevents=True, meta_data={"category": "Course"})
    date = {
        "id": 4, "event": "course", "name": {"en": "First"}, "date_from": "2027-01-01T10:00:00Z",
        "date_to": None, "location": None, "meta_data": {"category": ""},
    }  # fmt: skip
    (row,) = rows([series], [date, {**date, "event": "elsewhere"}], SETTINGS)
    assert (row["event_id"], row["name"]) == ("course/4", "First")
    assert (row["category"], row["venue"]) == ("Course", "Town Hall")


def test_events_go_on_when_they_differ_and_when_they_vanish() -> None:
    found = list(rows([event(), event(slug="fair")], [], SETTINGS))
    first, known = changes(found, {}, NOW)
    assert [row["event_id"] for row in first] == ["jazz", "fair"]
    assert changes(found, known, NOW) == ([], known)
    renamed = list(rows([event(name={"en": "Blues Night"})], [], SETTINGS))
    again, known = changes(renamed, known, NOW)
    assert [(r["event_id"], r["name"], r["is_deleted"]) for r in again] == [
        ("jazz", "Blues Night", False), ("fair", None, True)
    ]  # fmt: skip
    assert set(known) == {"jazz"}


def test_another_name_of_a_product_or_variation_is_another_catalogue() -> None:
    digests = {
        catalogue(event(), [item(**fields)], "en").digest
        for fields in (
            {},
            {"name": {"en": "Full"}},
            {"admission": False},
            {"variations": [{"id": 5, "value": {"en": "Child"}}]},
        )
    }
    assert len(digests) == 4
    assert catalogue(event(), page([item(position=3)])["results"], "en").digest in digests
