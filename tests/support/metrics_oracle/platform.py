"""Who is who on a platform: rows of its streams, joined by hand."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

Row = dict[str, Any]
PAID = ("paid", "partially_refunded")
ONCE_PAID = (*PAID, "refunded")
NAMES = (
    "customers",
    "companies",
    "events",
    "orders",
    "order_tickets",
    "registrations",
    "support_requests",
)
_MOMENTS = ("starts_at", "ends_at", "ordered_at", "checked_in_at", "created_at")


@dataclass(frozen=True)
class Rules:
    """The settings that metrics depend on, with what is shipped; rates in the base currency."""

    now: datetime
    rates: Mapping[str, Decimal] = field(default_factory=lambda: {"EUR": Decimal(1)})
    attendees: bool = False


@dataclass
class Person:
    """What one address bought and was admitted to."""

    orders: list[Row] = field(default_factory=list)
    tickets: list[Row] = field(default_factory=list)
    admissions: list[Row] = field(default_factory=list)


class Platform:
    """The rows of all streams, by stream; times are naive UTC."""

    def __init__(self, rows: Mapping[str, Iterable[Row]], *, attendees: bool = False) -> None:
        self.all = {name: [dict(row) for row in rows.get(name, ())] for name in NAMES}
        self.living = {
            name: [row for row in listed if not row.get("is_deleted")]
            for name, listed in self.all.items()
        }
        self.events = {row["event_id"]: row for row in self.all["events"]}
        self.orders = {row["order_id"]: row for row in self.living["orders"]}
        self.gone = {
            row["customer_id"]
            for row in self.all["customers"]
            if row.get("is_deleted") or row.get("is_anonymised")
        }
        self.accounts = [
            {**row, "address": address}
            for row in self.living["customers"]
            if row["customer_id"] not in self.gone and (address := address_of(row.get("email")))
        ]
        self.address_of_account: dict[str | None, str] = {
            row["customer_id"]: row["address"] for row in self.accounts
        }
        self.addresses = self._addresses(attendees=attendees)

    def _addresses(self, *, attendees: bool) -> set[str]:
        written = [
            (row.get("email"), row.get("customer_id"))
            for name in ("orders", "support_requests")
            for row in self.living[name]
        ]
        if attendees:
            written += [
                (row.get("attendee_email"), row.get("attendee_customer_id"))
                for row in self.living["order_tickets"]
            ]
            written += [
                (row.get("email"), row.get("customer_id")) for row in self.living["registrations"]
            ]
        named = (address_of(email) for email, account in written if account not in self.gone)
        return {*filter(None, named), *self.address_of_account.values()}

    def person_of(self, account: str | None, email: str | None) -> str | None:
        """Return the address of whoever is meant by an account, or else by an address."""
        if account in self.address_of_account:
            return self.address_of_account[account]
        address = address_of(email)
        return address if account not in self.gone and address in self.addresses else None

    @cached_property
    def scanned(self) -> set[str]:
        """Events at which anybody was scanned."""
        return {t["event_id"] for t in self.living["order_tickets"] if t.get("checked_in_at")}

    @cached_property
    def buyers(self) -> dict[str, str | None]:
        """The address behind each order that is not deleted."""
        return {
            order_id: self.person_of(row.get("customer_id"), row.get("email"))
            for order_id, row in self.orders.items()
        }

    @cached_property
    def valid_tickets(self) -> list[Row]:
        """Valid tickets of orders that are not deleted, with order, event and what it is."""
        found = []
        for ticket in self.living["order_tickets"]:
            order = self.orders.get(ticket["order_id"])
            if order is None or ticket.get("status") != "valid":
                continue
            event = self.events.get(ticket.get("event_id"), {})
            found.append(
                {
                    **ticket,
                    "order": order,
                    "event": event,
                    "takes_place": bool(event)
                    and event.get("status") != "cancelled"
                    and not event.get("is_deleted"),
                    "scanned": ticket.get("event_id") in self.scanned,
                }
            )
        return found

    def holder(self, ticket: Row) -> str | None:
        """Return the address of whoever a ticket admits."""
        if (account := ticket.get("attendee_customer_id")) is not None:
            return self.address_of_account.get(account)
        if address := address_of(ticket.get("attendee_email")):
            return address if address in self.addresses else None
        return self.buyers[ticket["order_id"]]

    def people(self) -> dict[str, Person]:
        """Return everybody who is a contact, by address."""
        found: dict[str, Person] = {address: Person() for address in self.addresses}
        for order_id, row in self.orders.items():
            if (buyer := self.buyers[order_id]) and row.get("status") in ONCE_PAID:
                found[buyer].orders.append(row)
        for ticket in self.valid_tickets:
            if ticket["order"].get("status") not in PAID:
                continue
            if buyer := self.buyers[ticket["order_id"]]:
                found[buyer].tickets.append(ticket)
            if (who := self.holder(ticket)) and ticket["takes_place"]:
                found[who].admissions.append(ticket)
        return found

    def accounts_by_address(self) -> dict[str, list[Row]]:
        """Return the accounts of each address."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.accounts:
            found[row["address"]].append(row)
        return dict(found)


def from_sqlite(path: Path) -> Platform:
    """Return the platform of a sample database."""
    rows: dict[str, list[Row]] = {}
    with sqlite3.connect(path) as connection:
        connection.row_factory = sqlite3.Row
        for name in NAMES:
            rows[name] = [dict(row) for row in connection.execute(f"SELECT * FROM {name}")]
    return Platform({name: map(in_moments, listed) for name, listed in rows.items()})


def address_of(text: str | None) -> str | None:
    """Return an address trimmed and in lower case."""
    return (text or "").strip(" \t\r\n\f\v").lower() or None


def in_moments(row: Row) -> Row:
    """Return a row with its times read from text."""
    return {
        name: datetime.fromisoformat(value).replace(tzinfo=None)
        if value and name in _MOMENTS
        else value
        for name, value in row.items()
    }


def rounded(value: Decimal | None, places: int = 2) -> Decimal | None:
    """Return a value rounded half away from zero."""
    if value is None:
        return None
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def money(amount: Any) -> Decimal:
    """Return an amount in cents; none is nothing."""
    return Decimal(str(amount or 0)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def total(values: Iterable[Decimal]) -> Decimal | None:
    """Return a sum; of nothing, nothing."""
    listed = list(values)
    return sum(listed, Decimal(0)) if listed else None


def rate_of(order: Row, rules: Rules) -> Decimal | None:
    """Return what one unit of an order's currency is worth, if that is known."""
    return rules.rates.get((order.get("currency") or "").upper())


def charged(order: Row) -> Decimal:
    """Return what an order cost."""
    return money(order.get("total_amount"))


def refunded(order: Row) -> Decimal:
    """Return what was paid back."""
    return money(order.get("refunded_amount"))
