"""Tiers of a small platform."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import stagedoor_loyalty
from stagedoor_loyalty.calculator import TIER
from stagedoor_loyalty.codec import encode

from stagedoor.testing import calculate, objects

NOW = datetime(2026, 6, 1, tzinfo=UTC)
PEOPLE = [{"customer_id": n, "email": f"{n}@example.com"} for n in ("ana", "ion", "eva")]


def order(customer: str, amount: int, day: str = "2026-05-01", **more: Any) -> dict[str, Any]:
    """Return a row of the stream `orders`."""
    return {
        "order_id": f"{customer} {amount} {day}",
        "customer_id": customer,
        "status": "paid",
        "currency": "EUR",
        "total_amount": amount,
        "ordered_at": f"{day}T12:00:00Z",
        **more,
    }


def tiers(*orders: dict[str, Any]) -> dict[str, str]:
    """Return the tier of everybody who has one."""
    found = calculate(TIER, {"customers": PEOPLE, "orders": orders}, now=NOW)
    return {key.removeprefix("customer:"): tier for key, tier in found.items()}


def test_a_tier_is_reached_by_the_sum_of_all_orders() -> None:
    assert tiers(order("ana", 300), order("ana", 200), order("ion", 200), order("eva", 1)) == {
        "ana": "gold",
        "ion": "silver",
        "eva": "bronze",
    }


def test_refunds_and_cancelled_orders_do_not_count() -> None:
    back = order("ana", 500, refunded_amount=400, status="partially_refunded")
    assert tiers(back, order("ana", 500, "2026-04-01", status="cancelled")) == {"ana": "bronze"}


def test_orders_older_than_two_years_do_not_count() -> None:
    assert tiers(order("ana", 900, "2024-05-31"), order("ion", 900, "2024-06-02")) == {
        "ion": "gold"
    }


def test_an_unknown_currency_counts_for_nothing() -> None:
    assert tiers(order("ana", 900, currency="XTS")) == {}


def test_the_tier_is_an_option_in_hubspot() -> None:
    streams = {"customers": PEOPLE, "orders": [order("ana", 700)]}
    contacts = objects(stagedoor_loyalty, "contacts", streams, now=NOW)
    assert contacts["customer:ana"]["loyalty_tier"] == "gold"
    assert contacts["customer:ion"]["loyalty_tier"] is None


@pytest.mark.parametrize("typed", ["gold", " Gold ", "GOLD CARD"])
def test_the_codec_takes_any_spelling(typed: str) -> None:
    assert encode(typed) == "gold"


def test_the_codec_refuses_what_is_no_tier() -> None:
    with pytest.raises(ValueError, match="none of the tiers"):
        encode("platinum")
