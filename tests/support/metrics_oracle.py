"""Metrics of people, a second opinion in plain Python over the sample database.

Nothing of Stagedoor is imported: this follows docs/metrics.md.
"""

from __future__ import annotations

import calendar
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

Row = dict[str, Any]
PAID = ("paid", "partially_refunded")


@dataclass
class Person:
    """What one address bought and was admitted to."""

    orders: list[Row] = field(default_factory=list)
    tickets: list[Row] = field(default_factory=list)
    admissions: list[Row] = field(default_factory=list)


def address_of(text: str | None) -> str | None:
    """Return an address trimmed and in lower case."""
    return (text or "").strip(" \t\r\n").lower() or None


def moment(text: str | None) -> datetime | None:
    """Return a time of the database."""
    return datetime.fromisoformat(text).replace(tzinfo=None) if text else None


def read(path: Path, table: str) -> list[Row]:
    """Return the rows that the platform has not deleted."""
    with sqlite3.connect(path) as connection:
        connection.row_factory = sqlite3.Row
        rows = [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]
    return [row for row in rows if not row["is_deleted"]]


def people(path: Path) -> dict[str, Person]:
    """Return everybody who is a contact, by address."""
    with sqlite3.connect(path) as connection:
        gone = {
            row[0]
            for row in connection.execute(
                "SELECT customer_id FROM customers WHERE is_deleted = 1 OR is_anonymised = 1"
            )
        }
    accounts = {
        row["customer_id"]: address
        for row in read(path, "customers")
        if row["customer_id"] not in gone and (address := address_of(row["email"]))
    }
    found: dict[str, Person] = defaultdict(Person)
    for address in accounts.values():
        found[address]
    orders = {row["order_id"]: row for row in read(path, "orders")}
    for row in [*orders.values(), *read(path, "support_requests")]:
        row["buyer"] = accounts.get(row["customer_id"]) or (
            None if row["customer_id"] in gone else address_of(row["email"])
        )
        if row["buyer"]:
            found[row["buyer"]]
    for row in orders.values():
        if row["buyer"] and row["status"] in (*PAID, "refunded"):
            found[row["buyer"]].orders.append(row)
    _admit(path, found, orders, accounts)
    return dict(found)


def _admit(
    path: Path, found: dict[str, Person], orders: dict[str, Row], accounts: dict[str, str]
) -> None:
    with sqlite3.connect(path) as connection:
        connection.row_factory = sqlite3.Row
        events = {row["event_id"]: dict(row) for row in connection.execute("SELECT * FROM events")}
    tickets = read(path, "order_tickets")
    scanned = {t["event_id"] for t in tickets if t["checked_in_at"]}
    for ticket in tickets:
        order = orders.get(ticket["order_id"])
        if not order or order["status"] not in PAID or ticket["status"] != "valid":
            continue
        event = events.get(ticket["event_id"], {})
        takes_place = bool(event) and event["status"] != "cancelled" and not event["is_deleted"]
        joined = {
            **ticket,
            "order": order,
            "event": event,
            "takes_place": takes_place,
            "scanned": ticket["event_id"] in scanned,
        }
        if order["buyer"]:
            found[order["buyer"]].tickets.append(joined)
        if ticket["attendee_customer_id"]:
            who = accounts.get(ticket["attendee_customer_id"])
        elif address := address_of(ticket["attendee_email"]):
            who = address if address in found else None
        else:
            who = order["buyer"]
        if who and takes_place:
            found[who].admissions.append(joined)


