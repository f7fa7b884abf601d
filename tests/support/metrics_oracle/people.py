"""Metrics of people."""

from __future__ import annotations

import calendar
from collections import Counter, defaultdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from support.metrics_oracle.platform import (
    PAID,
    Person,
    Platform,
    Row,
    Rules,
    charged,
    rate_of,
    refunded,
    rounded,
    total,
)

RECENCY = (3, 6, 12, 24)
FREQUENCY = (2, 3, 5, 10)
MONETARY = (50, 150, 400, 1_000)


def consent(platform: Platform) -> dict[str, bool | None]:
    """Return whether each contact may be written to: nobody refused, and somebody agreed."""
    accounts = platform.accounts_by_address()
    found: dict[str, bool | None] = {}
    for address in platform.addresses:
        said = {row.get("marketing_consent") for row in accounts.get(address, ())} - {None}
        found[address] = all(said) if said else None
    return found


def person_metrics(person: Person, rules: Rules) -> dict[str, Any]:
    """Return every metric of one person."""
    paid = [order for order in person.orders if order["status"] in PAID]
    dates = sorted(o["ordered_at"] for o in paid if o.get("ordered_at"))
    found = {
        "orders_bought": len(paid),
        "total_event_purchases": len(paid),
        "first_purchase_date": dates[0].date() if dates else None,
        "last_purchase_date": dates[-1].date() if dates else None,
        **_spending(person, paid, rules),
        **_tickets(person, paid),
        **_attendance(person, rules.now),
    }
    return {**found, **_segments(found, paid, dates, rules.now)}


def _spending(person: Person, paid: list[Row], rules: Rules) -> dict[str, Any]:
    known = [(o, rate) for o in person.orders if (rate := rate_of(o, rules)) is not None]
    spent = total(charged(o) * rate for o, rate in known if o["status"] in PAID)
    kept_in: dict[str, Decimal] = defaultdict(Decimal)
    for o in person.orders:
        if o.get("currency"):
            kept_in[o["currency"].upper()] += charged(o) - refunded(o)
    coupons = sum(bool((o.get("coupon_code") or "").strip(" ")) for o in paid)
    return {
        "total_spent": rounded(spent),
        "lifetime_value": rounded(total((charged(o) - refunded(o)) * rate for o, rate in known)),
        "total_refunded": rounded(total(refunded(o) * rate for o, rate in known)),
        "lifetime_value_by_currency": "; ".join(
            f"{code} {amount}" for code, amount in sorted(kept_in.items()) if amount
        )
        or None,
        "average_order_value": rounded(spent / len(paid)) if spent is not None and paid else None,
        "coupon_share": rounded(Decimal(100) * coupons / len(paid), 1) if paid else None,
    }


def _tickets(person: Person, paid: list[Row]) -> dict[str, Any]:
    kinds = Counter((t.get("ticket_type") or "").strip(" ") for t in person.tickets)
    listed = sorted((-n, kind) for kind, n in kinds.items() if kind)
    groups = Counter(t["order_id"] for t in person.tickets)
    return {
        "tickets_bought": len(person.tickets),
        "average_group_size": rounded(Decimal(len(person.tickets)) / len(paid))
        if paid and person.tickets
        else None,
        "largest_group_size": max(groups.values(), default=None),
        "tickets_by_type": "; ".join(f"{kind} {-n}" for n, kind in listed) or None,
        "average_days_booked_ahead": _days_ahead(person),
        "favourite_venue": favourite(person.tickets, "venue"),
        "favourite_event_city": favourite(person.tickets, "city"),
        "preferred_event_category": favourite(person.tickets, "category"),
    }


def favourite(tickets: list[Row], column: str) -> str | None:
    """Return what most tickets were bought in; on a tie the latest, then the first by name."""
    groups: dict[str, list[datetime]] = defaultdict(list)
    for ticket in tickets:
        if name := (ticket["event"].get(column) or "").strip(" "):
            groups[name].append(ticket["order"].get("ordered_at") or datetime.min)  # noqa: DTZ901 - as in the columns
    if not groups:
        return None
    most = max((len(bought), max(bought)) for bought in groups.values())
    return min(name for name, bought in groups.items() if (len(bought), max(bought)) == most)


