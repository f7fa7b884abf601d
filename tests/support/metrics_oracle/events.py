"""Metrics of events."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from support.metrics_oracle.platform import (
    PAID,
    Platform,
    Row,
    Rules,
    money,
    rate_of,
    rounded,
    total,
)


def event_metrics(platform: Platform, rules: Rules) -> dict[str, dict[str, Any]]:
    """Return the metrics of each event that is not deleted, by its number."""
    sold: dict[str, list[Row]] = defaultdict(list)
    for ticket in platform.valid_tickets:
        if ticket["order"].get("status") in PAID:
            sold[ticket["event_id"]].append(ticket)
    return {
        row["event_id"]: _metrics(row, sold.get(row["event_id"], []), platform, rules)
        for row in platform.living["events"]
    }


def _metrics(event: Row, sold: list[Row], platform: Platform, rules: Rules) -> dict[str, Any]:
    prices = [
        money(ticket.get("price")) * rate
        for ticket in sold
        if (rate := rate_of(ticket["order"], rules)) is not None
    ]
    scanned = event["event_id"] in platform.scanned
    came = sum(ticket.get("checked_in_at") is not None for ticket in sold)
    ends = event.get("ends_at") or event.get("starts_at")
    held = bool(ends and ends < rules.now) and event.get("status") != "cancelled"
    return {
        "event_tickets_sold": len(sold),
        "event_orders": len({ticket["order_id"] for ticket in sold}),
        "event_capacity_used": rounded(Decimal(100) * len(sold) / event["capacity"], 1)
        if event.get("capacity")
        else None,
        "event_revenue": rounded(total(prices)),
        "event_attendance": came if scanned else None,
        "event_attendance_rate": rounded(Decimal(100) * came / len(sold), 1)
        if scanned and held and sold
        else None,
        "event_no_shows": len(sold) - came if scanned and held else None,
    }