def rounded(value: Decimal | None, places: int = 2) -> Decimal | None:
    """Return a value rounded half up."""
    if value is None:
        return None
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _money(text: Any) -> Decimal:
    return Decimal(str(text or 0)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _sum(values: Iterable[Decimal]) -> Decimal | None:
    listed = list(values)
    return sum(listed, Decimal(0)) if listed else None


def favourite(tickets: list[Row], column: str) -> str | None:
    """Return what most tickets were bought in; on a tie the latest, then the first by name."""
    groups: dict[str, list[str]] = defaultdict(list)
    for ticket in tickets:
        name = (ticket["event"].get(column) or "").strip()
        if name:
            groups[name].append(ticket["order"]["ordered_at"] or "")
    if not groups:
        return None
    most = max((len(bought), max(bought)) for bought in groups.values())
    return min(name for name, bought in groups.items() if (len(bought), max(bought)) == most)


def months_later(at: datetime, months: int) -> datetime:
    """Return the same moment some months later; where the day is missing, the month's last."""
    year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    day = min(at.day, calendar.monthrange(year, month + 1)[1])
    return at.replace(year=year, month=month + 1, day=day)


def metrics(person: Person, now: datetime, rates: dict[str, Decimal]) -> dict[str, Any]:
    """Return every metric of one person."""
    paid = [order for order in person.orders if order["status"] in PAID]
    found = {
        "orders_bought": len(paid),
        "tickets_bought": len(person.tickets),
        **_spending(person, paid, rates),
        **_attendance(person, now),
        "favourite_venue": favourite(person.tickets, "venue"),
        "favourite_event_city": favourite(person.tickets, "city"),
        "preferred_event_category": favourite(person.tickets, "category"),
        "total_event_purchases": len(paid),
    }
    found["average_days_booked_ahead"] = _days_ahead(person)
    kinds = Counter((t["ticket_type"] or "").strip() for t in person.tickets)
    listed = sorted(((-n, kind) for kind, n in kinds.items() if kind))
    found["tickets_by_type"] = "; ".join(f"{kind} {-n}" for n, kind in listed) or None
    groups = Counter(t["order_id"] for t in person.tickets)
    found["largest_group_size"] = max(groups.values(), default=None)
    dates = sorted(d for o in paid if (d := moment(o["ordered_at"])))
    found["first_purchase_date"] = dates[0].date() if dates else None
    found["last_purchase_date"] = dates[-1].date() if dates else None
    return found


def _days_ahead(person: Person) -> Decimal | None:
    days: dict[str, list[int]] = defaultdict(list)
    for ticket in person.tickets:
        ordered, starts = moment(ticket["order"]["ordered_at"]), None
        if ticket["takes_place"]:
            starts = moment(ticket["event"]["starts_at"])
        if ordered and starts:
            days[ticket["order_id"]].append((starts.date() - ordered.date()).days)
    if not days:
        return None
    means = [Decimal(sum(listed)) / len(listed) for listed in days.values()]
    return rounded(sum(means, Decimal(0)) / len(means), 1)


def _spoken(amounts: dict[str, Decimal]) -> str | None:
    return (
        "; ".join(f"{code} {amount}" for code, amount in sorted(amounts.items()) if amount) or None
    )


def _spending(person: Person, paid: list[Row], rates: dict[str, Decimal]) -> dict[str, Any]:
    known = [o for o in person.orders if o["currency"].upper() in rates]
    rate = {id(o): rates[o["currency"].upper()] for o in known}
    spent = _sum(_money(o["total_amount"]) * rate[id(o)] for o in known if o["status"] in PAID)
    kept = _sum(
        (_money(o["total_amount"]) - _money(o["refunded_amount"])) * rate[id(o)] for o in known
    )
    currencies: dict[str, Decimal] = defaultdict(Decimal)
    spent_in: dict[str, Decimal] = defaultdict(Decimal)
    for o in person.orders:
        gross = _money(o["total_amount"])
        currencies[o["currency"].upper()] += gross - _money(o["refunded_amount"])
        spent_in[o["currency"].upper()] += gross if o["status"] in PAID else 0
    coupons = sum(bool((o["coupon_code"] or "").strip()) for o in paid)
    return {
        "total_spent": rounded(spent),
        "lifetime_value": rounded(kept),
        "total_refunded": rounded(_sum(_money(o["refunded_amount"]) * rate[id(o)] for o in known)),
        "lifetime_value_by_currency": _spoken(currencies),
        "total_spent_by_currency": _spoken(spent_in),
        "orders_refunded": sum(_money(o["refunded_amount"]) > 0 for o in person.orders),
        "average_order_value": rounded(spent / len(paid)) if spent is not None and paid else None,
        "average_group_size": rounded(Decimal(len(person.tickets)) / len(paid))
        if paid and person.tickets
        else None,
        "coupon_share": rounded(Decimal(100) * coupons / len(paid), 1) if paid else None,
    }


def _attendance(person: Person, now: datetime) -> dict[str, Any]:
    came, coming, missed, scannable = {}, [], 0, 0
    for ticket in person.admissions:
        event = ticket["event"]
        starts = moment(event["starts_at"])
        ends = moment(event["ends_at"]) or starts
        if starts and starts >= now:
            coming.append((starts, ticket["event_id"], event["name"]))
        if ticket["checked_in_at"] if ticket["scanned"] else (ends and ends < now):
            came[ticket["event_id"]] = (starts, ticket["event_id"], event["name"], ends)
        if ticket["scanned"] and ends and ends < now:
            scannable += 1
            missed += not ticket["checked_in_at"]
    return {
        "events_attended": len(came),
        "last_attended_date": max(e[3] for e in came.values() if e[3]).date() if came else None,
        "last_event_attended": max(came.values())[2] if came else None,
        "next_event": min(coming)[2] if coming else None,
        "next_event_date": min(coming)[0] if coming else None,
        "no_show_count": missed if scannable else None,
        "no_show_rate": rounded(Decimal(100) * missed / scannable, 1) if scannable else None,
    }


def segment(person: Person, now: datetime) -> str | None:
    """Return New, Returning, Active or Lapsed, with the thresholds that are shipped."""
    bought = sorted(
        (moment(o["ordered_at"]), o["order_id"]) for o in person.orders if o["status"] in PAID
    )
    if not bought:
        return None
    first, last = bought[0][0], bought[-1][0]
    assert first
    assert last
    if months_later(last, 24) <= now:
        return "Lapsed"
    if months_later(first, 12) > now:
        return "New"
    if len(bought) > 1 and (previous := bought[-2][0]) and months_later(previous, 24) < last:
        return "Returning"
    return "Active"


def scores(person: Person, now: datetime, rates: dict[str, Decimal]) -> tuple[int, int, int] | None:
    """Return recency, frequency and monetary scores, with the limits that are shipped."""
    paid = [o for o in person.orders if o["status"] in PAID]
    if not paid:
        return None
    last = max(d for o in paid if (d := moment(o["ordered_at"])))
    kept = metrics(person, now, rates)["lifetime_value"] or 0
    return (
        5 - sum(months_later(last, limit) <= now for limit in (3, 6, 12, 24)),
        1 + sum(len(paid) >= limit for limit in (2, 3, 5, 10)),
        1 + sum(kept >= limit for limit in (50, 150, 400, 1_000)),
    )
