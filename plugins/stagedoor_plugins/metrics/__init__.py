"""Ticketing metrics: what people, companies, orders and events are worth knowing for.

`extends: metrics` in a mapping document sends them all; `docs/metrics.md` defines them.
"""

from __future__ import annotations

from stagedoor_plugins.metrics import companies, deals, events, people, sales
from stagedoor_plugins.metrics.keeping import KEPT

__all__ = ["BUILT_IN", "KEPT", "RELATIONS"]

BUILT_IN = (
    *people.CALCULATORS,
    *companies.CALCULATORS,
    *deals.CALCULATORS,
    *events.CALCULATORS,
)
RELATIONS = {
    **sales.RELATIONS,
    **people.RELATIONS,
    **companies.RELATIONS,
    **deals.RELATIONS,
    **events.RELATIONS,
}
