"""HubSpot's webhooks: judged by their signature, kept before the answer, and subscribed to."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from stagedoor.hubspot.signatures import v1, v2, v3
from support.project import Portal, running_portal
from support.service import Service, connect, project_for, running_service

SECRET = "sandbox-secret"
PATH = "/api/webhooks/hubspot"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, Portal]]:
    """A connected service that HubSpot may call, and that follows nothing."""
    folder = tmp_path_factory.mktemp("told")
    with running_portal(folder / "portal.db") as portal:
        project = project_for(folder / "project", portal)
        settings = {
            "STAGEDOOR_HUBSPOT_APP_ID": "1",
            "STAGEDOOR_HUBSPOT_DEVELOPER_KEY": "developer-sandbox",
            "STAGEDOOR_MAX_BODY_BYTES": "200000",
            "STAGEDOOR_BODY_SECONDS": "2",
        }
        with running_service(project, "--no-work", settings=settings) as running:
            assert connect(running).status_code == 200
            yield running, portal


def events(portal: Portal, first: int, count: int = 1, **more: Any) -> list[dict[str, Any]]:
    return [
        {
            "eventId": number,
            "subscriptionId": 7,
            "portalId": portal.sandbox.portal_id,
            "appId": 1,
            "occurredAt": 1_767_225_600_000 + number,
            "subscriptionType": "contact.propertyChange",
            "propertyName": "city",
            "propertyValue": "Bucharest-secret",
            "attemptNumber": 0,
            "objectId": number,
            "changeSource": "CRM_UI",
            **more,
        }
        for number in range(first, first + count)
    ]


def deliver(
    service: Service,
    content: object,
    *,
    secret: str = SECRET,
    at: int | None = None,
    path: str = PATH,
) -> httpx.Response:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    stamp = str(at or int(time.time() * 1_000))
    headers = {
        "Content-Type": "application/json",
        "X-HubSpot-Signature-v3": v3(secret, "POST", service.url + path, body, stamp),
        "X-HubSpot-Request-Timestamp": stamp,
    }
    return httpx.post(service.url + path, content=body, headers=headers, timeout=30)


def kept(service: Service, **query: str) -> list[dict[str, Any]]:
    listed = service.get("webhooks", params={"source": "hubspot", "limit": "500", **query})
    return list(listed["events"])


def test_a_genuine_delivery_is_kept_when_it_is_answered(told: tuple[Service, Portal]) -> None:
    service, portal = told
    answer = deliver(service, events(portal, 1_000, 100))
    assert (answer.status_code, answer.json()) == (200, {"received": 100, "left_out": 0})
    ids = {entry["object_id"] for entry in kept(service)}
    assert {str(number) for number in range(1_000, 1_100)} <= ids


def test_a_query_in_the_address_is_signed_too(told: tuple[Service, Portal]) -> None:
    service, portal = told
    answer = deliver(service, events(portal, 1_200), path=f"{PATH}?a=%2Fb%20c&d=%40")
    assert answer.status_code == 200


def test_an_event_that_comes_again_is_kept_once(told: tuple[Service, Portal]) -> None:
    service, portal = told
    for attempt in range(3):
        assert deliver(service, events(portal, 1_300, attemptNumber=attempt)).status_code == 200
    assert [e["object_id"] for e in kept(service)].count("1300") == 1


def test_no_value_of_a_property_is_kept(told: tuple[Service, Portal]) -> None:
    service, portal = told
    deliver(service, events(portal, 1_400))
    folder = service.project.path / ".stagedoor"
    assert b"Bucharest-secret" not in b"".join(p.read_bytes() for p in folder.glob("store.db*"))


def test_events_of_strangers_are_left_out(told: tuple[Service, Portal]) -> None:
    service, portal = told
    mixed = [*events(portal, 1_500), *events(portal, 1_501, portalId=42)]
    assert deliver(service, mixed).json() == {"received": 1, "left_out": 1}


def test_forged_webhooks_are_refused(told: tuple[Service, Portal]) -> None:
    service, portal = told
    content = events(portal, 1_600)
    forged = deliver(service, content, secret="guessed")
    assert (forged.status_code, forged.json()["code"]) == (401, "SIGNATURE_INVALID")
    unsigned = httpx.post(service.url + PATH, json=content, timeout=30)
    assert (unsigned.status_code, unsigned.json()["code"]) == (401, "SIGNATURE_MISSING")
    assert "1600" not in {entry["object_id"] for entry in kept(service)}


def test_replayed_webhooks_are_refused(told: tuple[Service, Portal]) -> None:
    service, portal = told
    late = deliver(service, events(portal, 1_700), at=int(time.time() * 1_000) - 301_000)
    assert (late.status_code, late.json()["code"]) == (401, "SIGNATURE_EXPIRED")


def test_older_signatures_do_not_count_unless_they_are_allowed(
    told: tuple[Service, Portal],
) -> None:
    service, portal = told
    body = json.dumps(events(portal, 1_800)).encode()
    for version, signature in (
        ("v1", v1(SECRET, body)),
        ("v2", v2(SECRET, "POST", service.url + PATH, body)),
    ):
        headers = {"X-HubSpot-Signature": signature, "X-HubSpot-Signature-Version": version}
        answer = httpx.post(service.url + PATH, content=body, headers=headers, timeout=30)
        assert (answer.status_code, answer.json()["code"]) == (401, "SIGNATURE_MISSING")


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"not json", b"[" * 5_000, b"\xff\xfe"])
def test_a_body_that_holds_no_events_is_refused(
    told: tuple[Service, Portal], content: bytes
) -> None:
    service, _ = told
    answer = deliver(service, content)
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_EVENT")


@pytest.mark.parametrize(
    "more",
    [{"occurredAt": 10**14}, {"objectId": "1; DROP"}, {"portalId": None}, {"objectId": [1]}],
)
def test_an_event_without_sane_numbers_is_refused(
    told: tuple[Service, Portal], more: dict[str, Any]
) -> None:
    service, portal = told
    answer = deliver(service, events(portal, 1_850, **more))
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_EVENT")


def test_an_oversized_body_is_refused_unread(told: tuple[Service, Portal]) -> None:
    service, _ = told
    answer = deliver(service, b"x" * 200_001)
    assert (answer.status_code, answer.json()["code"]) == (413, "BODY_TOO_LARGE")

    def endless() -> Iterator[bytes]:
        for _ in range(1_000):
            yield b"x" * 10_000

    try:
        chunked = httpx.post(service.url + PATH, content=endless(), timeout=30)
    except httpx.TransportError:
        return  # the service hung up while we were still sending
    assert chunked.status_code == 413


def test_a_slow_body_is_given_up(told: tuple[Service, Portal]) -> None:
    service, _ = told

    def slow() -> Iterator[bytes]:
        for _ in range(60):
            yield b"x"
            time.sleep(0.1)

    try:
        answer = httpx.post(service.url + PATH, content=slow(), timeout=30)
    except httpx.TransportError:
        return  # the service hung up while we were still sending
    assert (answer.status_code, answer.json()["code"]) == (408, "BODY_TOO_SLOW")


def test_many_deliveries_at_once_are_all_kept(told: tuple[Service, Portal]) -> None:
    service, portal = told
    with ThreadPoolExecutor(16) as pool:
        starts = range(20_000, 20_000 + 16 * 25, 25)
        answers = list(pool.map(lambda n: deliver(service, events(portal, n, 25)), starts))
    assert {answer.status_code for answer in answers} == {200}
    found = {entry["object_id"] for entry in kept(service)}
    assert {str(number) for number in range(20_000, 20_400)} <= found


def test_the_command_lets_hubspot_call(told: tuple[Service, Portal]) -> None:
    service, portal = told
    said = service.project.stagedoor("webhooks", "subscribe", "--url", service.url + PATH).stdout
    assert f"HubSpot calls {service.url}{PATH}" in said
    again = service.project.stagedoor("webhooks", "subscribe", "--url", service.url + PATH).stdout
    assert "0 new, 0 woken" in again
    made = portal.post("/crm/v3/objects/contacts", {"properties": {"email": "w@example.com"}})
    record = made.json()["id"]
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        ours = [e for e in kept(service) if e["object_id"] == record]
        if {"change"} <= {entry["kind"] for entry in ours}:
            return
        time.sleep(0.1)
    raise AssertionError("HubSpot's webhook did not come")


def test_payloads_need_a_key_that_may_read_records(told: tuple[Service, Portal]) -> None:
    service, portal = told
    deliver(service, events(portal, 1_900))
    assert all(entry["payload"] is None for entry in kept(service))
    reader = service.new_key("read")
    refused = service.call("GET", "webhooks/payloads", key=reader)
    assert (refused.status_code, refused.json()["code"]) == (403, "SCOPE_MISSING")
    shown = service.get("webhooks/payloads", params={"source": "hubspot", "limit": "1"})
    assert shown["events"][0]["payload"]["propertyName"] == "city"
