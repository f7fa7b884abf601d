"""Orders: pretix's orders to rows of `orders`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from stagedoor.streams import ORDERS
from stagedoor_plugins.platform_sources.pretix.companies import MAILBOXES, identity
from stagedoor_plugins.platform_sources.pretix.names import given_and_family, text
from stagedoor_plugins.platform_sources.pretix.rows import Row, complete

CHANNELS = {"pretixpos": "box_office", "resellers": "reseller"}
"""Sales channels whose names the neutral streams know by another word."""

CodeOf = Callable[[int], str | None]
"""Gives the code of a voucher."""


def order_id(order: Mapping[str, Any]) -> str:
    """Return the id of an order; codes alone are promised to be unique within an event only."""
    return f"{order['event']}/{order['code']}"


def order_row(
    order: Mapping[str, Any],
    currency: str,
    code_of: CodeOf,
    shared: frozenset[str] = MAILBOXES,
) -> Row:
    """Return the row of an order."""
    first, last = given_and_family((order.get("invoice_address") or {}).get("name_parts"))
    state = status(order)
    return complete(
        ORDERS,
        order_id=order_id(order),
        order_number=order["code"],
        customer_id=order.get("customer"),
        company_id=identity(order, shared),
        email=text(order["email"]),
        first_name=first,
        last_name=last,
        phone=text(order.get("phone")),
        status=state,
        currency=currency,
        total_amount=total(order),
        refunded_amount=refunded(order),
        discount_amount=_sum(p.get("voucher_budget_use") for p in order["positions"]),
        coupon_code=_coupon(order, code_of),
        sales_channel=CHANNELS.get(order["sales_channel"], order["sales_channel"]),
        ordered_at=order["datetime"],
        paid_at=_paid_at(order),
        cancelled_at=_cancelled_at(order),
        is_deleted=False,
        created_at=order["datetime"],
        updated_at=order["last_modified"],
    )


def status(order: Mapping[str, Any]) -> str:
    """Return the neutral status.

    An expired order was never paid: it counts as cancelled. A cancelled one that was paid back,
    if only in part, is refunded.
    """
    returned = refunded(order)
    match order["status"]:
        case "n":
            return "pending"
        case "p" if not returned:
            return "paid"
        case "p":
            return "refunded" if returned >= charged(order) else "partially_refunded"
        case _:
            return "refunded" if returned else "cancelled"


def charged(order: Mapping[str, Any]) -> Decimal:
    """Return what was paid in, whether or not it was paid back since."""
    return _sum(p["amount"] for p in order["payments"] if p["state"] in ("confirmed", "refunded"))


def refunded(order: Mapping[str, Any]) -> Decimal:
    """Return what was paid back; refunds on their way do not count yet."""
    return _sum(r["amount"] for r in order["refunds"] if r["state"] == "done")


def total(order: Mapping[str, Any]) -> Decimal:
    """Return what was charged.

    pretix lowers an order's total when parts of it are cancelled. What came in, and what went
    back, are told by payments and refunds, so an order that was paid tells those. One that still
    waits for its money tells what it waits for.
    """
    asked = Decimal(order["total"])
    if order["status"] == "n":
        return asked + refunded(order)
    return charged(order) or asked


def _sum(amounts: Iterable[Any]) -> Decimal:
    return sum((Decimal(amount) for amount in amounts if amount is not None), Decimal(0))


def _coupon(order: Mapping[str, Any], code_of: CodeOf) -> str | None:
    used = [p["voucher"] for p in order["positions"] if p.get("voucher") is not None]
    return code_of(used[0]) if used else None


def _paid_at(order: Mapping[str, Any]) -> str | None:
    """Return when an order was paid, if it ever was: also one that was cancelled afterwards."""
    if order["status"] not in ("p", "c"):
        return None
    came = [p["payment_date"] for p in order["payments"] if p["state"] in ("confirmed", "refunded")]
    if not came and order["status"] == "c":
        return None
    return text(max((moment for moment in came if moment), default=order["datetime"]))


def _cancelled_at(order: Mapping[str, Any]) -> str | None:
    if order["status"] == "c":
        return text(order.get("cancellation_date") or order["last_modified"])
    return text(order.get("expires")) if order["status"] == "e" else None
