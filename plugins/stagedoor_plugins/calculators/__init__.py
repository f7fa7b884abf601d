"""The built-in calculators, one idea a file."""

from __future__ import annotations

from stagedoor.extension import Calculator
from stagedoor_plugins.calculators import (
    last_event_attended,
    preferred_event_category,
    total_event_purchases,
)
from stagedoor_plugins.metrics import BUILT_IN as METRICS

BUILT_IN: tuple[Calculator, ...] = (
    last_event_attended.CALCULATOR,
    preferred_event_category.CALCULATOR,
    total_event_purchases.CALCULATOR,
    *METRICS,
)
