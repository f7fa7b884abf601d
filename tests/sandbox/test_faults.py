"""Faults: every way in which HubSpot or the network goes wrong, on demand.

https://developers.hubspot.com/docs/reference/api/other-resources/error-handling
"""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from support.project import Portal

C = "/crm/objects/2026-09/contacts"


def fault(shared: Portal, **entry: Any) -> None:
    shared.post("/_sandbox/faults", {"faults": [entry]}).raise_for_status()


@pytest.mark.parametrize("status", [401, 403, 409, 423, 429, 477])
def test_a_refusal_has_hubspots_envelope(api: httpx.Client, shared: Portal, status: int) -> None:
    fault(shared, status=status, count=1)
    answer = api.get(C)
    assert answer.status_code == status
    assert answer.json()["status"] == "error"
    assert answer.json()["correlationId"]
    assert api.get(C).status_code == 200


@pytest.mark.parametrize("status", [500, 502, 503, 504, 521, 523, 524])
def test_a_server_s_trouble_is_a_page(api: httpx.Client, shared: Portal, status: int) -> None:
    fault(shared, status=status)
    answer = api.get(C)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [
        ("TEN_SECONDLY_ROLLING", "You have reached your ten_secondly_rolling limit."),
        ("SECONDLY", "You have reached your secondly limit."),
        ("DAILY", "You have reached your daily limit."),
    ],
)
def test_each_limit_has_its_sentence(
    api: httpx.Client, shared: Portal, policy: str, sentence: str
) -> None:
    fault(shared, status=429, policy=policy)
    told = api.get(C).json()
    assert told["message"] == sentence
    assert told.get("policyName") == (policy if policy != "SECONDLY" else None)


def test_a_migration_says_how_long(api: httpx.Client, shared: Portal) -> None:
    fault(shared, status=477, seconds=90)
    assert api.get(C).headers["retry-after"] == "90"


def test_an_expired_token_is_told_from_a_wrong_one(api: httpx.Client, shared: Portal) -> None:
    fault(shared, status=401)
    assert api.get(C).json()["category"] == "EXPIRED_AUTHENTICATION"


@pytest.mark.parametrize(("kind", "written"), [("reset_before", 0), ("reset_after", 1)])
def test_a_connection_breaks_before_or_after_the_write(
    api: httpx.Client, shared: Portal, kind: str, written: int
) -> None:
    fault(shared, kind=kind, route="POST", count=1)
    with pytest.raises(httpx.TransportError):
        api.post(C, json={"properties": {"firstname": "Ana"}})
    assert len(api.get(C).json()["results"]) == written


def test_an_answer_is_empty_though_it_succeeded(api: httpx.Client, shared: Portal) -> None:
    fault(shared, kind="empty", count=1)
    answer = api.post(C, json={"properties": {"firstname": "Ana"}})
    assert (answer.status_code, answer.content) == (201, b"")
    assert len(api.get(C).json()["results"]) == 1


def test_an_answer_breaks_off(api: httpx.Client, shared: Portal) -> None:
    fault(shared, kind="truncated", count=1)
    with pytest.raises(httpx.TransportError):
        api.get(C)


def test_an_answer_comes_in_drops_and_is_whole(api: httpx.Client, shared: Portal) -> None:
    fault(shared, kind="slow", seconds=0.05, count=1)
    assert api.get(C).json() == {"results": []}


def test_an_answer_without_a_body_comes_late_and_the_call_was_carried_out(
    api: httpx.Client, shared: Portal
) -> None:
    made = api.post(C, json={"properties": {"email": "late@example.com"}}).json()
    fault(shared, kind="slow", seconds=60, route="DELETE", count=1)
    with pytest.raises(httpx.ReadTimeout):
        api.delete(f"{C}/{made['id']}", timeout=0.2)
    assert api.get(f"{C}/{made['id']}").status_code == 404


def test_a_fault_hits_its_route_only_and_after_so_many_calls(
    api: httpx.Client, shared: Portal
) -> None:
    fault(shared, status=503, route="GET .*/contacts$", skip=2, count=1)
    assert api.get("/crm/owners/2026-09").status_code == 200
    assert [api.get(C).status_code for _ in range(4)] == [200, 200, 503, 200]


def test_the_same_seed_makes_the_same_storm(api: httpx.Client, shared: Portal) -> None:
    def storm(seed: int) -> list[int]:
        entry = {"status": 500, "probability": 0.5}
        shared.post("/_sandbox/faults", {"faults": [entry], "seed": seed})
        return [api.get(C).status_code for _ in range(40)]

    assert storm(1) == storm(1) != storm(2)


@pytest.mark.parametrize("wrong", [{"kind": "fire"}, {"policy": "YEARLY"}, {"colour": "red"}])
def test_an_unknown_fault_is_refused(shared: Portal, wrong: dict[str, str]) -> None:
    assert shared.post("/_sandbox/faults", {"faults": [wrong]}).status_code == 400


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/crm/v3/nothing"), ("PUT", C), ("GET", f"{C}/search/more")]
)
def test_unknown_routes_and_methods_are_pages(api: httpx.Client, method: str, path: str) -> None:
    """Measured: unknown routes answer 404, wrong methods 405, both with HTML."""
    answer = api.request(method, path)
    assert answer.status_code in (404, 405)
    assert answer.headers["content-type"].startswith("text/html")


def test_bad_json_is_a_400_without_category(api: httpx.Client) -> None:
    """Recorded."""
    answer = api.post(C, content=b'{"properties": ')
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("Invalid input JSON on line")
    assert "category" not in answer.json()


def test_limits_are_enforced_over_http_and_told_in_headers(
    api: httpx.Client, shared: Portal
) -> None:
    """https://developers.hubspot.com/docs/guides/apps/api-usage/usage-details"""
    shared.post("/_sandbox/clock", {"still": True})
    shared.post("/_sandbox/limits", {"account": "oauth", "burst": 5}).raise_for_status()
    statuses = [api.get(C).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]
    refused = api.get(C)
    assert refused.json()["policyName"] == "TEN_SECONDLY_ROLLING"
    shared.post("/_sandbox/clock", {"advance_seconds": 10})
    allowed = api.get(C)
    assert allowed.status_code == 200
    assert allowed.headers["x-hubspot-ratelimit-remaining"] == "4"
    shared.post("/_sandbox/clock", {"still": False})
