"""Metrics of orders."""

from __future__ import annotations

from stagedoor_plugins.addresses import normal_email
from stagedoor_plugins.metrics.metric import Metric

ORDER_METRICS = f"""
WITH named AS (
    SELECT order_id, count(*) AS attendees FROM (
        SELECT DISTINCT t.order_id, coalesce(t.attendee_customer_id,
            {normal_email("t.attendee_email")}, nullif(trim(t.attendee_name), '')) AS who
        FROM order_tickets t
        WHERE t.status = 'valid' AND NOT coalesce(t.is_deleted, false)
          AND coalesce(t.attendee_customer_id, t.attendee_email, t.attendee_name) IS NOT NULL
    ) WHERE who IS NOT NULL GROUP BY order_id
), held AS (
    SELECT l.order_number, sum(l.tickets)::BIGINT AS tickets,
        sum(l.checked_in)::BIGINT AS checked_in, min(e.starts_at) AS first_event_at
    FROM lots l LEFT JOIN event_facts e ON e.event = l.event GROUP BY l.order_number
)
SELECT 'order:' || o.order_id AS key, o.order_id,
    coalesce(h.tickets, 0) AS order_tickets_valid,
    coalesce(n.attendees, 0) AS order_attendees,
    coalesce(h.checked_in, 0) AS order_checked_in,
    o.gross - o.refunded AS order_net,
    CASE WHEN c.rate = 1 THEN o.gross - o.refunded
         ELSE round((o.gross - o.refunded) * c.rate, 2)::DECIMAL(18, 2)
    END AS order_net_in_base_currency,
    o.refunded AS order_refunded,
    h.first_event_at AS order_event_date
FROM order_facts o
LEFT JOIN currencies c ON c.currency = o.currency
LEFT JOIN held h ON h.order_number = o.rowid::INTEGER
LEFT JOIN named n ON n.order_id = o.order_id
"""

RELATIONS = {"order_metrics": ORDER_METRICS}

METRICS = (
    Metric("order_tickets_valid", "Valid tickets", "Tickets that are neither cancelled nor "
           "refunded."),
    Metric("order_attendees", "Attendees", "Different people named on valid tickets."),
    Metric("order_checked_in", "Checked in", "Valid tickets that were scanned."),
    Metric("order_net", "Net amount", "Charged less refunded, in the order's currency."),
    Metric(
        "order_net_in_base_currency",
        "Net amount in base currency",
        "Charged less refunded, in the base currency; empty without an exchange rate.",
    ),
    Metric("order_refunded", "Refunded", "Paid back, in the order's currency."),
    Metric("order_event_date", "Event date", "Start of the order's first event.", "datetime"),
)  # fmt: skip

CALCULATORS = tuple(metric.calculator("deals", "order_metrics") for metric in METRICS)
