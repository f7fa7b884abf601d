"""Who is on a list of each ready-made rule: a second opinion in plain Python.

Nothing of Stagedoor is imported: this follows docs/mapping.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from support.metrics_oracle import PAID, Person, Row
from support.picture import RATES


@dataclass(frozen=True)
class Asked:
    """The moment, and the event that lists about one event are about."""

    now: datetime
    event: str


JUNE = datetime.fromisoformat("2026-06-01")

Rule = Callable[[Person, Asked], bool]


def came_to(person: Person, now: datetime) -> list[Row]:
    """Return the tickets with which somebody came to an event."""
    return [
        ticket
        for ticket in person.admissions
        if (ticket["checked_in_at"] if ticket["scanned"] else is_over(ticket["event"], now))
    ]


def is_over(event: Row, now: datetime) -> bool:
    """Whether an event has ended."""
    ended = event["ends_at"] or event["starts_at"]
    return ended is not None and ended < now


def spent(person: Person) -> Decimal | None:
    """Return what somebody paid, before refunds, in the base currency."""
    paid = [order for order in person.orders if order["status"] in PAID]
    known = [Decimal(str(o["total_amount"] or 0)) * RATES[o["currency"].upper()] for o in paid]
    return sum(known, Decimal(0)) if known else None


def _missed(person: Person, asked: Asked) -> bool:
    held = [t for t in person.admissions if t["event_id"] == asked.event]
    missed = [t for t in held if t["scanned"] and is_over(t["event"], asked.now)]
    return bool(missed) and not any(t["checked_in_at"] for t in missed)


def _last_bought(person: Person) -> datetime | None:
    paid = [o["ordered_at"] for o in person.orders if o["status"] in PAID]
    return max((at for at in paid if at), default=None)


RULES: dict[str, tuple[str, Rule]] = {
    "attended_event": (
        "{event: '%s'}",
        lambda p, asked: any(t["event_id"] == asked.event for t in came_to(p, asked.now)),
    ),
    "attended_category": (
        "{category: Sport, since: 2026-01-01}",
        lambda p, asked: any(
            t["event"]["category"] == "Sport" and t["event"]["starts_at"].year >= 2026
            for t in came_to(p, asked.now)
        ),
    ),
    "attended_venue": (
        "{venue: Müpa}",
        lambda p, asked: any(t["event"]["venue"] == "Müpa" for t in came_to(p, asked.now)),
    ),
    "events_attended": (
        "{from: 2, to: 3}",
        lambda p, asked: 2 <= len({t["event_id"] for t in came_to(p, asked.now)}) <= 3,
    ),
    "missed_event": ("{event: '%s'}", _missed),
    "holds_ticket_for": (
        "{event: '%s'}",
        lambda p, asked: any(t["event_id"] == asked.event for t in p.admissions),
    ),
    "spent_over": ("{amount: 100}", lambda p, _: (spent(p) or 0) > 100),
    "spent_between": (
        "{from: 20, below: 60}",
        lambda p, _: (total := spent(p)) is not None and 20 <= total < 60,
    ),
    "bought_ticket_type": (
        "{ticket_type: VIP}",
        lambda p, _: any(t["ticket_type"] == "VIP" for t in p.tickets),
    ),
    "bought_category": (
        "{category: Opera}",
        lambda p, _: any(t["event"].get("category") == "Opera" for t in p.tickets),
    ),
    "bought_nothing_since": (
        "{day: 2026-06-01}",
        lambda p, _: (last := _last_bought(p)) is not None and last < JUNE,
    ),
}
"""What a mapping gives to each rule, `%s` being the event; and whether a person fits."""


def lists(event: str) -> str:
    """Return entries of `lists`, one for each rule, called like the rule."""
    return "".join(
        f"  {rule}: {{name: {rule}, rule: {rule}, with: {given.replace('%s', event)}}}\n"
        for rule, (given, _) in RULES.items()
    )
