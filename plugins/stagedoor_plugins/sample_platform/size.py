"""How large a sample platform is, and which day it takes for today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Size:
    """What the generator is asked for; equal sizes give equal platforms."""

    customers: int
    seed: int
    today: datetime
    """UTC, without a time zone, as the database keeps it."""
    orders_per_customer: float = 1.6

    @property
    def companies(self) -> int:
        """Companies, about one per seventeen customers."""
        return max(5, self.customers * 6 // 100)

    @property
    def events(self) -> int:
        """Events, past and future."""
        return max(40, min(600, self.customers // 40))
