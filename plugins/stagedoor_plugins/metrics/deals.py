"""Metrics of orders."""

from __future__ import annotations

from stagedoor_plugins.metrics.metric import Metric

ORDER_METRICS = """
SELECT 'order:' || o.order_id AS key,
    o.refunded AS order_refunded,
    round((o.gross - o.refunded) * r.rate, 2) AS order_net_in_base_currency,
    coalesce(t.attendees, 0) AS order_attendees,
    coalesce(t.checked_in, 0) AS order_checked_in,
    t.first_event_at AS order_event_date
FROM kept.order_facts o
LEFT JOIN kept.currencies c ON c.currency = o.currency
LEFT JOIN exchange_rates r ON r.currency = c.code
LEFT JOIN kept.order_results t ON t.number = o.number
"""

RELATIONS = {"order_metrics": ORDER_METRICS}

METRICS = (
    Metric("order_refunded", "Refunded", "Paid back, in the order's currency."),
    Metric(
        "order_net_in_base_currency",
        "Net amount in base currency",
        "Charged less refunded, in the base currency; empty without an exchange rate.",
    ),
    Metric("order_attendees", "Attendees", "Different people named on valid tickets."),
    Metric("order_checked_in", "Checked in", "Valid tickets that were scanned."),
    Metric("order_event_date", "Event date", "Start of the order's first event.", "datetime"),
)

CALCULATORS = tuple(metric.calculator("deals", "order_metrics") for metric in METRICS)
