"""Sessions: sealed, old after a while, and only over https where people come by it."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response

from stagedoor.store.keys import load_cipher
from stagedoor_service.application import sessions
from stagedoor_service.application.office import open_office
from stagedoor_service.application.sessions import LIFETIME, Session
from stagedoor_service.settings import load_service_settings
from stagedoor_service.web.console.visitors import keep_session


@pytest.fixture
def office(tmp_path: Path) -> Any:
    """As much of an office as sessions need: where the key is."""
    return SimpleNamespace(store=SimpleNamespace(root=tmp_path))


def test_a_session_comes_back_as_it_was(office: Any) -> None:
    session = Session(key_id="0123456789ab", portal="second")
    assert sessions.unseal(office, sessions.seal(office, session)) == session


def test_a_session_from_before_words_is_none(office: Any) -> None:
    """Whoever was signed in when the service was renewed signs in once more."""
    told = '{"kind": "console session", "csrf": "x", "key_id": "0123456789ab", "portal": null}'
    old = load_cipher(office.store.root).encrypt(told.encode()).decode()
    words = {sessions.unseal(office, old).word for _ in range(2)}
    assert len(words) == 2  # none that the store could know


def test_two_sessions_have_two_words() -> None:
    assert Session().csrf != Session().csrf


@pytest.mark.parametrize("text", [None, "", "made up", "gAAAAA", "é"])
def test_what_is_not_sealed_is_no_session(office: Any, text: str | None) -> None:
    assert sessions.unseal(office, text).key_id is None


@pytest.mark.parametrize("told", ["na1-token", '"text"', '{"kind": "other", "key_id": "x"}'])
def test_what_is_sealed_for_something_else_is_no_session(office: Any, told: str) -> None:
    sealed = load_cipher(office.store.root).encrypt(told.encode()).decode()
    assert sessions.unseal(office, sealed).key_id is None


@pytest.mark.parametrize(("age", "counts"), [(LIFETIME - 60, True), (LIFETIME + 60, False)])
def test_a_session_ends_after_half_a_day(office: Any, age: int, counts: bool) -> None:
    cipher = load_cipher(office.store.root)
    sealed = sessions.seal(office, Session(key_id="0123456789ab"))
    then = int(time.time()) - age
    old = cipher._fernets[0].encrypt_at_time(cipher.decrypt(sealed), then).decode()
    assert (sessions.unseal(office, old).key_id is not None) is counts


@pytest.mark.parametrize(("address", "secure"), [("https://sync.example", True), (None, False)])
def test_behind_https_the_cookie_travels_encrypted_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str | None, secure: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    app = FastAPI()
    call = {"type": "http", "method": "GET", "scheme": "http", "path": "/", "headers": []}
    with open_office(load_service_settings({"public_url": address})) as app.state.office:
        request = Request({**call, "server": ("127.0.0.1", 8080), "query_string": b"", "app": app})
        answer = keep_session(request, Response(), Session())
    assert ("secure" in answer.headers["set-cookie"].lower().split("; ")) is secure
