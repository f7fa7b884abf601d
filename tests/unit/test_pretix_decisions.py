"""Who speaks for a company, where a reading begins, and what a notification asks for."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stagedoor.errors import Misconfigured, Retry
from stagedoor_plugins.platform_sources.pretix.answers import judge, wait
from stagedoor_plugins.platform_sources.pretix.election import Election
from stagedoor_plugins.platform_sources.pretix.marks import Mark, basis, common, load, store
from stagedoor_plugins.platform_sources.pretix.refunds import listed, recent
from stagedoor_plugins.platform_sources.pretix.settings import PretixSettings
from stagedoor_plugins.platform_sources.pretix.webhooks import (
    Hint,
    Notification,
    Recent,
    hints,
    is_authorised,
    parse,
)
from support.pretix.examples import MOMENT, order, refund

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MARK = Mark(NOW, "b", {"jazz": "1"}, frozenset({"jazz/A-R-1"}), {"vat:1": "jazz/A"})


@given(
    before=st.dictionaries(st.integers(0, 8), st.sampled_from("ABC")),
    changed=st.lists(st.tuples(st.integers(0, 8), st.sampled_from(["A", "B", "C", None])),
                     unique_by=lambda one: one[0], max_size=6),
)  # fmt: skip
def test_an_election_over_changes_comes_to_what_one_over_all_orders_does(
    before: dict[int, str], changed: list[tuple[int, str | None]]
) -> None:
    """`before` has each order's company, the order changed last first; then some change."""
    first = Election({})
    for number, known in before.items():
        first.hear(str(number), known)
    speakers, _ = first.close(heard_all=True)
    unchanged = [(n, c) for n, c in before.items() if n not in dict(changed)]

    incremental = Election(speakers)
    for number, company in changed:
        incremental.hear(str(number), company)
    if heard_all := incremental.is_open:
        for number, known in unchanged:
            incremental.hear(str(number), known)
    result, gone = incremental.close(heard_all=heard_all)

    full = Election({})
    for number, company in (*changed, *unchanged):
        full.hear(str(number), company)
    assert result == full.close(heard_all=True)[0]
    assert set(gone) == speakers.keys() - result.keys()


def test_a_mark_survives_its_state() -> None:
    state: dict[str, Any] = {}
    store(MARK, state, "updated_at")
    assert load(state) == MARK
    assert load({}) == Mark()


def test_one_reading_serves_the_stream_that_is_furthest_behind() -> None:
    earlier = replace(MARK, since=NOW - timedelta(days=1), refunds=frozenset(), speakers={})
    both = common([MARK, earlier])
    assert both.since == earlier.since
    assert both.refunds == frozenset()
    assert both.speakers == MARK.speakers
    assert common([MARK, Mark()]).since is None


def test_streams_that_disagree_about_a_catalogue_have_its_orders_read_again() -> None:
    other = replace(MARK, catalogues={"jazz": "2", "fair": "3"})
    assert common([MARK, other]).catalogues == {"jazz": "", "fair": "3"}


def test_streams_that_disagree_about_the_basis_have_everything_read_again() -> None:
    assert common([MARK, replace(MARK, basis="c")]).basis is None


@pytest.mark.parametrize(
    "fields", [{"events": ["jazz"]}, {"language": "de"}, {"mailbox_domains": ["isp.example"]}]
)
def test_settings_that_rows_depend_on_are_part_of_the_basis(fields: dict[str, Any]) -> None:
    plain = PretixSettings(token="t", organizer="acme")
    assert basis(plain.model_copy(update=fields), "") != basis(plain, "")
    assert basis(plain, "gone") != basis(plain, "")


def test_an_export_of_refunds_is_read_by_place_whatever_its_language() -> None:
    text = '"Kürzel","Bestellung","Zahlung"\r\n"jazz","ABC12","ABC12-R-1","2026-11-24"\r\n'
    assert listed(text) == {"jazz/ABC12-R-1": "jazz/ABC12"}
    assert listed("") == {}


