"""Metrics of orders."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from support.metrics_oracle.platform import (
    Platform,
    Row,
    Rules,
    address_of,
    charged,
    rate_of,
    refunded,
    rounded,
)


def order_metrics(platform: Platform, rules: Rules) -> dict[str, dict[str, Any]]:
    """Return the metrics of each order that is not deleted, by its number."""
    tickets: dict[str, list[Row]] = defaultdict(list)
    for ticket in platform.valid_tickets:
        tickets[ticket["order_id"]].append(ticket)
    return {
        order_id: _metrics(order, tickets.get(order_id, []), rules)
        for order_id, order in platform.orders.items()
    }


def _metrics(order: Row, tickets: list[Row], rules: Rules) -> dict[str, Any]:
    rate = rate_of(order, rules)
    starts = [t["event"]["starts_at"] for t in tickets if t["event"].get("starts_at")]
    return {
        "order_refunded": refunded(order),
        "order_net_in_base_currency": None
        if rate is None
        else rounded((charged(order) - refunded(order)) * rate),
        "order_attendees": len({_named(ticket) for ticket in tickets} - {None}),
        "order_checked_in": sum(ticket.get("checked_in_at") is not None for ticket in tickets),
        "order_event_date": min(starts, default=None),
    }


def _named(ticket: Row) -> str | None:
    if ticket.get("attendee_customer_id") is not None:
        return str(ticket["attendee_customer_id"])
    address = address_of(ticket.get("attendee_email"))
    return address or (ticket.get("attendee_name") or "").strip(" ") or None
