"""Metrics of events, for the entry `marketing_events` of the mapping."""

from __future__ import annotations

from stagedoor_plugins.metrics.expressions import ratio
from stagedoor_plugins.metrics.metric import Metric

# Of what was sold; an event of which nothing was sold has no row.
EVENT_RESULTS = """
SELECT s.event, sum(s.tickets)::BIGINT AS tickets, sum(s.orders)::BIGINT AS orders,
    sum(s.checked_in)::BIGINT AS checked_in, sum(s.revenue * r.rate) AS revenue
FROM (
    SELECT event, currency, sum(tickets) AS tickets, count(*) AS orders,
        sum(checked_in) AS checked_in, sum(revenue)::DECIMAL(18, 2) AS revenue
    FROM (
        SELECT event, number, currency, count(*) AS tickets,
            count(*) FILTER (checked_in) AS checked_in, sum(price) AS revenue
        FROM event_scope GROUP BY ALL
    ) GROUP BY event, currency
) s
LEFT JOIN kept.currencies c ON c.currency = s.currency
LEFT JOIN exchange_rates r ON r.currency = c.code
GROUP BY s.event
"""

EVENT_METRICS = f"""
SELECT 'event:' || e.event_id AS key,
    coalesce(s.tickets, 0) AS event_tickets_sold,
    coalesce(s.orders, 0) AS event_orders,
    {ratio("100 * coalesce(s.tickets, 0)", "nullif(e.capacity, 0)", 1)} AS event_capacity_used,
    round(s.revenue, 2) AS event_revenue,
    CASE WHEN e.was_scanned THEN coalesce(s.checked_in, 0) END AS event_attendance,
    CASE WHEN e.was_scanned AND e.takes_place AND e.ends_at < $now
         THEN {ratio("100 * s.checked_in", "s.tickets", 1)} END AS event_attendance_rate,
    CASE WHEN e.was_scanned AND e.takes_place AND e.ends_at < $now
         THEN coalesce(s.tickets - s.checked_in, 0) END AS event_no_shows
FROM kept.event_facts e
LEFT JOIN kept.event_results s ON s.event = e.event
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
