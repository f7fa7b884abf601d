"""Tokens of connected portals: renewed once, kept before they are used, never in the clear."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from stagedoor.config import HubSpotSettings
from stagedoor.errors import Misconfigured, Unavailable
from stagedoor.grants import ConnectionStatus, Grant
from stagedoor.hubspot.authority import Authority
from stagedoor.hubspot.client import HubSpotClient
from stagedoor.hubspot.clockwork import Clockwork
from stagedoor.hubspot.limiter import Limiter
from stagedoor.hubspot.limits import Rules
from stagedoor.hubspot.oauth import App
from stagedoor.hubspot.requests import Request
from stagedoor.hubspot.tokens import OAuthToken
from stagedoor.store import Store, open_store
from stagedoor.sync.portals import open_portal, tokens_of

NOW = 1_000_000.0


class Endpoint:
    """HubSpot's token endpoint, which gives a new refresh token each time and forgets the old."""

    def __init__(self) -> None:
        self.good = "refresh-1"
        self.refreshes = 0
        self.down = 0
        self.lock = threading.Lock()

    def answer(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        with self.lock:
            if self.down:
                self.down -= 1
                return 503, {}
            if form["refresh_token"] != self.good:
                return 400, {"status": "BAD_REFRESH_TOKEN", "error": "invalid_grant"}
            self.refreshes += 1
            number = self.refreshes + 1
            self.good = f"refresh-{number}"
            return 200, {
                "access_token": f"access-{number}",
                "refresh_token": self.good,
                "expires_in": 1800,
                "hub_id": 17,
            }

    def transport(self) -> httpx.MockTransport:
        def answer(request: httpx.Request) -> httpx.Response:
            status, body = self.answer(form_of(request.content))
            return httpx.Response(status, json=body)

        return httpx.MockTransport(answer)


def form_of(content: bytes) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(content.decode()).items()}


@pytest.fixture(autouse=True)
def _no_key_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STAGEDOOR_KEY", raising=False)
    monkeypatch.setitem(sys.modules, "keyring", None)


@pytest.fixture
def settings(tmp_path: Path) -> HubSpotSettings:
    return HubSpotSettings(state_dir=tmp_path / "state", portal="berlin")


@pytest.fixture
def store(settings: HubSpotSettings) -> Iterator[Store]:
    opened = open_store(settings)
    yield opened
    opened.close()


@pytest.fixture
def endpoint() -> Endpoint:
    return Endpoint()


def granted(life: float = 1800.0, at: float = NOW) -> Grant:
    return Grant("access-1", "refresh-1", at, at + life, 17, ("oauth",))


def provider(
    store: Store, endpoint: Endpoint, clock: Callable[[], float] = lambda: NOW
) -> OAuthToken:
    http = httpx.Client(base_url="http://hubspot.test", transport=endpoint.transport())
    clockwork = Clockwork(sleep=lambda _: None, wall=clock)
    authority = Authority(
        http, App("id", SecretStr("secret")), "2026-09", clockwork=clockwork, max_attempts=3
    )
    return OAuthToken("berlin", store.connections, authority, clock)


def test_a_token_is_used_until_five_minutes_before_its_end(
    store: Store, endpoint: Endpoint
) -> None:
    store.connections.put("berlin", granted())
    now = [NOW]
    tokens = provider(store, endpoint, lambda: now[0])
    assert tokens.current() == "access-1"
    now[0] += 1499
    assert tokens.current() == "access-1"
    now[0] += 2
    assert (tokens.current(), tokens.current(), endpoint.refreshes) == ("access-2", "access-2", 1)


def test_a_token_that_hubspot_calls_expired_is_renewed_once_for_all(
    store: Store, endpoint: Endpoint
) -> None:
    store.connections.put("berlin", granted())
    tokens = provider(store, endpoint)
    assert {tokens.refresh("access-1") for _ in range(3)} == {"access-2"}
    assert endpoint.refreshes == 1


def test_what_another_process_renewed_is_taken(store: Store, endpoint: Endpoint) -> None:
    store.connections.put("berlin", granted())
    one, other = provider(store, endpoint), provider(store, endpoint)
    assert one.current() == other.current() == "access-1"
    assert one.refresh("access-1") == other.refresh("access-1") == "access-2"
    assert endpoint.refreshes == 1


