"""How the journal is asked: files that do not come, subscriptions, and the app's own token."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from stagedoor.errors import Misconfigured, Reject, Unavailable
from stagedoor.hubspot.authority import Authority
from stagedoor.hubspot.clockwork import Clockwork
from stagedoor.hubspot.journal import Gap, Journal
from stagedoor.hubspot.oauth import App
from stagedoor.hubspot.requests import Request
from stagedoor.hubspot.tokens import AppToken
from support.project import Portal

PLACE = {"url": "https://files.example/1", "currentOffset": "one"}


def journal(
    answers: Iterator[Any], files: Iterator[Any]
) -> tuple[Journal, list[float], list[Request]]:
    """Return a journal of these answers, with how long it waited and what it asked."""
    waits: list[float] = []
    asked: list[Request] = []

    def call(request: Request) -> dict[str, Any]:
        asked.append(request)
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)

    def serve(_request: httpx.Request) -> httpx.Response:
        answer = next(files)
        if isinstance(answer, httpx.Response):
            return answer
        raise answer

    http = httpx.Client(transport=httpx.MockTransport(serve))
    clockwork = Clockwork(sleep=waits.append, jitter=lambda: 1.0)
    return Journal(call, http, "2026-09", clockwork), waits, asked


def test_a_file_that_comes_late_is_waited_for() -> None:
    good = httpx.Response(200, json={"offset": "one", "journalEvents": []})
    files = iter([httpx.ConnectError("no"), httpx.Response(503), httpx.Response(200), good])
    read, waits, _ = journal(iter([PLACE, {}]), files)
    assert ([file.offset for file in read.files(None)], len(waits)) == (["one"], 3)


def test_a_file_that_never_comes_ends_the_run_at_its_offset() -> None:
    read, _, _ = journal(iter([PLACE]), iter([httpx.Response(403)] * 4))
    with pytest.raises(Unavailable, match="same offset"):
        list(read.files(None))


@pytest.mark.parametrize("status", [400, 404, 410])
def test_an_offset_that_is_refused_is_a_gap(status: int) -> None:
    read, _, _ = journal(iter([Reject("gone", status=status)]), iter(()))
    with pytest.raises(Gap):
        list(read.files("old"))


def test_another_refusal_is_none() -> None:
    read, _, _ = journal(iter([Reject("no", status=409)]), iter(()))
    with pytest.raises(Reject):
        list(read.files("old"))


def test_an_empty_journal_has_no_latest_offset() -> None:
    read, _, _ = journal(iter([{}]), iter(()))
    assert read.latest() is None


def test_only_what_is_missing_is_subscribed_to() -> None:
    there = [
        {"subscriptionType": "OBJECT", "objectTypeId": "0-1", "portalId": 7},
        {"subscriptionType": "OBJECT", "objectTypeId": "0-2", "portalId": 8},
        {"subscriptionType": "ASSOCIATION", "objectTypeId": None, "portalId": None},
    ]
    read, _, asked = journal(iter([{"results": there}, {}]), iter(()))
    wanted = [("OBJECT", "0-1"), ("OBJECT", "0-2"), ("ASSOCIATION", "0-1")]
    assert read.subscribe(wanted, 7) == 1
    assert asked[-1].body == {
        "subscriptionType": "OBJECT",
        "objectTypeId": "0-2",
        "portalId": 7,
    }


@pytest.fixture
def authority(portal: Portal) -> Iterator[Authority]:
    app = App("sandbox-app", SecretStr("sandbox-secret"))
    with httpx.Client(base_url=portal.sandbox.url, timeout=30) as http:
        yield Authority(http, app, "2026-09")


def test_an_app_s_own_token_serves_until_it_is_old(authority: Authority) -> None:
    now = [Clockwork().wall()]
    token = AppToken(authority, ("developer.webhooks_journal.read",), lambda: now[0])
    first = token.current()
    again = token.current()
    now[0] += 3_600
    assert (again == first, token.current() == first) == (True, False)


def test_a_token_that_hubspot_refuses_is_asked_for_again_once(authority: Authority) -> None:
    token = AppToken(authority, (), Clockwork().wall)
    first = token.current()
    second = token.refresh(first)
    assert (second != first, token.refresh(first)) == (True, second)


def test_a_wrong_secret_is_a_wrong_setting(portal: Portal) -> None:
    app = App("sandbox-app", SecretStr("wrong"))
    with httpx.Client(base_url=portal.sandbox.url, timeout=30) as http:
        token = AppToken(Authority(http, app, "2026-09"), (), Clockwork().wall)
        with pytest.raises(Misconfigured, match="client_secret"):
            token.current()
