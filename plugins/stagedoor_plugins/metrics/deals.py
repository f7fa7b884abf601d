"""Metrics of orders."""

from __future__ import annotations

from stagedoor_plugins.addresses import normal_email
from stagedoor_plugins.metrics.metric import Metric

ORDER_METRICS = f"""
SELECT 'order:' || o.order_id AS key,
    coalesce(o.refunded_amount, 0)::DECIMAL(18, 2) AS order_refunded,
    round((coalesce(o.total_amount, 0) - coalesce(o.refunded_amount, 0))::DECIMAL(18, 2) * r.rate,
          2) AS order_net_in_base_currency,
    coalesce(t.attendees, 0) AS order_attendees,
    coalesce(t.checked_in, 0) AS order_checked_in,
    t.first_event_at AS order_event_date
FROM orders o
LEFT JOIN exchange_rates r ON r.currency = upper(o.currency)
LEFT JOIN (
    SELECT t.order_id,
        count(DISTINCT coalesce(t.attendee_customer_id, {normal_email("t.attendee_email")},
            nullif(trim(t.attendee_name), ''))) AS attendees,
        count(t.checked_in_at) AS checked_in,
        min(e.starts_at) AS first_event_at
    FROM order_tickets t LEFT JOIN events e ON e.event_id = t.event_id
    WHERE t.status = 'valid' AND NOT coalesce(t.is_deleted, false)
    GROUP BY t.order_id
) t ON t.order_id = o.order_id
WHERE NOT coalesce(o.is_deleted, false)
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
