"""Where somebody was last."""

from __future__ import annotations

from stagedoor.extension import Calculator

CALCULATOR = Calculator(
    name="last_event_attended",
    object_type="contacts",
    description="Latest event that the person attended: scanned at the door where tickets were "
    "scanned at all, otherwise held a valid paid ticket for and the event is over.",
    relation="person_metrics",
)
