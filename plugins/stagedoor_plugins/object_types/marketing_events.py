"""Marketing events: one per event of the platform, with who registered, attended, cancelled.

They are filled only where the mapping says so: `extends: marketing_events`.
"""

from __future__ import annotations

from stagedoor.extension import ObjectType
from stagedoor_plugins.addresses import normal_email

NAME = "marketing_events"

SOURCE = """
SELECT 'event:' || event_id AS key, * EXCLUDE (name),
    coalesce(nullif(trim(name), ''), 'Event ' || event_id) AS name,
    nullif(concat_ws(', ', nullif(trim(venue), ''), nullif(trim(city), '')), '') AS description,
    coalesce(status = 'cancelled', false) AS is_cancelled,
    coalesce(status IS DISTINCT FROM 'cancelled'
        AND coalesce(ends_at, starts_at) < $now, false) AS is_over
FROM events WHERE NOT coalesce(is_deleted, false)
"""

# Tickets of orders that were paid at some time, valid or not, and registrations without a ticket.
# A ticket is its attendee's where it names one by account or address, else the buyer's.
PARTICIPATION = f"""
WITH tickets AS (
    SELECT CASE WHEN t.attendee_customer_id IS NOT NULL THEN a.key
                WHEN {normal_email("t.attendee_email")} IS NOT NULL THEN p.key
                ELSE b.person END AS person,
        t.event_id, coalesce(o.paid_at, o.ordered_at, o.created_at, o.updated_at) AS begun_at,
        t.status = 'valid' AND o.status IN ('paid', 'partially_refunded')
            AND NOT coalesce(t.is_deleted, false) AND NOT coalesce(o.is_deleted, false) AS is_held,
        t.checked_in_at AS came_at,
        CASE WHEN t.status = 'valid' THEN coalesce(o.cancelled_at, o.updated_at)
             ELSE t.updated_at END AS ended_at
    FROM order_tickets t
    JOIN orders o ON o.order_id = t.order_id
        AND (o.status IN ('paid', 'partially_refunded', 'refunded') OR o.paid_at IS NOT NULL)
    LEFT JOIN buyers b ON b.order_id = t.order_id
    LEFT JOIN accounts a ON a.customer_id = t.attendee_customer_id
    LEFT JOIN people p ON p.address = {normal_email("t.attendee_email")}
    UNION ALL
    SELECT coalesce(a.key, p.key), r.event_id, coalesce(r.registered_at, r.created_at),
        coalesce(r.status <> 'cancelled', true) AND NOT coalesce(r.is_deleted, false),
        CASE WHEN r.status = 'attended' THEN r.updated_at END, r.updated_at
    FROM registrations r
    LEFT JOIN accounts a ON a.customer_id = r.customer_id
    LEFT JOIN people p ON p.address = {normal_email("r.email")}
    WHERE r.order_ticket_id IS NULL
)
SELECT 'event:' || event_id AS event_key, person AS contact_key,
    min(begun_at) AS registered_at,
    min(came_at) AS attended_at,
    max(begun_at) FILTER (is_held) AS held_since,
    CASE WHEN NOT bool_or(is_held) THEN max(ended_at) END AS cancelled_at
FROM tickets WHERE person IS NOT NULL AND event_id IS NOT NULL
GROUP BY event_id, person
"""


def object_type() -> ObjectType:
    """Return the object type."""
    return ObjectType(
        name=NAME,
        description="One per event, with who takes part.",
        sql=SOURCE,
        order=50,
        participation=PARTICIPATION,
    )
