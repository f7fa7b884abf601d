"""Lists by what people bought, and for how much."""

from __future__ import annotations

from stagedoor.extension import ListRule, RuleParameter

# Charged in paid orders, in the base currency; orders without an exchange rate do not count.
_SPENT = """
SELECT key, sum(gross * rate) AS spent FROM purchases
WHERE is_paid AND key IS NOT NULL AND rate IS NOT NULL GROUP BY key
"""
_BOUGHT = "SELECT key, ticket_type, category FROM sold_tickets WHERE key IS NOT NULL"

RULES = (
    ListRule(
        "spent_over",
        "Spent more than an amount in all, in the base currency.",
        _SPENT,
        (RuleParameter("amount", "the amount", "spent > $value", "number"),),
    ),
    ListRule(
        "spent_between",
        "Spent an amount from the first to below the second in all, in the base currency.",
        _SPENT,
        (
            RuleParameter("from", "the lower amount", "spent >= $value", "number"),
            RuleParameter("below", "the upper amount", "spent < $value", "number"),
        ),
    ),
    ListRule(
        "bought_ticket_type",
        "Bought a valid ticket of a type.",
        _BOUGHT,
        (RuleParameter("ticket_type", "the type", "ticket_type = $value", column="ticket_type"),),
    ),
    ListRule(
        "bought_category",
        "Bought a valid ticket for an event of a category.",
        _BOUGHT,
        (RuleParameter("category", "the category", "category = $value", column="category"),),
    ),
    ListRule(
        "bought_nothing_since",
        "Bought something once, and nothing on this day or later.",
        "SELECT key, max(ordered_at) AS last_at FROM purchases WHERE is_paid "
        "AND key IS NOT NULL GROUP BY key",
        (RuleParameter("day", "the day", "last_at < $value", "date"),),
    ),
)
