"""Rows with sane defaults, for small platforms on which one metric is looked at."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

from stagedoor.state.database import StateDatabase
from support.metrics_run import NOW, Settings, absorb, related

ANA, BO = "ana@example.com", "bo@example.com"
AGO = NOW - timedelta(days=30)
PAST, FUTURE = NOW - timedelta(days=10), NOW + timedelta(days=10)
Given = tuple[str, dict[str, Any]]


def customer(number: str = "1", email: str | None = ANA, **more: Any) -> Given:
    """Return an account."""
    return "customers", {"customer_id": number, "email": email, **more}


def order(number: str = "o1", **more: Any) -> Given:
    """Return an order of 100 euros that account 1 paid thirty days ago."""
    row = {"order_id": number, "customer_id": "1", "status": "paid", "currency": "EUR",
           "total_amount": 100, "ordered_at": AGO}  # fmt: skip
    return "orders", row | more


def ticket(number: str = "t1", **more: Any) -> Given:
    """Return a valid ticket of the order for the event."""
    row = {"order_ticket_id": number, "order_id": "o1", "event_id": "e1", "status": "valid"}
    return "order_tickets", row | more


def event(number: str = "e1", starts_at: datetime | None = PAST, **more: Any) -> Given:
    """Return an event that was ten days ago."""
    return "events", {"event_id": number, "name": f"Event {number}", "starts_at": starts_at} | more


def company(number: str = "c1", **more: Any) -> Given:
    """Return a company."""
    return "companies", {"company_id": number, "name": number} | more


def metrics(*rows: Given, now: datetime = NOW, settings: Settings | None = None) -> dict[str, Any]:
    """Return the metrics of a platform with these rows: by relation, and by address or number."""
    by_stream: dict[str, list[dict[str, Any]]] = {}
    for stream, row in rows:
        by_stream.setdefault(stream, []).append({"updated_at": NOW, **row})
    with closing(StateDatabase.in_memory()) as database:
        for stream, listed in by_stream.items():
            absorb(database, stream, listed)
        return related(database, now, settings)


def person(*rows: Given, address: str = ANA, **more: Any) -> dict[str, Any]:
    """Return the metrics of one address."""
    found: dict[str, Any] = metrics(*rows, **more)["person_metrics"][address]
    return found
