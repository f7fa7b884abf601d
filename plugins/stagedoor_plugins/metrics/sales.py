"""Orders, tickets and admissions with people's keys, for lists and other people's calculators."""

from __future__ import annotations

from stagedoor_plugins.addresses import normal_email

# Orders that were paid at some time, with their buyers; `rate` is null where none is set.
PURCHASES = """
SELECT b.person AS key, o.order_id, o.company_id, o.ordered_at, upper(o.currency) AS currency,
    o.status IN ('paid', 'partially_refunded') AS is_paid,
    coalesce(o.total_amount, 0)::DECIMAL(18, 2) AS gross,
    coalesce(o.refunded_amount, 0)::DECIMAL(18, 2) AS refunded,
    r.rate, nullif(trim(o.coupon_code), '') IS NOT NULL AS has_coupon
FROM orders o
LEFT JOIN buyers b ON b.order_id = o.order_id
LEFT JOIN exchange_rates r ON r.currency = upper(o.currency)
WHERE o.status IN ('paid', 'partially_refunded', 'refunded') AND NOT coalesce(o.is_deleted, false)
"""

# Valid tickets of paid orders, with their events; one row each.
SOLD_TICKETS = """
SELECT p.key, p.order_id, p.company_id, p.ordered_at, t.order_ticket_id, t.event_id,
    nullif(trim(t.ticket_type), '') AS ticket_type, t.checked_in_at,
    t.attendee_customer_id, t.attendee_email,
    e.name AS event_name, nullif(trim(e.category), '') AS category,
    nullif(trim(e.venue), '') AS venue, nullif(trim(e.city), '') AS city,
    e.starts_at, coalesce(e.ends_at, e.starts_at) AS ends_at,
    e.event_id IS NOT NULL AND e.status IS DISTINCT FROM 'cancelled'
        AND NOT coalesce(e.is_deleted, false) AS takes_place
FROM purchases p
JOIN order_tickets t ON t.order_id = p.order_id
    AND t.status = 'valid' AND NOT coalesce(t.is_deleted, false)
LEFT JOIN events e ON e.event_id = t.event_id
WHERE p.is_paid
"""

# A ticket is its attendee's where it names one by account or address, else the buyer's.
ADMISSIONS = f"""
SELECT CASE WHEN t.attendee_customer_id IS NOT NULL THEN a.key
            WHEN {normal_email("t.attendee_email")} IS NOT NULL THEN w.key
            ELSE t.key END AS key,
    t.event_id, t.event_name, t.starts_at, t.ends_at, t.checked_in_at,
    s.event_id IS NOT NULL AS was_scanned
FROM sold_tickets t
LEFT JOIN accounts a ON a.customer_id = t.attendee_customer_id
LEFT JOIN people w ON w.address = {normal_email("t.attendee_email")}
LEFT JOIN (
    SELECT DISTINCT event_id FROM order_tickets
    WHERE checked_in_at IS NOT NULL AND NOT coalesce(is_deleted, false)
) s ON s.event_id = t.event_id
WHERE t.takes_place
"""

RELATIONS = {"purchases": PURCHASES, "sold_tickets": SOLD_TICKETS, "admissions": ADMISSIONS}
