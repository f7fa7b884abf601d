"""Traps of pretix's API that a live one cannot be made to show: moving pages, troubled servers."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import requests_mock

from stagedoor.errors import Misconfigured, Unavailable
from stagedoor.extension import PlatformChange, Scalar
from stagedoor_plugins.platform_sources.pretix.api import TRIES, PretixApi
from stagedoor_plugins.platform_sources.pretix.directory import ONE_BY_ONE, Directory
from stagedoor_plugins.platform_sources.pretix.settings import PretixSettings
from stagedoor_plugins.platform_sources.pretix.writer import PretixWriter
from support.pretix.examples import Json, account, order, page, position, refund
from support.pretix.fake import BASE, JSON, SETTINGS, URL, FakePretix
from tap_platform.tap import TapPlatform

ERROR_PAGE = {"status_code": 500, "text": "<h1>Oops</h1>", "headers": {"Content-Type": "text/html"}}


@pytest.fixture
def mock() -> Iterator[requests_mock.Mocker]:
    """Answers in place of the network."""
    with requests_mock.Mocker() as mocker:
        yield mocker


@pytest.fixture
def fake(mock: requests_mock.Mocker) -> FakePretix:
    """An organizer with 120 orders, each changed a second after the one before."""
    made = FakePretix([order(code=f"A{n:03d}", last_modified=moment(n)) for n in range(120)])
    made.mount(mock)
    return made


@pytest.fixture
def waits() -> list[float]:
    """How long was waited."""
    return []


@pytest.fixture
def api(waits: list[float]) -> PretixApi:
    return PretixApi(PretixSettings.model_validate(SETTINGS), sleep=waits.append)


def moment(seconds: int) -> str:
    return f"2026-11-24T10:{seconds // 60:02d}:{seconds % 60:02d}Z"


def read(state: Json | None = None, **settings: Any) -> tuple[Counter[str], Json]:
    """Return how often each order comes, and the state after it."""
    config = {"source": "pretix", "pretix": {**SETTINGS, **settings}}
    tap = TapPlatform(config=config, state=state, parse_env_config=False)
    stream = tap.streams["orders"]
    rows = [row for row in stream.get_records(None) if isinstance(row, dict)]
    codes = Counter(str(row["order_number"]) for row in rows)
    made_of_orders = ("companies", "orders", "order_tickets", "registrations")
    return codes, {"bookmarks": {name: dict(stream.stream_state) for name in made_of_orders}}


def test_an_order_that_moves_while_pages_are_read_is_neither_lost_nor_doubled(
    fake: FakePretix,
) -> None:
    def change_one_that_was_not_read(number: int) -> None:
        fake.orders[number]["last_modified"] = f"2026-11-24T12:00:0{number}Z"

    fake.between = change_one_that_was_not_read
    codes, state = read()
    late = {"A001", "A002"}
    assert set(codes) | late == {f"A{n:03d}" for n in range(120)}
    assert set(codes.values()) == {1}
    fake.between = None
    again, _ = read(state, overlap_seconds=0)
    assert late <= set(again), "what moved away comes with the next run"


def test_a_new_order_pushes_others_back_and_none_out(fake: FakePretix) -> None:
    fake.between = lambda number: fake.orders.append(
        order(code=f"NEW{number}", last_modified="2026-11-24T12:00:01Z")
    )
    codes, _ = read()
    assert {f"A{n:03d}" for n in range(120)} <= set(codes)
    assert set(codes.values()) == {1}


def test_the_next_run_begins_where_the_clock_stood_at_the_first_page(fake: FakePretix) -> None:
    _, state = read()
    assert state["bookmarks"]["orders"]["replication_key_value"] == "2026-11-24T12:00:00+00:00"
    fake.pages.clear()
    read(state, overlap_seconds=60)
    assert fake.pages[0]["modified_since"] == "2026-11-24t11:59:00+00:00"


def test_without_the_clock_the_newest_change_counts(fake: FakePretix) -> None:
    fake.clock = None
    _, state = read()
    assert state["bookmarks"]["orders"]["replication_key_value"] == "2026-11-24T10:01:59+00:00"


def test_300_orders_of_one_moment_come_once_and_then_no_more(fake: FakePretix) -> None:
    fake.orders = [order(code=f"S{n:03d}") for n in range(300)]
    codes, state = read()
    assert (len(codes), set(codes.values())) == (300, {1})
    again, _ = read(state)
    assert not again


def test_a_pretix_that_ignores_the_filter_is_not_read_to_its_end(fake: FakePretix) -> None:
    _, state = read()
    fake.ignores = ("modified_since",)
    fake.orders[7]["last_modified"] = "2026-11-24T12:00:01Z"
    fake.pages.clear()
    codes, _ = read(state)
    assert set(codes) == {"A007"}
    assert len(fake.pages) == 1


def test_a_pretix_that_ignores_the_order_is_refused(fake: FakePretix) -> None:
    fake.ignores = ("ordering",)
    with pytest.raises(Misconfigured, match="ordering=-last_modified"):
        read()


def test_a_list_that_got_shorter_ends_where_it_ends(fake: FakePretix) -> None:
    fake.between = lambda number: fake.orders.__delitem__(slice(50, None)) if number == 1 else None
    codes, _ = read()
    assert len(codes) == 50


def test_an_organizer_that_is_not_there_is_told_apart_from_a_list_that_ended(
    fake: FakePretix, mock: requests_mock.Mocker
) -> None:
    mock.get(f"{BASE}/orders/", status_code=404, headers=JSON, json={"detail": "Not found."})
    with pytest.raises(Misconfigured, match=r"pretix\.organizer"):
        read()


def test_pages_hold_50_rows_and_hide_neither_cancelled_positions_nor_fees(fake: FakePretix) -> None:
    read()
    assert [query["page_size"] for query in fake.pages] == ["50", "50", "50"]
    assert {query["include_canceled_positions"] for query in fake.pages} == {"true"}
    assert {query["include_canceled_fees"] for query in fake.pages} == {"true"}
    assert {query["testmode"] for query in fake.pages} == {"false"}


def test_orders_of_other_events_are_left_out(fake: FakePretix) -> None:
    fake.orders += [order(code="OTHER", event="fair")]
    codes, _ = read(events=["jazz"])
    assert "OTHER" not in codes
    assert len(codes) == 120


def test_an_event_that_the_token_cannot_see_is_named(fake: FakePretix) -> None:
    with pytest.raises(Misconfigured, match=r"names opera.*sees: jazz"):
        read(events=["jazz", "opera"])


def test_an_order_with_a_silent_refund_is_read_once_more_and_then_not_again(
    fake: FakePretix,
) -> None:
    _, state = read()
    fake.orders[3]["refunds"] = [refund("5.00")]
    fake.refunds = "event,order,id\njazz,A003,A003-R-1\n"
    codes, state = read(state)
    assert set(codes) == {"A003"}
    codes, _ = read(state)
    assert not codes


def test_refunds_seen_with_their_orders_cost_no_further_call(
    fake: FakePretix, mock: requests_mock.Mocker
) -> None:
    fake.orders[3]["refunds"] = [refund("5.00")]
    _, state = read()
    fake.refunds = "event,order,id\njazz,A003,A003-R-1\n"
    mock.get(f"{BASE}/events/jazz/orders/A003/", status_code=500)
    codes, _ = read(state)
    assert not codes


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_token_that_may_not_export_reads_on_and_is_told_what_that_means(
    fake: FakePretix, mock: requests_mock.Mocker, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    _, state = read()
    mock.post(f"{BASE}/exporters/paymentlist/run/", status_code=status, headers=JSON, json={})
    fake.orders[7]["last_modified"] = "2026-11-24T12:00:01Z"
    with caplog.at_level(logging.WARNING, "stagedoor.platform"):
        codes, _ = read(state)
    assert set(codes) == {"A007"}
    assert "does not export its refunds" in caplog.text


def test_erasing_an_account_has_all_orders_read_again_once(fake: FakePretix) -> None:
    fake.accounts = [account()]
    _, state = read()
    fake.accounts = [account(email=None, is_active=False)]
    codes, state = read(state)
    assert len(codes) == 120
    codes, _ = read(state)
    assert not codes


# Calls


def test_error_pages_are_asked_again_and_never_taken_for_data(
    api: PretixApi, mock: requests_mock.Mocker, waits: list[float]
) -> None:
    good = {"headers": JSON, "json": page([{"id": 1}])}
    maintenance = {"text": "<p>Back soon</p>", "headers": {"Content-Type": "text/html"}}
    mock.get(f"{BASE}/events/", [ERROR_PAGE, maintenance, good])
    assert api.get("/events/")["results"] == [{"id": 1}]
    assert waits == [1, 2]


def test_a_pretix_that_stays_down_is_unavailable_and_nothing_is_lost(
    api: PretixApi, mock: requests_mock.Mocker, waits: list[float]
) -> None:
    mock.get(f"{BASE}/events/", [ERROR_PAGE])
    with pytest.raises(Unavailable, match="500 text/html"):
        api.get("/events/")
    assert len(waits) == TRIES - 1


def test_a_pretix_that_asks_to_wait_is_waited_for(
    api: PretixApi, mock: requests_mock.Mocker, waits: list[float]
) -> None:
    slow = {"status_code": 429, "headers": {**JSON, "Retry-After": "17"}, "json": {}}
    mock.get(f"{BASE}/events/", [slow, {"headers": JSON, "json": page([])}])
    api.get("/events/")
    assert waits == [17]


def test_a_lost_connection_is_made_again_and_its_secrets_stay_out_of_messages(
    api: PretixApi, mock: requests_mock.Mocker, waits: list[float]
) -> None:
    mock.get(f"{BASE}/events/", exc=requests.ConnectionError("proxy user:secret t0ken"))
    with pytest.raises(Unavailable) as raised:
        api.get("/events/")
    assert len(waits) == TRIES - 1
    assert "secret" not in str(raised.value)
    assert "t0ken" not in str(raised.value)


def test_a_redirect_takes_the_token_nowhere(api: PretixApi, mock: requests_mock.Mocker) -> None:
    away = {"Location": "https://elsewhere.example/", "Content-Type": "text/html"}
    mock.get(f"{BASE}/events/", status_code=301, headers=away)
    with pytest.raises(Misconfigured, match="another address"):
        api.get("/events/")
    assert [call.hostname for call in mock.request_history] == ["tickets.example"]


def test_a_download_stays_where_the_token_belongs(
    fake: FakePretix, mock: requests_mock.Mocker
) -> None:
    _, state = read()
    evil = {"download": "https://elsewhere.example/api/v1/organizers/acme/exporters/paymentlist/"
                        "download/1/2/"}  # fmt: skip
    path = f"{BASE}/exporters/paymentlist/run/"
    mock.post(path, status_code=202, headers=JSON, json=evil)
    read(state)
    assert {call.hostname for call in mock.request_history} == {"tickets.example"}


def test_an_export_that_is_not_ready_is_waited_for(
    api: PretixApi, mock: requests_mock.Mocker, waits: list[float]
) -> None:
    running = {"status_code": 409, "headers": {**JSON, "Retry-After": "3"}, "json": {}}
    ready = {"headers": {"Content-Type": "text/csv"}, "text": "a,b,c\n"}
    mock.get(f"{URL}/export", [running, ready])
    request = api.prepare("GET", f"{URL}/export")
    assert api.send(request, expected="text/csv").text == "a,b,c\n"
    assert waits == [3]


def test_a_list_that_moves_is_read_again_until_it_is_whole(
    api: PretixApi, mock: requests_mock.Mocker
) -> None:
    """A row went to the end between two pages, and another slipped over the edge."""

    def answer(rows: list[int], *, more: bool, count: int = 3) -> Json:
        body = {**page([{"id": n} for n in rows], more=more), "count": count}
        return {"headers": JSON, "json": body}

    mock.get(f"{BASE}/customers/", [
        answer([1, 2], more=True), answer([1], more=False),  # 3 slipped onto the first page
        answer([2, 3], more=True), answer([1], more=False),
    ])  # fmt: skip
    assert [row["id"] for row in api.scan("/customers/", "id")] == [2, 3, 1]


def test_a_list_that_never_holds_still_is_not_taken_for_whole(
    api: PretixApi, mock: requests_mock.Mocker
) -> None:
    body = {**page([{"id": 1}, {"id": 2}]), "count": 3}
    mock.get(f"{BASE}/customers/", headers=JSON, json=body)
    with pytest.raises(Unavailable, match="changes faster"):
        api.scan("/customers/", "id")


def test_a_few_vouchers_are_looked_up_and_many_are_read_in_pages(
    fake: FakePretix, mock: requests_mock.Mocker, api: PretixApi
) -> None:
    directory = Directory(api, PretixSettings.model_validate(SETTINGS))
    for number in range(ONE_BY_ONE):
        path = f"{BASE}/events/jazz/vouchers/{number}/"
        mock.get(path, headers=JSON, json={"id": number, "code": f"V{number}"})
    everything = [{"id": n, "code": f"V{n}"} for n in range(40)]
    mock.get(f"{BASE}/events/jazz/vouchers/", headers=JSON, json=page(everything))
    codes = [directory.voucher("jazz", number) for number in range(40)]
    assert codes == [f"V{n}" for n in range(40)]
    assert len([c for c in mock.request_history if "vouchers" in c.path]) == ONE_BY_ONE + 1
    mock.get(f"{BASE}/events/jazz/vouchers/99/", status_code=404, headers=JSON, json={})
    assert directory.voucher("jazz", 99) is None


def test_a_value_that_pretix_ignores_with_200_is_invalid(
    api: PretixApi, mock: requests_mock.Mocker
) -> None:
    """An account of a single sign-on keeps the identifier that it has there."""
    kept = account(external_identifier="sso-1", phone="+40 720 111 111", notes=None)
    path = f"{BASE}/customers/C0001/"
    mock.get(path, headers=JSON, json={**kept, "phone": None})
    mock.patch(path, headers=JSON, json=kept)
    values: dict[str, Scalar] = {"hubspot_id": "501", "phone": "+40720111111"}
    outcome = PretixWriter(api).write(PlatformChange("customers", "C0001", values))
    assert outcome.invalid == {"hubspot_id": "pretix kept its own value"}
    assert outcome.written == ("phone",), "another spelling is written all the same"


def test_orders_are_read_once_for_all_streams(
    fake: FakePretix, capsys: pytest.CaptureFixture[str]
) -> None:
    fake.orders[0]["positions"] = [position(), position(positionid=2)]
    config = {"source": "pretix", "pretix": SETTINGS}
    TapPlatform(config=config, parse_env_config=False).sync_all()
    out = capsys.readouterr().out
    assert out.count('"stream":"orders"') == 120 + 1
    assert out.count('"stream":"order_tickets"') == 121 + 1
    assert out.count('"stream":"registrations"') == 121 + 1
    assert len(fake.pages) == 3


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"url": "tickets.example"}, r"pretix\.url"),
        ({"organizer": "a b"}, r"pretix\.organizer"),
        ({"tokens": "x"}, r"pretix\.tokens"),
        ({"overlap_seconds": -1}, r"pretix\.overlap_seconds"),
    ],
)
def test_a_wrong_setting_is_named(settings: Json, words: str) -> None:
    config = {"source": "pretix", "pretix": {**SETTINGS, **settings}}
    with pytest.raises(Misconfigured, match=words) as raised:
        TapPlatform(config=config, parse_env_config=False).discover_streams()
    assert "t0ken" not in str(raised.value)
