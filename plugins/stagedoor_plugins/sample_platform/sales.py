"""Events, orders, admissions, registrations and support requests of the sample platform."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from stagedoor_plugins.sample_platform import words
from stagedoor_plugins.sample_platform.people import address, phone, plain_address, times
from stagedoor_plugins.sample_platform.size import Size

Row = dict[str, Any]
CENT = Decimal("0.01")


def event(chance: random.Random, number: int, size: Size) -> Row:
    """Return event `number`, between two years ago and eight months ahead."""
    city, country = chance.choice(words.CITIES)
    starts = size.today + timedelta(hours=chance.randrange(-24 * 730, 24 * 240))
    made, changed = times(chance, size)
    category = chance.choice(words.CATEGORIES)
    return {
        "event_id": str(number),
        "name": f"{chance.choice(words.EVENT_WORDS)} {category} {number}",
        "category": category if chance.random() > 0.02 else None,
        "venue": chance.choice(words.VENUES),
        "city": city,
        "country": country,
        "starts_at": starts,
        "ends_at": starts + timedelta(hours=3) if chance.random() > 0.1 else None,
        "capacity": chance.choice((80, 250, 900, 4_000)),
        "status": "cancelled" if chance.random() < 0.04 else "scheduled",
        "is_deleted": chance.random() < 0.01,
        "created_at": made,
        "updated_at": changed,
    }


def is_scanned(event_row: Row) -> bool:
    """Whether tickets are scanned at this event's door."""
    return int(event_row["event_id"]) % 3 != 0


def order(
    chance: random.Random, order_id: str, buyer: Row | None, events: Sequence[Row], size: Size
) -> dict[str, list[Row]]:
    """Return one order with its admissions, registrations and support request, by stream."""
    placed = size.today - timedelta(minutes=chance.randrange(30, 60 * 24 * 700))
    row = _order(chance, order_id, buyer, placed, size)
    admissions = _admissions(chance, row, events, size)
    total = sum((ticket["price"] for ticket in admissions), Decimal(0))
    row["discount_amount"] = (total * Decimal("0.1")).quantize(CENT) if row["coupon_code"] else None
    row["total_amount"] = total - (row["discount_amount"] or 0)
    _refund(chance, row, admissions)
    made: dict[str, list[Row]] = {"orders": [row], "order_tickets": admissions}
    if chance.random() < 0.25 and admissions:
        made["registrations"] = [_registration(chance, row, admissions[0])]
    if chance.random() < 0.04:
        made["support_requests"] = [_support_request(chance, row, size)]
    return made


def _order(
    chance: random.Random, order_id: str, buyer: Row | None, placed: datetime, size: Size
) -> Row:
    status = chance.choices(
        ("paid", "pending", "partially_refunded", "refunded", "cancelled"), (82, 5, 4, 4, 5)
    )[0]
    channel = chance.choice(words.CHANNELS)
    written = None if channel == "box_office" and chance.random() < 0.6 else _written(chance, buyer)
    company_id = buyer["company_id"] if buyer else None
    if company_id is None and chance.random() < 0.02:
        company_id = str(chance.randrange(1, size.companies + 1))
    return {
        "order_id": order_id,
        "order_number": f"T{order_id.zfill(7)}",
        "customer_id": buyer["customer_id"] if buyer else None,
        "company_id": company_id,
        "email": written,
        "first_name": buyer["first_name"] if buyer else chance.choice(words.FIRST_NAMES),
        "last_name": buyer["last_name"] if buyer else chance.choice(words.LAST_NAMES),
        "phone": phone(chance) if chance.random() < 0.3 else None,
        "status": status,
        "currency": chance.choice(words.CURRENCIES),
        "total_amount": Decimal(0),
        "refunded_amount": None,
        "discount_amount": None,
        "coupon_code": f"SAVE{chance.randrange(10, 50)}" if chance.random() < 0.12 else None,
        "sales_channel": channel,
        "ordered_at": placed,
        "paid_at": None if status in ("pending", "cancelled") else placed + timedelta(minutes=2),
        "cancelled_at": placed + timedelta(days=1) if status == "cancelled" else None,
        "is_deleted": chance.random() < 0.004,
        "created_at": placed,
        "updated_at": min(placed + timedelta(days=2), size.today),
    }


def _written(chance: random.Random, buyer: Row | None) -> str | None:
    if buyer is not None and buyer["is_anonymised"]:
        return None
    if buyer is not None:
        return str(buyer["email"]) if buyer["email"] else None
    number = chance.randrange(10**6, 10**7)
    if chance.random() < 0.1:
        return plain_address(chance.randrange(1, 500)).upper()  # has an account, did not log in
    return address(chance, number)


