"""What the platform tells arrives in HubSpot: signed, once, in order, through the usual path."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from operator import eq
from typing import Any

import httpx
import pytest

from stagedoor_service.application.signing import sign
from support.project import Portal, running_portal
from support.service import Service, connect, project_for, running_service

SECRET = "platform-secret"
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, Portal]]:
    """A service that listens to the platform, with an empty portal."""
    folder = tmp_path_factory.mktemp("live")
    with running_portal(folder / "portal.db") as portal:
        project = project_for(folder / "project", portal)
        settings = {"STAGEDOOR_PLATFORM_SECRET": SECRET}
        with running_service(project, settings=settings) as running:
            assert connect(running).status_code == 200
            yield running, portal


def event(number: int, type_: str, minutes: int = 0, **data: Any) -> dict[str, Any]:
    at = (START + timedelta(minutes=minutes)).isoformat()
    return {"id": f"evt-{number}", "type": type_, "occurred_at": at, "data": data}


def tell(service: Service, *events: dict[str, Any], **options: Any) -> httpx.Response:
    body = json.dumps(list(events)).encode()
    now = options.pop("now", int(time.time()))
    headers = {"X-Stagedoor-Signature": sign(options.pop("secret", SECRET), body, now)}
    return httpx.post(
        f"{service.url}/api/webhooks/platform",
        content=options.pop("content", body),
        headers={"Content-Type": "application/json", **headers, **options},
        timeout=30,
    )


def contact(portal: Portal, email: str) -> dict[str, Any] | None:
    body = {
        "properties": ["email", "city", "firstname", "total_event_purchases"],
        "idProperty": "email",
        "inputs": [{"id": email}],
    }
    found = portal.post("/crm/v3/objects/contacts/batch/read", body).json()["results"]
    return dict(found[0]) if found else None


def until(read: Callable[[], Any], wanted: Callable[[Any], bool]) -> Any:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = read()
        if wanted(found):
            return found
        time.sleep(0.05)
    raise AssertionError(f"it did not come: {found}")


def city(portal: Portal, email: str, wanted: str) -> None:
    def held() -> str | None:
        found = contact(portal, email)
        return found["properties"]["city"] if found else None

    until(held, lambda found: found == wanted)


def test_a_customer_becomes_a_contact_and_changes_field_by_field(
    live: tuple[Service, Portal],
) -> None:
    service, portal = live
    ana = {"customer_id": "c1", "email": "Ana@Example.com", "first_name": "Ana", "city": "Iași"}
    answer = tell(service, event(1, "customer.created", customer=ana))
    assert (answer.status_code, answer.json()) == (202, {"received": 1, "left_out": 0})
    city(portal, "ana@example.com", "Iași")
    moved = {"customer_id": "c1", "city": "Cluj"}
    tell(service, event(2, "customer.updated", 1, customer=moved))
    city(portal, "ana@example.com", "Cluj")
    found = contact(portal, "ana@example.com")
    assert found is not None
    assert found["properties"]["firstname"] == "Ana"


def test_an_older_event_changes_nothing(live: tuple[Service, Portal]) -> None:
    service, portal = live
    row = {"customer_id": "c2", "email": "ion@example.com"}
    tell(
        service,
        event(10, "customer.updated", 10, customer={**row, "city": "New"}),
        event(11, "customer.updated", 5, customer={**row, "city": "Old"}),
    )
    city(portal, "ion@example.com", "New")
    tell(service, event(12, "customer.updated", 6, customer={**row, "city": "Older"}))
    tell(service, event(13, "customer.updated", 11, customer={**row, "first_name": "Ion"}))
    until(
        lambda: contact(portal, "ion@example.com"), lambda c: c["properties"]["firstname"] == "Ion"
    )
    city(portal, "ion@example.com", "New")


def test_an_order_makes_the_deal_and_counts_for_the_buyer(live: tuple[Service, Portal]) -> None:
    service, portal = live
    buyer = {"customer_id": "c3", "email": "buyer@example.com"}
    show = {"event_id": "e1", "name": "Gala"}
    seat = {"order_ticket_id": "s1", "order_id": "o1", "event_id": "e1", "status": "valid"}
    order = {
        "order_id": "o1",
        "order_number": "A-1",
        "customer_id": "c3",
        "email": "buyer@example.com",
        "status": "paid",
        "currency": "EUR",
        "total_amount": 90,
        "ordered_at": "2026-01-01T10:00:00Z",
        "paid_at": "2026-01-01T10:00:00Z",
    }
    answer = tell(
        service,
        event(
            20,
            "order.completed",
            20,
            order=order,
            order_tickets=[seat],
            customer=buyer,
            event=show,
        ),
    )
    assert answer.status_code == 202, answer.text
    found = until(
        lambda: contact(portal, "buyer@example.com"),
        lambda c: c is not None and c["properties"]["total_event_purchases"] == "1",
    )
    path = f"/crm/v4/objects/contacts/{found['id']}/associations/deals"
    until(lambda: portal.get(path)["results"], lambda pairs: len(pairs) == 1)  # they come last
    exported: Any = portal.export()["objects"]
    assert len(exported["deals"]) == 1


def test_a_companys_purchase_links_its_buyer(live: tuple[Service, Portal]) -> None:
    service, portal = live
    company = {"company_id": "k1", "name": "Acme", "domain": "acme.example"}
    buyer = {"customer_id": "c4", "email": "boss@acme.example", "company_id": "k1"}
    tell(service, event(30, "company.purchase", 30, company=company, customer=buyer))
    found = until(lambda: contact(portal, "boss@acme.example"), lambda c: c is not None)
    path = f"/crm/v4/objects/contacts/{found['id']}/associations/companies"
    until(lambda: portal.get(path)["results"], bool)


def test_a_support_request_becomes_a_ticket(live: tuple[Service, Portal]) -> None:
    service, portal = live
    asked = {
        "support_request_id": "r1",
        "customer_id": "c1",
        "subject": "Where is my seat?",
        "status": "new",
    }
    answer = tell(service, event(35, "support_request.created", 35, support_request=asked))
    assert answer.status_code == 202, answer.text

    def tickets() -> int:
        exported: Any = portal.export()["objects"]
        return len(exported.get("tickets", ()))

    until(tickets, lambda number: number == 1)


def test_an_event_that_comes_twice_is_kept_once(live: tuple[Service, Portal]) -> None:
    service, _ = live
    same = event(40, "customer.updated", 40, customer={"customer_id": "twice", "city": "Arad"})
    tell(service, same)
    tell(service, same)
    kept = service.get("webhooks", params={"source": "platform"})["events"]
    ours = [e for e in kept if (e["kind"], e["object_id"]) == ("customer.updated", "twice")]
    assert len(ours) == 1
    until(
        lambda: service.get("webhooks", params={"source": "platform"})["events"],
        lambda events: all(entry["status"] == "done" for entry in events),
    )


def test_forged_events_are_refused(live: tuple[Service, Portal]) -> None:
    service, _ = live
    good = event(50, "customer.updated", 50, customer={"customer_id": "c1"})
    forged = tell(service, good, secret="another")
    assert (forged.status_code, forged.json()["code"]) == (401, "SIGNATURE_INVALID")
    changed = tell(service, good, content=b"[]")
    assert (changed.status_code, changed.json()["code"]) == (401, "SIGNATURE_INVALID")
    replayed = tell(service, good, now=int(time.time()) - 301)
    assert (replayed.status_code, replayed.json()["code"]) == (401, "SIGNATURE_EXPIRED")
    unsigned = httpx.post(f"{service.url}/api/webhooks/platform", json=[good], timeout=30)
    assert (unsigned.status_code, unsigned.json()["code"]) == (401, "SIGNATURE_MISSING")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"type": "customer.exploded"}, "0.type"),
        ({"occurred_at": "soon"}, "0.occurred_at"),
        ({"id": ""}, "0.id"),
        ({"extra": 1}, "0.extra"),
        ({"data": {}}, "0.data"),
        ({"data": {"customer": {"email": "x@example.com"}}}, "0.data.customer.customer_id"),
        ({"data": {"customer": {"customer_id": "1", "nope": 1}}}, "0.data.customer.nope"),
        ({"data": {"customer": {"customer_id": 7}}}, "0.data.customer.customer_id"),
        (
            {"data": {"customer": {"customer_id": "1", "created_at": "Monday"}}},
            "0.data.customer.created_at",
        ),
    ],
)
def test_an_event_with_a_mistake_is_refused_and_the_mistake_named(
    live: tuple[Service, Portal], change: dict[str, Any], field: str
) -> None:
    service, _ = live
    good = event(60, "customer.updated", 60, customer={"customer_id": "c1"})
    answer = tell(service, {**good, **change})
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_EVENT")
    assert field in [error["field"] for error in answer.json()["errors"]]


def test_an_event_is_followed_once_more_and_undoes_nothing_newer(
    live: tuple[Service, Portal],
) -> None:
    service, portal = live
    email = "retried@example.com"

    def city() -> str | None:
        held = contact(portal, email)
        return held["properties"]["city"] if held else None

    for number, wanted in ((901, "Arad"), (902, "Deva")):
        row = {"customer_id": "901", "email": email, "city": wanted}
        assert tell(service, event(number, "customer.updated", number, customer=row)).is_success
        until(city, partial(eq, wanted))

    def first() -> dict[str, Any]:
        events = service.get("webhooks", params={"limit": 500})["events"]
        return dict([one for one in events if one["object_id"] == "901"][-1])

    until(first, lambda one: one["status"] == "done")
    answer = service.call("POST", "webhooks/retry", {"ids": [first()["id"]]})
    assert (answer.status_code, answer.json()) == (200, {"retried": 1})
    again = until(first, lambda one: one["status"] == "done" and one["attempts"] == 2)
    assert "older than what was known" in again["outcome"]
    assert city() == "Deva"


def test_what_is_not_done_is_not_followed_once_more(live: tuple[Service, Portal]) -> None:
    answer = live[0].call("POST", "webhooks/retry", {"ids": [987654321]})
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
