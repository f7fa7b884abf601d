"""How often somebody bought: their paid orders."""

from __future__ import annotations

from stagedoor.extension import Calculator

CALCULATOR = Calculator(
    name="total_event_purchases",
    object_type="contacts",
    description="Paid orders of the person, without refunded and cancelled ones.",
    sql="""
    SELECT p.key, count(o.order_id) AS value
    FROM people p
    LEFT JOIN buyers b ON b.person = p.key
    LEFT JOIN orders o ON o.order_id = b.order_id
        AND o.status IN ('paid', 'partially_refunded')
    GROUP BY p.key
    """,
)
