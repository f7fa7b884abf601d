"""Debug mode: calls of HubSpot are kept for a while, and nothing of what they said."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from support.console import Person, signed_in
from support.service import Service

SECRET = "Ștefănescu-Debug"


def kept(service: Service) -> list[dict[str, Any]]:
    return list(service.get("debug/calls", params={"limit": 500})["calls"])


def begin(service: Service, **asked: Any) -> dict[str, Any]:
    answer = service.call("POST", "debug", asked or None)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def create(service: Service, **properties: str) -> int:
    return service.call("POST", "contacts", {"properties": properties}).status_code


@pytest.fixture
def debugging(service: Service) -> Any:
    """Debug mode, which the web process has heard of."""
    before = len(kept(service))
    begin(service, minutes=5)
    deadline = time.monotonic() + 60
    while len(kept(service)) == before:  # an open portal looks every two seconds
        service.call("POST", "contacts/search", {"limit": 1})
        assert time.monotonic() < deadline
    yield service
    service.call("DELETE", "debug")


def test_a_call_of_the_api_is_kept_without_what_it_said(debugging: Service) -> None:
    assert create(debugging, email="debug@example.com", lastname=SECRET) == 201
    calls = kept(debugging)
    (made,) = [c for c in calls if c["redacted"]["properties"] and c["result"] == "201"]
    assert made["redacted"]["properties"] == ["email", "lastname"]
    assert (made["method"], made["attempt"], made["ms"] > 0, made["sent"] > 0) == (
        "POST",
        1,
        True,
        True,
    )
    text = json.dumps(calls, ensure_ascii=False)
    assert not [word for word in (SECRET, "debug@example.com", "Bearer") if word in text]


def test_a_refusal_is_kept_with_hubspots_reason(debugging: Service) -> None:
    answer = debugging.call(
        "POST", "contacts", {"properties": {"email": "other@example.com", "no_such": SECRET}}
    )
    assert answer.status_code == 422, answer.text
    refused = [c for c in kept(debugging) if c["result"] == "400"]
    assert refused[0]["redacted"]["category"] == "VALIDATION_ERROR"
    assert "no_such" in (refused[0]["redacted"]["message"] or "")
    assert SECRET not in json.dumps(refused, ensure_ascii=False)
    assert refused[0]["correlation_id"]


def test_calls_of_a_run_in_the_worker_are_kept_too(debugging: Service) -> None:
    run = debugging.run("sync/contacts", {"read": False})
    assert run["status"] == "done"
    assert kept(debugging)


def test_it_ends_by_itself_and_can_be_ended(service: Service) -> None:
    told = begin(service, minutes=1)
    assert 0 < told["until"] - time.time() <= 60
    assert service.get("debug")["on"] is True
    assert service.call("DELETE", "debug").json()["on"] is False
    assert service.get("debug")["on"] is False


@pytest.mark.parametrize("minutes", [0, 121])
def test_it_cannot_be_asked_for_longer(service: Service, minutes: int) -> None:
    assert service.call("POST", "debug", {"minutes": minutes}).status_code == 422


def test_another_portal_has_its_own(service: Service) -> None:
    begin(service, minutes=5)
    assert service.get("debug", params={"portal": "second"})["on"] is False
    service.call("DELETE", "debug")


@pytest.mark.parametrize("scope", ["read", "records", "connection"])
def test_only_an_administrator_begins_it(service: Service, scope: str) -> None:
    key = service.new_key(scope)
    answer = service.call("POST", "debug", key=key)
    assert (answer.status_code, answer.json()["code"]) == (403, "SCOPE_MISSING")


def test_a_person_begins_it_on_a_page_and_sees_the_calls(service: Service) -> None:
    person = signed_in(service, "admin")
    assert "Calls are kept" in person.post("/debug/begin", minutes="5").text
    assert "until" in person.get("/settings").text
    assert "No more calls are kept" in person.post("/debug/end").text


def test_who_may_only_read_sees_the_page_and_no_button(service: Service) -> None:
    reader: Person = signed_in(service, "read")
    assert "Keep calls" not in reader.get("/debug").text
    assert reader.post("/debug/begin", minutes="5").status_code == 403
