"""A small platform with everything that makes metrics hard, and random edits of it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from stagedoor.streams import STREAMS

Row: TypeAlias = dict[str, Any]
Edit: TypeAlias = tuple[str, str]
"""Stream and key of a row that was changed."""

START = datetime(2026, 6, 15, 12)
KEYS = {
    "customers": "customer_id",
    "companies": "company_id",
    "events": "event_id",
    "orders": "order_id",
    "order_tickets": "order_ticket_id",
    "support_requests": "support_request_id",
}
_COLUMNS: dict[str, Row] = {
    name: dict.fromkeys(column.name for column in STREAMS[name].fields) for name in KEYS
}
STATUSES = ("paid", "paid", "paid", "partially_refunded", "refunded", "pending", "cancelled")
CURRENCIES = ("EUR", "eur", "RON", "USD", "CHF", None)
NAMES = ("Opera", " Opera ", "Theatre", "", None)


@dataclass
class World:
    """Rows by stream and key, and a die; few addresses, accounts and events, so that they meet."""

    chance: random.Random
    rows: dict[str, dict[str, Row]] = field(default_factory=lambda: {name: {} for name in KEYS})
    gone: set[Edit] = field(default_factory=set)
    """Rows that full reads no longer show."""
    customers: int = 12
    events: int = 8
    companies: int = 6

    def put(self, stream: str, key: object, **values: Any) -> Edit:
        """Make or change a row."""
        row = self.rows[stream].setdefault(
            str(key), {**_COLUMNS[stream], KEYS[stream]: str(key), "created_at": self.past()}
        )
        row |= values | {"updated_at": START}
        return stream, str(key)

    def past(self) -> datetime:
        """Return some moment of the last three years, with ties."""
        return START - timedelta(
            days=self.chance.randrange(0, 1_100), hours=self.chance.choice((0, 5))
        )

    def address(self) -> str | None:
        """Return an address as somebody types it, or none."""
        plain = f"{self.chance.choice('abcdefgh')}@example.com"
        return self.chance.choice((plain, plain, plain.upper(), f" {plain}\t", None, ""))

    def number(self, of: int) -> str | None:
        """Return the number of something that may not be there, or none."""
        return self.chance.choice((None, *map(str, range(of + 2))))

    def customer(self) -> Edit:
        """Make or change an account: its address, company, consent; or erase or delete it."""
        return self.put(
            "customers",
            self.chance.randrange(self.customers),
            email=self.address(),
            company_id=self.number(self.companies),
            marketing_consent=self.chance.choice((True, False, None)),
            is_anonymised=self.chance.random() < 0.1,
            is_deleted=self.chance.random() < 0.1,
        )

    def consent(self) -> Edit:
        """Change what matters to nobody's purchases."""
        return self.put(
            "customers",
            self.chance.randrange(self.customers),
            marketing_consent=self.chance.choice((True, False, None)),
        )

    def company(self) -> Edit:
        """Make or change a company: its parent, perhaps in a circle; or delete it."""
        return self.put(
            "companies",
            self.chance.randrange(self.companies),
            parent_company_id=self.number(self.companies),
            is_deleted=self.chance.random() < 0.1,
        )

    def event(self) -> Edit:
        """Make, move, rename, cancel or delete an event."""
        starts = START + timedelta(days=self.chance.randrange(-300, 60))
        return self.put(
            "events",
            self.chance.randrange(self.events),
            name=self.chance.choice(("Gala", "Tosca", None)),
            category=self.chance.choice(NAMES),
            venue=self.chance.choice(NAMES),
            city=self.chance.choice(NAMES),
            starts_at=self.chance.choice((starts, starts, None)),
            ends_at=self.chance.choice((starts + timedelta(hours=3), None)),
            capacity=self.chance.choice((0, 3, 100, None)),
            status=self.chance.choice(("scheduled", "scheduled", "cancelled", None)),
            is_deleted=self.chance.random() < 0.1,
        )

    def order(self) -> Edit:
        """Place or change an order: who bought, for how much, what became of it."""
        return self.put(
            "orders",
            self.chance.randrange(40),
            customer_id=self.number(self.customers),
            company_id=self.chance.choice((None, None, self.number(self.companies))),
            email=self.address(),
            status=self.chance.choice(STATUSES),
            currency=self.chance.choice(CURRENCIES),
            total_amount=self.chance.choice((0, "10.005", "33.33", 120, None)),
            refunded_amount=self.chance.choice((None, 0, "5.5")),
            coupon_code=self.chance.choice((None, "", " ", "SAVE")),
            ordered_at=self.chance.choice((self.past(), self.past(), None)),
            is_deleted=self.chance.random() < 0.1,
        )

    def refund(self) -> Edit:
        """Give money back."""
        return self.put(
            "orders",
            self.chance.randrange(40),
            status=self.chance.choice(("refunded", "partially_refunded")),
            refunded_amount=self.chance.choice(("5.5", 33)),
        )

    def ticket(self) -> Edit:
        """Sell or change a ticket: order, event, attendee, kind, validity."""
        return self.put(
            "order_tickets",
            self.chance.randrange(90),
            order_id=str(self.chance.randrange(42)),
            event_id=self.number(self.events),
            ticket_type=self.chance.choice(("VIP", "Standard", " VIP ", "", None)),
            price=self.chance.choice((0, "12.5", "9.999", None)),
            attendee_customer_id=self.chance.choice((None, None, self.number(self.customers))),
            attendee_email=self.chance.choice((None, None, self.address())),
            attendee_name=self.chance.choice((None, "Ana Pop", " ")),
            status=self.chance.choice(("valid", "valid", "valid", "cancelled", "refunded", None)),
            checked_in_at=self.chance.choice((None, None, self.past())),
            is_deleted=self.chance.random() < 0.1,
        )

    def check_in(self) -> Edit:
        """Scan a ticket, or take that back."""
        return self.put(
            "order_tickets",
            self.chance.randrange(90),
            checked_in_at=self.chance.choice((None, self.past(), self.past())),
        )

    def request(self) -> Edit:
        """Ask for support, or delete the request."""
        return self.put(
            "support_requests",
            self.chance.randrange(5),
            customer_id=self.number(self.customers),
            email=self.address(),
            is_deleted=self.chance.random() < 0.3,
        )

    def vanish(self) -> Edit:
        """Let a row vanish from full reads, or come back."""
        stream = self.chance.choice(list(KEYS))
        edit = stream, self.chance.choice([*self.rows[stream], ""])
        if edit[1]:
            self.gone ^= {edit}
        return edit if edit[1] else self.consent()

    def edit(self) -> Edit:
        """Do one of these."""
        kinds: tuple[Callable[[], Edit], ...] = (
            self.customer, self.consent, self.company, self.event, self.order, self.order,
            self.refund, self.ticket, self.ticket, self.check_in, self.check_in, self.request,
            self.vanish,
        )  # fmt: skip
        return self.chance.choice(kinds)()

    def listed(self) -> dict[str, list[Row]]:
        """Return all rows by stream; what has vanished is deleted."""
        return {
            name: [
                {**row, "is_deleted": row["is_deleted"] or (name, key) in self.gone}
                for key, row in rows.items()
            ]
            for name, rows in self.rows.items()
        }


def made(seed: int, edits: int = 300) -> World:
    """Return a world with some history."""
    world = World(random.Random(seed))
    for _ in range(edits):
        world.edit()
    return world