def test_a_refund_seen_with_its_order_is_named_as_the_export_names_it() -> None:
    made = order(refunds=[refund("5.00"), refund("5.00", "created", 2)])
    assert recent(made, datetime.fromisoformat(MOMENT)) == ["jazz/ABC12-R-1"]
    assert recent(made, datetime.fromisoformat(MOMENT) + timedelta(days=9)) == []


@pytest.mark.parametrize(
    ("status", "kind", "says"),
    [
        (401, "application/json", "`pretix.token`"),
        (403, "application/json", "may view orders, vouchers and customers"),
        (404, "text/html", "`pretix.url`"),
        (301, "text/html", "another address"),
        (400, "application/json", "report it"),
    ],
)
def test_a_refusal_says_what_to_do(status: int, kind: str, says: str) -> None:
    with pytest.raises(Misconfigured, match=says):
        judge(status, kind, None, where="GET /x")


@pytest.mark.parametrize(
    ("status", "kind"),
    [(500, "text/html"), (502, "text/html"), (429, "application/json"), (409, "application/json"),
     (200, "text/html")],
)  # fmt: skip
def test_trouble_and_pages_in_place_of_data_are_asked_again(status: int, kind: str) -> None:
    with pytest.raises(Retry):
        judge(status, kind, None, where="GET /x")


@pytest.mark.parametrize(
    ("header", "attempt", "seconds"),
    [("7", 0, 7), (None, 3, 8), ("soon", 1, 2), (None, 20, 60), ("99999", 0, 300), ("-1", 0, 0)],
)
def test_waiting_is_as_told_and_else_longer_each_time(
    header: str | None, attempt: int, seconds: float
) -> None:
    assert wait(header, attempt) == seconds


def basic(words: str) -> str:
    return "Basic " + base64.b64encode(words.encode()).decode()


@pytest.mark.parametrize(
    ("path", "header", "allowed"),
    [
        ("/hooks/1", basic("me:secret"), True),
        ("/hooks/1", basic("me:other"), False),
        ("/hooks/2", basic("me:secret"), False),
        ("/hooks/1", None, False),
        ("/hooks/1", "Basic !!!", False),
        ("/hooks/1", "Bearer " + basic("me:secret")[6:], False),
        ("/hooks/ș", basic("me:secret"), False),
    ],
)
def test_a_call_needs_the_path_and_the_words(path: str, header: str | None, allowed: bool) -> None:
    assert is_authorised(path, header, secret_path="/hooks/1", user="me", password="secret") is (
        allowed
    )


def test_a_body_that_is_no_notification_of_this_organizer_is_refused() -> None:
    good = (
        b'{"notification_id": 1, "organizer": "acme", "event": "jazz", "code": "A", "action": "x"}'
    )
    assert parse(good, "acme").code == "A"
    for bad in (b"", b"[]", b'{"organizer": "acme"}', b"\xff"):
        with pytest.raises(ValueError, match="not a notification"):
            parse(bad, "acme")
    with pytest.raises(ValueError, match="'acme'"):
        parse(good, "other")


def told(number: int, action: str, **fields: Any) -> Notification:
    return Notification(number, "acme", action, **fields)


def test_many_notifications_of_one_order_are_one_hint() -> None:
    many = [told(n, "pretix.event.order.paid", event="jazz", code="A") for n in range(9)]
    many += [
        told(10, "pretix.customer.changed", customer="C1"),
        told(11, "pretix.subevent.changed", event="course", subevent=3),
        told(12, "pretix.giftcards.created"),
    ]
    assert hints(many) == [Hint("customers", "C1"), Hint("events"), Hint("orders", "jazz/A")]


def test_a_notification_is_known_by_its_number_as_long_as_it_is_remembered() -> None:
    seen = Recent(capacity=2)
    first, second, third = (told(n, "x") for n in range(3))
    assert [seen.is_repeat(n) for n in (first, first, second, third)] == [
        False, True, False, False
    ]  # fmt: skip
    assert seen.is_repeat(third)
    assert not seen.is_repeat(first)


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("https://t.example/", "https://t.example"),
        ("https://t.example/api/v1/", "https://t.example"),
    ],
)
def test_the_address_may_be_given_with_or_without_its_api(given: str, url: str) -> None:
    settings = PretixSettings(token="t", organizer="acme", url=given)
    assert settings.url == url
