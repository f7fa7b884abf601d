"""Where somebody was last."""

from __future__ import annotations

from stagedoor.extension import Calculator
from stagedoor_plugins.addresses import normal_email

CALCULATOR = Calculator(
    name="last_event_attended",
    object_type="contacts",
    description="Latest event that the person attended: scanned at the door where tickets were "
    "scanned at all, otherwise held a valid paid ticket for and the event is over.",
    sql=f"""
    WITH scanned AS (
        SELECT DISTINCT event_id FROM order_tickets
        WHERE checked_in_at IS NOT NULL AND NOT coalesce(is_deleted, false)
    ), admissions AS (
        -- A ticket is its attendee's where it names one by account or address, else the buyer's.
        SELECT t.event_id, t.checked_in_at,
            CASE WHEN t.attendee_customer_id IS NOT NULL THEN a.key
                 WHEN {normal_email("t.attendee_email")} IS NOT NULL THEN p.key
                 ELSE b.person END AS key
        FROM order_tickets t
        JOIN orders o ON o.order_id = t.order_id
            AND o.status IN ('paid', 'partially_refunded')
        JOIN buyers b ON b.order_id = t.order_id
        LEFT JOIN accounts a ON a.customer_id = t.attendee_customer_id
        LEFT JOIN people p ON p.address = {normal_email("t.attendee_email")}
        WHERE t.status = 'valid' AND NOT coalesce(t.is_deleted, false)
    )
    SELECT m.key, arg_max(e.name, (e.starts_at, e.event_id)) AS value
    FROM admissions m
    JOIN events e ON e.event_id = m.event_id
        AND e.status IS DISTINCT FROM 'cancelled' AND NOT coalesce(e.is_deleted, false)
    LEFT JOIN scanned s ON s.event_id = e.event_id
    WHERE m.key IS NOT NULL AND e.name IS NOT NULL
      AND CASE WHEN s.event_id IS NOT NULL THEN m.checked_in_at IS NOT NULL
               ELSE coalesce(e.ends_at, e.starts_at) < $now END
    GROUP BY m.key
    """,
)
