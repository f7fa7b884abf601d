"""Which tier a person is in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stagedoor import Calculator
from stagedoor_loyalty.codec import TIERS


def tier_of(orders: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the highest tier that the sum of the orders reaches, if any."""
    paid = sum(order["paid"] for order in orders)
    reached = [tier for tier, needed in TIERS.items() if paid >= needed]
    return reached[-1] if reached else None


# The orders of the last 24 months are chosen here and not in Python: the function is called
# again only for people whose rows changed, and a row that gets too old leaves them.
TIER = Calculator(
    name="loyalty_tier",
    object_type="contacts",
    description="Tier by what was paid in the last 24 months.",
    rows="""
    SELECT b.person AS key, o.order_id,
        (o.total_amount - coalesce(o.refunded_amount, 0)) * r.rate AS paid
    FROM buyers b
    JOIN orders o ON o.order_id = b.order_id
    JOIN exchange_rates r ON r.currency = upper(o.currency)
    WHERE b.person IS NOT NULL AND o.total_amount IS NOT NULL
      AND o.status IN ('paid', 'partially_refunded')
      AND o.ordered_at > $now - INTERVAL 24 MONTHS
    """,
    function=tier_of,
    property={
        "label": "Loyalty tier",
        "description": "By what was paid in the last 24 months.",
        "type": "enumeration",
        "codec": "loyalty_tier",
        "options": [{"value": tier, "label": tier.title()} for tier in TIERS],
    },
)
