"""Metrics of events, for the entry `marketing_events` of the mapping."""

from __future__ import annotations

from stagedoor_plugins.metrics.metric import Metric
from stagedoor_plugins.metrics.people import ratio

EVENT_METRICS = f"""
WITH sold AS (
    SELECT t.event_id, count(*) AS tickets, count(DISTINCT t.order_id) AS orders,
        count(t.checked_in_at) AS checked_in,
        sum(coalesce(o.price, 0)::DECIMAL(18, 2) * p.rate) AS revenue
    FROM sold_tickets t
    JOIN order_tickets o ON o.order_ticket_id = t.order_ticket_id
    JOIN purchases p ON p.order_id = t.order_id
    GROUP BY t.event_id
), scanned AS (
    SELECT DISTINCT event_id FROM order_tickets
    WHERE checked_in_at IS NOT NULL AND NOT coalesce(is_deleted, false)
), named AS (
    SELECT event_id, capacity,
        coalesce(ends_at, starts_at) < $now AND status IS DISTINCT FROM 'cancelled' AS was_held
    FROM events WHERE NOT coalesce(is_deleted, false)
)
SELECT 'event:' || e.event_id AS key,
    coalesce(s.tickets, 0) AS event_tickets_sold,
    coalesce(s.orders, 0) AS event_orders,
    {ratio("100 * coalesce(s.tickets, 0)", "nullif(e.capacity, 0)", 1)} AS event_capacity_used,
    round(s.revenue, 2) AS event_revenue,
    CASE WHEN d.event_id IS NOT NULL THEN coalesce(s.checked_in, 0) END AS event_attendance,
    CASE WHEN d.event_id IS NOT NULL AND e.was_held
         THEN {ratio("100 * s.checked_in", "s.tickets", 1)} END AS event_attendance_rate,
    CASE WHEN d.event_id IS NOT NULL AND e.was_held
         THEN coalesce(s.tickets - s.checked_in, 0) END AS event_no_shows
FROM named e
LEFT JOIN sold s ON s.event_id = e.event_id
LEFT JOIN scanned d ON d.event_id = e.event_id
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
        "Attendance among tickets sold, in percent, once an event that was scanned is over; "
        "empty for cancelled events.",
    ),
    Metric(
        "event_no_shows",
        "No-shows",
        "Tickets sold that were not scanned, once an event that was scanned is over; empty for "
        "cancelled events.",
    ),
)

CALCULATORS = tuple(metric.calculator("marketing_events", "event_metrics") for metric in METRICS)
