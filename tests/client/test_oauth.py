"""OAuth in values: what is asked, what is answered, and when a token is renewed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from stagedoor.errors import Misconfigured, Unavailable
from stagedoor.grants import Grant
from stagedoor.hubspot import oauth
from stagedoor.hubspot.authority import Authority, Ended
from stagedoor.hubspot.calls import Call
from stagedoor.hubspot.clockwork import Clockwork
from stagedoor.hubspot.oauth import App
from stagedoor.hubspot.responses import Response

APP = App("the-client", SecretStr("the-secret"))
GRANTED = {
    "token_type": "bearer",
    "access_token": "access-2",
    "refresh_token": "na1-refresh-2",
    "expires_in": 1800,
    "hub_id": 1234567,
    "scopes": ["oauth", "crm.objects.contacts.read"],
}
BAD_REFRESH_TOKEN = {
    "error": "invalid_grant",
    "error_description": "refresh token is invalid, expired or revoked",
    "status": "BAD_REFRESH_TOKEN",
    "message": "refresh token na1-refresh-1 is invalid, expired or revoked",
}


def test_the_person_is_sent_with_scopes_state_and_a_challenge() -> None:
    url = oauth.authorize_url(
        APP,
        redirect_uri="https://x.test/back",
        scopes=["oauth", "tickets"],
        optional_scopes=["crm.import"],
        state="s/1",
        verifier="dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    )
    asked = parse_qs(urlsplit(url).query)
    assert url.startswith("https://app.hubspot.com/oauth/authorize?")
    assert asked == {
        "client_id": ["the-client"],
        "redirect_uri": ["https://x.test/back"],
        "scope": ["oauth tickets"],
        "optional_scope": ["crm.import"],
        "state": ["s/1"],
        "code_challenge_method": ["S256"],
        "code_challenge": ["E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"],  # RFC 7636, appendix B
    }


def test_secrets_are_long_and_never_the_same() -> None:
    made = {oauth.new_secret() for _ in range(100)}
    assert len(made) == 100
    assert all(43 <= len(secret) <= 128 for secret in made)


def test_what_holds_secrets_does_not_show_them() -> None:
    request = oauth.refresh(APP, "2026-09", "na1-refresh-1")
    grant = oauth.read_grant(Response(200, {}, GRANTED), 0.0, None)
    shown = f"{APP!r} {request!r} {grant!r}"
    assert [s for s in ("the-secret", "na1-refresh", "access-2") if s in shown] == []


@given(life=st.floats(1, 10_000), age=st.floats(0, 1.2))
def test_a_token_is_renewed_before_its_end_and_not_at_once(life: float, age: float) -> None:
    grant = Grant("a", "r", 100.0, 100.0 + life)
    fresh = grant.is_fresh(100.0 + age * life)
    if age >= 1 or life * (1 - age) < min(300, life / 10) * 0.999:
        assert not fresh
    if age < 0.4:
        assert fresh


def test_a_token_of_half_an_hour_is_renewed_five_minutes_early() -> None:
    grant = Grant("a", "r", 0.0, 1800.0)
    assert [grant.is_fresh(at) for at in (1499.0, 1501.0)] == [True, False]


def authority(
    *answers: Any, slept: list[float] | None = None, seen: list[Call] | None = None
) -> tuple[Authority, list[httpx.Request]]:
    """Return an authority that answers thus, and the requests that it got."""
    rest: Iterator[Any] = iter(answers)
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        item = next(rest)
        if isinstance(item, Exception):
            raise item
        return httpx.Response(item[0], json=item[1])

    waits = slept if slept is not None else []
    calls = seen if seen is not None else []
    clockwork = Clockwork(
        now=lambda: 0.0, sleep=waits.append, jitter=lambda: 0.5, wall=lambda: 1_000.0
    )
    http = httpx.Client(base_url="http://hubspot.test", transport=httpx.MockTransport(answer))
    made = Authority(
        http, APP, "2026-09", clockwork=clockwork, max_attempts=4, observe=calls.append
    )
    return made, asked


def form(request: httpx.Request) -> dict[str, str]:
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.url.query == b""
    return {name: values[0] for name, values in parse_qs(request.content.decode()).items()}


def test_a_code_becomes_tokens() -> None:
    hubspot, asked = authority((200, GRANTED))
    grant = hubspot.exchange("the-code", "https://x.test/back", "the-verifier")
    assert grant == Grant(
        "access-2", "na1-refresh-2", 1_000.0, 2_800.0, 1234567,
        ("oauth", "crm.objects.contacts.read"),
    )  # fmt: skip
    assert asked[0].url.path == "/oauth/2026-09/token"
    assert form(asked[0]) == {
        "grant_type": "authorization_code",
        "client_id": "the-client",
        "client_secret": "the-secret",
        "code": "the-code",
        "redirect_uri": "https://x.test/back",
        "code_verifier": "the-verifier",
    }


def test_an_unchanged_refresh_token_stays() -> None:
    left_out = {name: value for name, value in GRANTED.items() if name != "refresh_token"}
    hubspot, asked = authority((200, left_out))
    grant = hubspot.refresh("na1-refresh-1")
    assert isinstance(grant, Grant)
    assert grant.refresh_token == "na1-refresh-1"
    assert form(asked[0])["refresh_token"] == "na1-refresh-1"


def test_an_endpoint_that_is_ill_is_asked_again_with_longer_waits() -> None:
    slept: list[float] = []
    ill: tuple[Any, ...] = (
        httpx.ReadTimeout("slow"),
        (503, {}),
        (429, {"message": "m"}),
        (200, GRANTED),
    )
    hubspot, asked = authority(*ill, slept=slept)
    assert isinstance(hubspot.refresh("r"), Grant)
    assert slept == sorted(slept)
    assert (len(slept), len(asked)) == (3, 4)


@pytest.mark.parametrize("status", [408, 423, 429, 477, 500, 524])
def test_what_passes_says_nothing_of_the_grant(status: int) -> None:
    hubspot, _ = authority((status, {"status": "error", "message": "m"}), (200, GRANTED))
    assert isinstance(hubspot.refresh("r"), Grant)


def test_an_endpoint_that_stays_ill_ends_the_run() -> None:
    hubspot, asked = authority(*[(502, {})] * 4)
    with pytest.raises(Unavailable, match="stays pending"):
        hubspot.refresh("r")
    assert len(asked) == 4


def test_an_answer_without_a_token_is_no_grant() -> None:
    hubspot, _ = authority((200, {"hello": 1}), (200, GRANTED))
    assert isinstance(hubspot.refresh("r"), Grant)


def test_a_grant_that_has_ended_is_told_without_its_token() -> None:
    hubspot, _ = authority((400, BAD_REFRESH_TOKEN))
    assert hubspot.refresh("na1-refresh-1") == Ended("BAD_REFRESH_TOKEN (HTTP 400)")


@pytest.mark.parametrize("status", ["BAD_CLIENT_ID", "BAD_CLIENT_SECRET", "BAD_REDIRECT_URI"])
def test_a_wrong_app_names_the_settings(status: str) -> None:
    hubspot, asked = authority((400, {"status": status, "message": "the-secret is wrong"}))
    with pytest.raises(Misconfigured, match=rf"{status}.*`client_id`") as caught:
        hubspot.exchange("code", "https://x.test/back")
    assert "the-secret" not in str(caught.value)
    assert len(asked) == 1


def test_a_token_can_be_looked_at_and_made_worthless() -> None:
    hubspot, asked = authority((200, {"active": True, "hub_id": 1}), (204, None))
    assert hubspot.introspect("access-2")["active"]
    hubspot.revoke("na1-refresh-2")
    assert [r.url.path for r in asked] == [
        "/oauth/2026-09/token/introspect",
        "/oauth/2026-09/token/revoke",
    ]
    assert form(asked[0]) | form(asked[1]) == {
        "client_id": "the-client",
        "client_secret": "the-secret",
        "token": "na1-refresh-2",
        "token_type_hint": "refresh_token",
    }


def test_attempts_are_told_without_secrets() -> None:
    seen: list[Call] = []
    hubspot, _ = authority((503, {}), (200, GRANTED), seen=seen)
    hubspot.refresh("na1-refresh-1")
    assert [(c.route, c.result, c.attempt) for c in seen] == [
        ("oauth/token refresh_token", "503", 1),
        ("oauth/token refresh_token", "200", 2),
    ]
    assert "na1-refresh" not in str(seen)