def test_a_rotated_token_is_kept_before_it_is_used(
    store: Store, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies as soon as the grant is kept; the next one goes on with it."""
    store.connections.put("berlin", granted(life=0))
    put = store.connections.put

    def put_and_die(portal: str, grant: Grant) -> None:
        put(portal, grant)
        raise KeyboardInterrupt

    monkeypatch.setattr(store.connections, "put", put_and_die)
    with pytest.raises(KeyboardInterrupt):
        provider(store, endpoint).current()
    monkeypatch.undo()
    after = provider(store, endpoint)
    assert (after.current(), endpoint.refreshes) == ("access-2", 1)
    assert after.refresh("access-2") == "access-3"


def test_a_token_that_cannot_be_kept_is_not_used(
    store: Store, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.connections.put("berlin", granted(life=0))

    def full(portal: str, grant: Grant) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(store.connections, "put", full)
    tokens = provider(store, endpoint)
    with pytest.raises(OSError, match="disk full"):
        tokens.current()
    assert tokens._held is None


def test_a_revoked_grant_asks_for_a_person_and_is_not_asked_about_again(
    store: Store, endpoint: Endpoint
) -> None:
    store.connections.put("berlin", granted(life=0))
    endpoint.good = "another"
    with pytest.raises(Misconfigured, match=r"'berlin': BAD_REFRESH_TOKEN.*Connect the portal aga"):
        provider(store, endpoint).current()
    kept = store.connections.get("berlin")
    assert kept is not None
    assert kept.status is ConnectionStatus.RECONNECT
    endpoint.good = "refresh-1"
    with pytest.raises(Misconfigured, match="BAD_REFRESH_TOKEN"):
        provider(store, endpoint).current()
    assert endpoint.refreshes == 0
    store.connections.put("berlin", granted())
    assert provider(store, endpoint).current() == "access-1"


def test_an_endpoint_that_is_down_changes_nothing(store: Store, endpoint: Endpoint) -> None:
    store.connections.put("berlin", granted(life=0))
    endpoint.down = 3
    with pytest.raises(Unavailable):
        provider(store, endpoint).current()
    endpoint.down = 2
    assert provider(store, endpoint).current() == "access-2"


def test_a_portal_that_was_never_connected_says_so(store: Store, endpoint: Endpoint) -> None:
    with pytest.raises(Misconfigured, match="not connected"):
        provider(store, endpoint).current()


@pytest.mark.parametrize("category", ["EXPIRED_AUTHENTICATION", "INVALID_AUTHENTICATION"])
def test_the_client_goes_on_with_a_newer_token(
    category: str, store: Store, endpoint: Endpoint
) -> None:
    store.connections.put("berlin", granted())

    def answer(request: httpx.Request) -> httpx.Response:
        if request.headers["authorization"] == "Bearer access-2":
            return httpx.Response(200, json={"a": 1})
        return httpx.Response(401, json={"category": category, "message": "m"})

    http = httpx.Client(base_url="http://hubspot.test", transport=httpx.MockTransport(answer))
    limiter = Limiter(Rules(100), lambda: 0.0, lambda _: None)
    quick = Clockwork(sleep=lambda _: None)
    client = HubSpotClient(http, provider(store, endpoint), limiter, clockwork=quick)
    assert client.send(Request("GET", "/x", "read", "x")).payload == {"a": 1}
    assert endpoint.refreshes == 1


def test_no_file_holds_a_token(store: Store, settings: HubSpotSettings) -> None:
    store.connections.put("berlin", granted())
    for path in settings.root.rglob("*"):
        if path.is_file():
            held = path.read_bytes()
            assert b"access-1" not in held, path.name
            assert b"refresh-1" not in held, path.name


def test_keys_and_locks_are_their_owner_s_only(store: Store, settings: HubSpotSettings) -> None:
    store.connections.put("berlin", granted())
    with store.connections.lock("berlin"):
        modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in settings.root.rglob("*.*")}
    modes["key"] = stat.S_IMODE((settings.root / "key").stat().st_mode)
    assert {"oauth.lock", "store.db", "key"} <= set(modes)
    assert set(modes.values()) == {0o600}


def reopened(settings: HubSpotSettings) -> Grant:
    """Return the kept grant, as a new process reads it."""
    store = open_store(settings)
    try:
        found = store.connections.get("berlin")
    finally:
        store.close()
    assert found is not None
    return found.grant


def test_another_key_is_told_in_words(
    store: Store, settings: HubSpotSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.connections.put("berlin", granted())
    assert reopened(settings) == granted()
    monkeypatch.setenv("STAGEDOOR_KEY", Fernet.generate_key().decode())
    with pytest.raises(Misconfigured, match="another key"):
        reopened(settings)


def test_keys_are_rotated(
    store: Store, settings: HubSpotSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    monkeypatch.setenv("STAGEDOOR_KEY", old)
    store.connections.put("berlin", granted())
    monkeypatch.setenv("STAGEDOOR_KEY", f"{new}, {old}")
    assert reopened(settings) == granted()
    both = open_store(settings)
    both.connections.put("berlin", granted())
    both.close()
    monkeypatch.setenv("STAGEDOOR_KEY", new)
    assert reopened(settings) == granted()
    assert not (settings.root / "key").exists()


@pytest.mark.parametrize("key", ["short", "not a key, nor this", ","])
def test_a_key_that_is_none_is_named_by_its_place(
    key: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGEDOOR_KEY", key)
    with pytest.raises(Misconfigured, match="STAGEDOOR_KEY") as caught:
        store.connections.put("berlin", granted())
    assert "not a key" not in str(caught.value)


def test_a_keyring_that_keeps_a_key_is_used(
    store: Store, settings: HubSpotSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = Fernet.generate_key().decode()
    ring = SimpleNamespace(
        get_password=lambda *_: key, errors=SimpleNamespace(KeyringError=RuntimeError)
    )
    monkeypatch.setitem(sys.modules, "keyring", ring)
    store.connections.put("berlin", granted())
    assert not (settings.root / "key").exists()
    assert reopened(settings) == granted()


def test_a_keyring_that_is_locked_is_passed_over(
    store: Store, settings: HubSpotSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: str) -> str:
        raise RuntimeError

    ring = SimpleNamespace(get_password=locked, errors=SimpleNamespace(KeyringError=RuntimeError))
    monkeypatch.setitem(sys.modules, "keyring", ring)
    store.connections.put("berlin", granted())
    assert (settings.root / "key").exists()


def test_a_connection_that_was_removed_is_gone(store: Store) -> None:
    store.connections.put("berlin", granted())
    store.connections.remove("berlin")
    assert store.connections.get("berlin") is None


def test_without_token_and_connection_the_settings_are_named(settings: HubSpotSettings) -> None:
    real = settings.model_copy(update={"portal_url": "http://hubspot.test"})
    with pytest.raises(Misconfigured, match="`access_token`"), open_portal(real):
        pass


def test_a_connection_without_its_app_names_the_settings(
    store: Store, settings: HubSpotSettings
) -> None:
    store.connections.put("berlin", granted())
    real = settings.model_copy(update={"portal_url": "http://hubspot.test"})
    with pytest.raises(Misconfigured, match="`client_id`"), open_portal(real):
        pass


def test_access_token_goes_before_a_connection(store: Store, settings: HubSpotSettings) -> None:
    store.connections.put("berlin", granted())
    token = {"access_token": SecretStr("pat-1")}
    with tokens_of(settings.model_copy(update=token), "http://hubspot.test") as tokens:
        assert tokens.current() == "pat-1"


@contextmanager
def serving(endpoint: Endpoint) -> Iterator[str]:
    """Give the URL of a server that takes its time to answer."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = form_of(self.rfile.read(int(self.headers["Content-Length"])))
            threading.Event().wait(0.3)
            status, body = endpoint.answer(form)
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


ASK = """
import sys
from concurrent.futures import ThreadPoolExecutor
from stagedoor.config import HubSpotSettings
from stagedoor.sync.portals import tokens_of

url, folder = sys.argv[1:]
settings = HubSpotSettings(
    portal="berlin", portal_url=url, state_dir=folder, client_id="id", client_secret="secret"
)
with tokens_of(settings, url) as tokens, ThreadPoolExecutor(8) as threads:
    print("ready", flush=True)
    sys.stdin.readline()
    got = list(threads.map(lambda _: tokens.current(), range(8)))
    print(*got)
"""


def test_of_many_processes_and_threads_one_asks(
    store: Store, settings: HubSpotSettings, endpoint: Endpoint
) -> None:
    store.connections.put("berlin", granted(life=0, at=time.time()))
    with serving(endpoint) as url:
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", ASK, url, str(settings.state_dir)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(4)
        ]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        got = [process.communicate(timeout=60)[0].split() for process in processes]
    assert got == [["access-2"] * 8] * 4
    assert endpoint.refreshes == 1