def _admissions(chance: random.Random, row: Row, events: Sequence[Row], size: Size) -> list[Row]:
    chosen = chance.choice(events)
    many = (
        chance.randrange(10, 60) if chance.random() < 0.004 else chance.choice((1, 2, 2, 2, 3, 4))
    )
    cancelled = row["status"] in ("cancelled", "refunded")
    admissions = []
    for place in range(many):
        name, factor = chance.choice(words.TICKET_TYPES)
        if place and chance.random() < 0.05:
            chosen = chance.choice(events)
        price = Decimal(chance.randrange(1_000, 20_000)) * Decimal(str(factor)) * CENT
        ticket = {
            "order_ticket_id": f"{row['order_id']}-{place + 1}",
            "order_id": row["order_id"],
            "event_id": chosen["event_id"],
            "ticket_type": name,
            "price": price.quantize(CENT),
            **_attendee(chance, place, size),
            "status": "refunded" if row["status"] == "refunded" else "valid",
            "checked_in_at": None,
            "is_deleted": False,
            "created_at": row["created_at"],
            "updated_at": row["updated_at"],
        }
        if row["status"] == "cancelled":
            ticket["status"] = "cancelled"
        over = chosen["starts_at"] < size.today and chosen["status"] != "cancelled"
        if over and not cancelled and is_scanned(chosen) and chance.random() < 0.85:
            ticket["checked_in_at"] = chosen["starts_at"] - timedelta(minutes=20)
        admissions.append(ticket)
    return admissions


def _attendee(chance: random.Random, place: int, size: Size) -> Row:
    """Say who comes: mostly nobody is named, sometimes somebody other than the buyer."""
    dice = chance.random()
    name = f"{chance.choice(words.FIRST_NAMES)} {chance.choice(words.LAST_NAMES)}"
    other = chance.randrange(1, size.customers + 1)
    if place == 0 or dice < 0.6:
        return {"attendee_customer_id": None, "attendee_name": None, "attendee_email": None}
    if dice < 0.75:
        return {"attendee_customer_id": None, "attendee_name": name, "attendee_email": None}
    if dice < 0.9:
        written = chance.choice((str.upper, str))(plain_address(other))
        return {"attendee_customer_id": None, "attendee_name": name, "attendee_email": written}
    return {"attendee_customer_id": str(other), "attendee_name": name, "attendee_email": None}


def _refund(chance: random.Random, row: Row, admissions: list[Row]) -> None:
    if row["status"] == "refunded":
        row["refunded_amount"] = row["total_amount"]
    if row["status"] == "partially_refunded":
        back = chance.choice(admissions)
        back["status"], back["checked_in_at"] = "refunded", None
        row["refunded_amount"] = min(back["price"], row["total_amount"])


def _registration(chance: random.Random, row: Row, ticket: Row) -> Row:
    answers = {"diet": chance.choice(words.DIETS), "shirt_size": chance.choice("SMLX")}
    return {
        "registration_id": f"R{row['order_id']}",
        "event_id": ticket["event_id"],
        "order_ticket_id": ticket["order_ticket_id"],
        "customer_id": row["customer_id"],
        "email": row["email"],
        "status": "attended" if ticket["checked_in_at"] else "registered",
        "answers": json.dumps(answers, ensure_ascii=False),
        "registered_at": row["ordered_at"],
        "is_deleted": False,
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }


def _support_request(chance: random.Random, row: Row, size: Size) -> Row:
    status = chance.choice(("new", "waiting_on_customer", "waiting_on_us", "closed", "closed"))
    asked = row["created_at"] + timedelta(hours=3)
    return {
        "support_request_id": f"S{row['order_id']}",
        "customer_id": row["customer_id"],
        "email": row["email"],
        "order_id": row["order_id"],
        "subject": chance.choice(words.SUBJECTS) if chance.random() > 0.03 else None,
        "message": chance.choice(words.MESSAGES),
        "category": chance.choice(("refund", "access", "ticket", "invoice", "other")),
        "priority": chance.choice(("low", "medium", "high", "urgent", None)),
        "status": status,
        "closed_at": asked + timedelta(days=1) if status == "closed" else None,
        "is_deleted": chance.random() < 0.01,
        "created_at": asked,
        "updated_at": min(asked + timedelta(days=1), size.today),
    }
