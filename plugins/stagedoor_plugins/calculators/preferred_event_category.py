"""What kind of event somebody buys most."""

from __future__ import annotations

from stagedoor.extension import Calculator

CALCULATOR = Calculator(
    name="preferred_event_category",
    object_type="contacts",
    description="Category with most valid tickets in the person's paid orders; on a tie the one "
    "bought last, then the first in the alphabet.",
    relation="person_metrics",
)
