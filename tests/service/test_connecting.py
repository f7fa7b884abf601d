"""A portal is connected by a person's consent, by nobody else's, and disconnected for good."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from support.project import Portal
from support.service import HUBSPOT, Service, connect, consent, project_for, running_service


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, hubspot: Portal) -> object:
    """A service whose portal is not connected yet."""
    project = project_for(tmp_path_factory.mktemp("alone") / "project", hubspot)
    settings = {"STAGEDOOR_RETURN_ORIGINS": "https://shop.example"}
    with running_service(project, "--no-work", settings=settings) as running:
        yield running


def callback(service: Service, **query: str) -> httpx.Response:
    return httpx.get(f"{service.url}{HUBSPOT}/callback", params=query, timeout=30)


def test_without_consent_nothing_is_connected(alone: Service) -> None:
    told = alone.get("connection")
    assert (told["connected"], told["kind"], told["portal_id"]) == (False, "none", None)
    answer = alone.call("POST", "contacts", {"properties": {"email": "a@example.com"}})
    assert (answer.status_code, answer.json()["code"]) == (409, "NOT_CONNECTED")


def test_consent_connects_the_portal(alone: Service, hubspot: Portal) -> None:
    answer = connect(alone)
    assert answer.json() == {
        "connected": True,
        "portal": "test",
        "portal_id": hubspot.sandbox.portal_id,
    }
    told = alone.get("connection")
    assert (told["connected"], told["kind"], told["token"]) == (True, "oauth", "valid")
    assert told["portal_id"] == hubspot.sandbox.portal_id
    assert told["missing_scopes"] == []
    assert told["hub_domain"]


def test_the_callback_may_come_as_a_form(alone: Service) -> None:
    url = alone.get("auth")["authorization_url"]
    back = httpx.URL(consent(alone, url))
    answer = httpx.post(f"{alone.url}{HUBSPOT}/callback", data=dict(back.params), timeout=30)
    assert (answer.status_code, answer.json()["connected"]) == (200, True)


def test_an_answer_to_no_question_is_refused(alone: Service) -> None:
    """State mismatch: somebody's own code must not connect his HubSpot with our portal."""
    answer = callback(alone, state="made-up", code="made-up")
    assert (answer.status_code, answer.json()["code"]) == (400, "STATE_MISMATCH")


def test_an_answer_counts_once(alone: Service) -> None:
    back = consent(alone, alone.get("auth")["authorization_url"])
    assert httpx.get(back, timeout=30).status_code == 200
    again = httpx.get(back, timeout=30)
    assert (again.status_code, again.json()["code"]) == (400, "STATE_MISMATCH")


def test_who_declines_is_told_so(alone: Service) -> None:
    back = consent(alone, alone.get("auth")["authorization_url"], answer="decline")
    answer = httpx.get(back, timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (400, "CONSENT_REFUSED")


def test_a_made_up_code_is_refused(alone: Service) -> None:
    state = httpx.URL(alone.get("auth")["authorization_url"]).params["state"]
    answer = callback(alone, state=state, code="made-up")
    assert (answer.status_code, answer.json()["code"]) == (400, "CONSENT_REFUSED")


@pytest.mark.parametrize("there", ["/settings?tab=hubspot", "https://shop.example/done"])
def test_a_person_goes_on_where_it_is_allowed(alone: Service, there: str) -> None:
    answer = connect(alone, return_to=there)
    assert (answer.status_code, answer.headers["location"]) == (303, there)


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "https://shop.example.evil.example/",
        "https://shop.example@evil.example/",
        "javascript:alert(1)",
        "/ok\r\nLocation: https://evil.example",
        "settings",
    ],
)
def test_open_redirect_is_refused(alone: Service, elsewhere: str) -> None:
    answer = alone.call("GET", "auth", params={"return_to": elsewhere})
    assert (answer.status_code, answer.json()["code"]) == (400, "RETURN_NOT_ALLOWED")


def test_tokens_cannot_be_read_without_the_key(alone: Service) -> None:
    connect(alone)
    folder = alone.project.path / ".stagedoor"
    database = b"".join(path.read_bytes() for path in folder.glob("store.db*"))
    (key,) = folder.glob("key")
    assert key.stat().st_mode & 0o077 == 0
    assert b"stagedoor_connections" in database
    assert b"na1-" not in database
    assert b"sandbox-secret" not in database


def test_disconnecting_revokes_and_forgets(alone: Service) -> None:
    connect(alone)
    assert alone.call("DELETE", "connection").status_code == 204
    told = alone.get("connection")
    assert (told["connected"], told["kind"]) == (False, "none")
    again = alone.call("DELETE", "connection")
    assert (again.status_code, again.json()["code"]) == (409, "NOT_CONNECTED")


def test_secrets_are_in_no_log_and_no_metric(alone: Service) -> None:
    connect(alone)
    log = Path(alone.project.path / "service.log").read_text()
    metrics = httpx.get(f"{alone.url}/metrics", timeout=30).text
    for secret in (alone.key, "sandbox-secret", "na1-", "code_challenge", "state="):
        assert secret not in log
        assert secret not in metrics
