"""The SQL of what an order's tickets come to, for orders and for their buyers."""

from __future__ import annotations

# Averages are of whole days; a sum of days by a number of tickets is as exact as a quotient is.
_GROUPS = """
SELECT t.number, any_value(t.buyer) AS buyer, any_value(t.is_sold) AS is_sold,
    count(*) AS tickets, count(*) FILTER (t.checked_in) AS checked_in,
    min(e.starts_at) AS first_event_at,
    avg(date_diff('day', t.ordered_at::DATE, e.starts_at::DATE)) FILTER (e.takes_place)
        AS days_ahead
FROM {tickets} t LEFT JOIN kept.event_facts e ON e.event = t.event
WHERE t.is_valid GROUP BY t.number
"""
_NAMED = """
SELECT number, count(*) AS attendees FROM (
    SELECT DISTINCT number, named FROM {tickets} WHERE is_valid AND named IS NOT NULL
) GROUP BY number
"""


def order_results(tickets: str) -> str:
    """Return SQL for one row per order that has valid tickets among these, all of an order."""
    return f"""
    SELECT g.*, coalesce(n.attendees, 0) AS attendees
    FROM ({_GROUPS.format(tickets=tickets)}) g
    LEFT JOIN ({_NAMED.format(tickets=tickets)}) n ON n.number = g.number
    """
