"""Ticketing metrics: what people, companies, orders and events are worth knowing for.

`extends: metrics` in a mapping document sends them all; `docs/metrics.md` defines them.
"""

from __future__ import annotations

from stagedoor_plugins.metrics import companies, deals, events, people

BUILT_IN = (
    *people.CALCULATORS,
    *companies.CALCULATORS,
    *deals.CALCULATORS,
    *events.CALCULATORS,
)
RELATIONS = {
    **people.RELATIONS,
    **companies.RELATIONS,
    **deals.RELATIONS,
    **events.RELATIONS,
}
