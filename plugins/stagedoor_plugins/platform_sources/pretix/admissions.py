"""Admissions: an order's positions to rows of `order_tickets` and `registrations`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stagedoor.streams import ORDER_TICKETS, REGISTRATIONS
from stagedoor_plugins.platform_sources.pretix.catalogue import Catalogue
from stagedoor_plugins.platform_sources.pretix.events import event_id
from stagedoor_plugins.platform_sources.pretix.names import text
from stagedoor_plugins.platform_sources.pretix.orders import order_id, status
from stagedoor_plugins.platform_sources.pretix.rows import Row, complete


def order_tickets(order: Mapping[str, Any], catalogue: Catalogue) -> Iterator[Row]:
    """Yield a row for each ticket of an order, cancelled ones included."""
    for position in order["positions"]:
        if catalogue.admits(position):
            yield complete(
                ORDER_TICKETS,
                order_ticket_id=ticket_id(order, position),
                order_id=order_id(order),
                event_id=event_id(order["event"], position.get("subevent")),
                ticket_type=catalogue.ticket_type(position),
                price=position["price"],
                attendee_name=text(position.get("attendee_name")),
                attendee_email=text(position.get("attendee_email")),
                status=ticket_status(order, position),
                checked_in_at=entered_at(position),
                is_deleted=False,
                created_at=order["datetime"],
                updated_at=order["last_modified"],
            )


def registrations(order: Mapping[str, Any], catalogue: Catalogue) -> Iterator[Row]:
    """Yield a row for each ticket of an order, with the answers to the questions asked."""
    for position in order["positions"]:
        if catalogue.admits(position):
            yield complete(
                REGISTRATIONS,
                registration_id=ticket_id(order, position),
                event_id=event_id(order["event"], position.get("subevent")),
                order_ticket_id=ticket_id(order, position),
                email=text(position.get("attendee_email")) or text(order["email"]),
                status=_attendance(order, position),
                answers={a["question_identifier"]: a["answer"] for a in position["answers"]},
                registered_at=order["datetime"],
                is_deleted=False,
                created_at=order["datetime"],
                updated_at=order["last_modified"],
            )


def ticket_id(order: Mapping[str, Any], position: Mapping[str, Any]) -> str:
    """Return the number that is printed on the ticket, with its event."""
    return f"{order_id(order)}-{position['positionid']}"


def ticket_status(order: Mapping[str, Any], position: Mapping[str, Any]) -> str:
    """Return whether a ticket is valid, and if not, whether its order was paid back."""
    if not position["canceled"] and order["status"] in ("n", "p"):
        return "valid"
    return "refunded" if status(order) in ("refunded", "partially_refunded") else "cancelled"


def entered_at(position: Mapping[str, Any]) -> str | None:
    """Return when somebody first came in with this ticket; exits are no entries."""
    entries = [c["datetime"] for c in position["checkins"] if c.get("type", "entry") == "entry"]
    return min(entries, default=None)


def _attendance(order: Mapping[str, Any], position: Mapping[str, Any]) -> str:
    if ticket_status(order, position) != "valid":
        return "cancelled"
    return "attended" if entered_at(position) else "registered"
