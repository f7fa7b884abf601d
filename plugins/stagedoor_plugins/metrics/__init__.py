"""Ticketing metrics: what people, companies and orders are worth knowing for.

`extends: metrics` in a mapping document sends them all; `docs/metrics.md` defines them.
"""

from __future__ import annotations

from stagedoor_plugins.metrics import companies, deals, people

BUILT_IN = (*people.CALCULATORS, *companies.CALCULATORS, *deals.CALCULATORS)
RELATIONS = {**people.RELATIONS, **companies.RELATIONS, **deals.RELATIONS}
