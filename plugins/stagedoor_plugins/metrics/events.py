"""Metrics of events, for the object type `marketing_events` where one is registered."""

from __future__ import annotations

from stagedoor_plugins.metrics.metric import Metric
from stagedoor_plugins.metrics.person_metrics import ratio

EVENT_METRICS = f"""
WITH sold AS (
    SELECT s.event, sum(s.tickets)::BIGINT AS tickets, sum(s.orders)::BIGINT AS orders,
        sum(s.revenue * c.rate) AS revenue, sum(s.checked_in)::BIGINT AS checked_in
    FROM event_sales s LEFT JOIN currencies c ON c.currency = s.currency GROUP BY s.event
)
SELECT 'event:' || v.event_id AS key, v.event_id,
    coalesce(s.tickets, 0) AS event_tickets_sold,
    coalesce(s.orders, 0) AS event_orders,
    {ratio("100 * coalesce(s.tickets, 0)", "nullif(v.capacity, 0)", 1)} AS event_capacity_used,
    round(s.revenue, 2) AS event_revenue,
    CASE WHEN f.was_scanned THEN coalesce(s.checked_in, 0) END AS event_attendance,
    CASE WHEN f.was_scanned AND f.ends_at < $now
         THEN {ratio("100 * s.checked_in", "nullif(s.tickets, 0)", 1)} END AS event_attendance_rate,
    CASE WHEN f.was_scanned AND f.ends_at < $now
         THEN coalesce(s.tickets - s.checked_in, 0) END AS event_no_shows,
    CASE WHEN f.ends_at >= $now THEN f.ends_at END AS due_at
FROM events v
JOIN event_facts f ON f.event_id = v.event_id
LEFT JOIN sold s ON s.event = f.event
WHERE NOT coalesce(v.is_deleted, false)
"""

RELATIONS = {"event_metrics": EVENT_METRICS}

METRICS = (
    Metric("event_tickets_sold", "Tickets sold", "Valid tickets in paid orders."),
    Metric("event_orders", "Orders", "Paid orders with a valid ticket for the event."),
    Metric(
        "event_capacity_used",
        "Capacity used",
        "Tickets sold among the event's capacity, in percent; empty without a capacity.",
    ),
    Metric(
        "event_revenue",
        "Revenue",
        "Prices of the tickets sold, in the base currency. Tickets paid in a currency without "
        "an exchange rate do not count.",
    ),
    Metric(
        "event_attendance",
        "Attendance",
        "Tickets sold that were scanned; empty where nobody was scanned.",
    ),
    Metric(
        "event_attendance_rate",
        "Attendance rate",
        "Attendance among tickets sold, in percent, once an event that was scanned is over.",
    ),
    Metric(
        "event_no_shows",
        "No-shows",
        "Tickets sold that were not scanned, once an event that was scanned is over.",
    ),
)

CALCULATORS = tuple(metric.calculator("marketing_events", "event_metrics") for metric in METRICS)
