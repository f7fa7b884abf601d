"""pretix read directly: its JSON, and the rows of a person's purchases made of it by hand.

Nothing of Stagedoor is imported: this follows docs/platforms/pretix.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from support.pretix.client import Json, Organizer


@dataclass(frozen=True)
class Facts:
    """Everything that pretix says of one organizer."""

    events: dict[str, Json]
    dates: dict[int, Json]
    items: dict[int, Json]
    accounts: dict[str, Json]
    codes: dict[int, str]
    orders: dict[str, Json]
    """By `event/code`, without those of test mode."""


def read(organizer: Organizer) -> Facts:
    """Read everything, event by event."""
    events = {event["slug"]: event for event in organizer.rows("/events/")}
    items: dict[int, Json] = {}
    codes: dict[int, str] = {}
    dates: dict[int, Json] = {}
    orders: dict[str, Json] = {}
    for slug, event in events.items():
        path = f"/events/{slug}"
        items |= {item["id"]: item for item in organizer.rows(f"{path}/items/")}
        codes |= {v["id"]: v["code"] for v in organizer.rows(f"{path}/vouchers/")}
        if event["has_subevents"]:
            dates |= {date["id"]: date for date in organizer.rows(f"{path}/subevents/")}
        found = organizer.rows(f"{path}/orders/", include_canceled_positions="true")
        orders |= {f"{slug}/{o['code']}": o for o in found if not o["testmode"]}
    accounts = {c["identifier"]: c for c in organizer.rows("/customers/")}
    return Facts(events, dates, items, accounts, codes, orders)


def utc(text: str | None) -> str | None:
    """Return a time in UTC, without saying so."""
    if text is None:
        return None
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None).isoformat()


def event_of(facts: Facts, order: Json, position: Json) -> Json:
    """Return the event, or the date of a series, that a position is for."""
    event = facts.events[order["event"]]
    date = facts.dates[position["subevent"]] if position["subevent"] else event
    meta = {**event["meta_data"], **{k: v for k, v in date["meta_data"].items() if v}}
    place = (date["location"] or {}).get("en") or event["location"]["en"]
    return {
        "event_id": order["event"] + (f"/{date['id']}" if position["subevent"] else ""),
        "name": date["name"]["en"],
        "category": meta["category"],
        "venue": place.split("\n")[0],
        "city": meta["city"],
        "starts_at": utc(date["date_from"]),
        "ends_at": utc(date["date_to"]),
        "status": "scheduled",
        "is_deleted": False,
    }


def money_in(order: Json) -> Decimal:
    """Return what was paid."""
    paid = [p for p in order["payments"] if p["state"] in ("confirmed", "refunded")]
    return sum((Decimal(p["amount"]) for p in paid), Decimal(0))


def money_back(order: Json) -> Decimal:
    """Return what was paid back."""
    done = [r for r in order["refunds"] if r["state"] == "done"]
    return sum((Decimal(r["amount"]) for r in done), Decimal(0))


def state_of(order: Json) -> str:
    """Return the order's state in Stagedoor's words."""
    back = money_back(order)
    if order["status"] == "n":
        return "pending"
    if order["status"] == "p":
        if back == 0:
            return "paid"
        return "refunded" if back >= money_in(order) else "partially_refunded"
    return "refunded" if back > 0 else "cancelled"


def order_row(facts: Facts, key: str) -> dict[str, Any]:
    """Return what the metrics want to know of an order."""
    order = facts.orders[key]
    paid, back, asked = money_in(order), money_back(order), Decimal(order["total"])
    used = [p["voucher"] for p in order["positions"] if p["voucher"]]
    return {
        "order_id": key,
        "status": state_of(order),
        "currency": facts.events[order["event"]]["currency"],
        "total_amount": asked + back if order["status"] == "n" else (paid or asked),
        "refunded_amount": back,
        "coupon_code": facts.codes[used[0]] if used else None,
        "ordered_at": utc(order["datetime"]),
    }


def tickets_of(facts: Facts, key: str) -> list[dict[str, Any]]:
    """Return the order's admissions that are valid, with their events."""
    order, found = facts.orders[key], []
    for position in order["positions"]:
        item = facts.items[position["item"]]
        if not item["admission"] or position["canceled"] or order["status"] not in ("n", "p"):
            continue
        kind = item["name"]["en"]
        for variation in item["variations"]:
            if variation["id"] == position["variation"]:
                kind += f" ({variation['value']['en']})"
        entries = [utc(c["datetime"]) for c in position["checkins"] if c["type"] == "entry"]
        event = event_of(facts, order, position)
        found.append(
            {
                "order_id": key,
                "event_id": event["event_id"],
                "event": event,
                "ticket_type": kind,
                "attendee_email": (position["attendee_email"] or "").strip().lower() or None,
                "attendee_name": position["attendee_name"],
                "checked_in_at": min((e for e in entries if e), default=None),
                "takes_place": True,
            }
        )
    return found
