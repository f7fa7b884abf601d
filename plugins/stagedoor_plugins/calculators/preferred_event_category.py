"""What kind of event somebody buys most."""

from __future__ import annotations

from stagedoor.extension import Calculator

CALCULATOR = Calculator(
    name="preferred_event_category",
    object_type="contacts",
    description="Category with most valid tickets in the person's paid orders; on a tie the one "
    "bought last, then the first in the alphabet.",
    sql="""
    WITH bought AS (
        SELECT b.person AS key, trim(e.category) AS category,
            count(*) AS tickets, max(o.ordered_at) AS last_bought
        FROM buyers b
        JOIN orders o ON o.order_id = b.order_id
            AND o.status IN ('paid', 'partially_refunded')
        JOIN order_tickets t ON t.order_id = o.order_id
            AND t.status = 'valid' AND NOT coalesce(t.is_deleted, false)
        JOIN events e ON e.event_id = t.event_id
        WHERE b.person IS NOT NULL AND trim(e.category) <> ''
        GROUP BY ALL
    )
    SELECT key, category AS value FROM bought
    QUALIFY row_number() OVER (
        PARTITION BY key ORDER BY tickets DESC, last_bought DESC, category) = 1
    """,
)
