"""How often somebody bought: their paid orders."""

from __future__ import annotations

from stagedoor.extension import Calculator

CALCULATOR = Calculator(
    name="total_event_purchases",
    object_type="contacts",
    description="Paid orders of the person, without refunded and cancelled ones.",
    relation="person_metrics",
)