def _days_ahead(person: Person) -> Decimal | None:
    days: dict[str, list[int]] = defaultdict(list)
    for ticket in person.tickets:
        ordered, starts = ticket["order"].get("ordered_at"), ticket["event"].get("starts_at")
        if ticket["takes_place"] and ordered and starts:
            days[ticket["order_id"]].append((starts.date() - ordered.date()).days)
    if not days:
        return None
    means = [Decimal(sum(listed)) / len(listed) for listed in days.values()]
    return rounded(sum(means, Decimal(0)) / len(means), 1)


def _attendance(person: Person, now: datetime) -> dict[str, Any]:
    came: dict[str, Row] = {}
    coming: list[tuple[datetime, str, str | None]] = []
    missed = scannable = 0
    for ticket in person.admissions:
        event = ticket["event"]
        starts = event.get("starts_at")
        ends = event.get("ends_at") or starts
        if starts and starts >= now:
            coming.append((starts, ticket["event_id"], event.get("name")))
        if ticket.get("checked_in_at") if ticket["scanned"] else (ends and ends < now):
            came[ticket["event_id"]] = event
        if ticket["scanned"] and ends and ends < now:
            scannable += 1
            missed += not ticket.get("checked_in_at")
    named = [
        (e.get("starts_at") or datetime.min, e["event_id"], e["name"])  # noqa: DTZ901 - as in the columns
        for e in came.values()
        if e.get("name")
    ]
    ended = [end for e in came.values() if (end := e.get("ends_at") or e.get("starts_at"))]
    return {
        "events_attended": len(came),
        "last_attended_date": max(ended).date() if ended else None,
        "last_event_attended": max(named)[2] if named else None,
        "next_event": min(coming)[2] if coming else None,
        "next_event_date": min(coming)[0] if coming else None,
        "no_show_count": missed if scannable else None,
        "no_show_rate": rounded(Decimal(100) * missed / scannable, 1) if scannable else None,
    }


def months_later(at: datetime, months: int) -> datetime:
    """Return the same moment some months later; where the day is missing, the month's last."""
    year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    day = min(at.day, calendar.monthrange(year, month + 1)[1])
    return at.replace(year=year, month=month + 1, day=day)


def _segments(
    found: dict[str, Any], paid: list[Row], dates: list[datetime], now: datetime
) -> dict[str, Any]:
    kept = found["lifetime_value"] or 0
    recency = frequency = monetary = None
    if dates:
        recency = 5 - sum(months_later(dates[-1], limit) <= now for limit in RECENCY)
        frequency = 1 + sum(len(paid) >= limit for limit in FREQUENCY)
        monetary = 1 + sum(kept >= limit for limit in MONETARY)
    return {
        "rfm_recency": recency,
        "rfm_frequency": frequency,
        "rfm_monetary": monetary,
        "rfm_segment": rfm_segment(recency, frequency) if recency and frequency else None,
        "audience_segment": audience_segment(dates, now),
        "is_vip": kept >= 1_000 or len(paid) >= 20,
    }


def rfm_segment(recency: int, frequency: int) -> str:
    """Return the segment that docs/metrics.md gives to two scores."""
    table = [
        ("Champion", (4, 5), (4, 5)),
        ("Loyal", (3, 4, 5), (3, 4, 5)),
        ("New", (4, 5), (1,)),
        ("Promising", (3, 4, 5), (1, 2)),
        ("At risk", (1, 2), (3, 4, 5)),
        ("Cooling", (2,), (1, 2)),
        ("Lost", (1,), (1, 2)),
    ]
    return next(name for name, r, f in table if recency in r and frequency in f)


def audience_segment(dates: list[datetime], now: datetime) -> str | None:
    """Return New, Returning, Active or Lapsed, with the thresholds that are shipped."""
    if not dates:
        return None
    if months_later(dates[-1], 24) <= now:
        return "Lapsed"
    if months_later(dates[0], 12) > now:
        return "New"
    if len(dates) > 1 and months_later(dates[-2], 24) < dates[-1]:
        return "Returning"
    return "Active"
