"""Orders, tickets and admissions with people's keys, for lists and other people's calculators."""

from __future__ import annotations

# Orders that were paid at some time, with their buyers; `rate` is null where none is set.
PURCHASES = """
SELECT p.key, o.order_id, o.ordered_at, c.code AS currency, o.is_paid, o.gross, o.refunded,
    c.rate, o.has_coupon
FROM order_facts o
LEFT JOIN people p ON p.rowid = o.buyer
LEFT JOIN currencies c ON c.currency = o.currency
WHERE o.was_paid
"""

# Valid tickets of paid orders, with their events; one row each.
SOLD_TICKETS = """
SELECT p.key, o.order_id, t.ordered_at, e.event_id, k.name AS ticket_type,
    t.checked_in, e.name AS event_name, e.category, e.venue, e.city, e.starts_at, e.ends_at,
    coalesce(e.takes_place, false) AS takes_place
FROM ticket_facts t
JOIN order_facts o ON o.rowid = t.order_number
LEFT JOIN people p ON p.rowid = t.buyer
LEFT JOIN event_facts e ON e.event = t.event
LEFT JOIN ticket_kinds k ON k.kind = t.kind
WHERE t.is_paid
"""

# Tickets by who holds them, at events that take place.
ADMISSIONS = """
SELECT p.key, e.event_id, e.name AS event_name, e.starts_at, e.ends_at, t.checked_in,
    e.was_scanned
FROM ticket_facts t
JOIN event_facts e ON e.event = t.event
LEFT JOIN people p ON p.rowid = t.holder
WHERE t.is_paid AND e.takes_place
"""

RELATIONS = {"purchases": PURCHASES, "sold_tickets": SOLD_TICKETS, "admissions": ADMISSIONS}
