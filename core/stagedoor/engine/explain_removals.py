"""Tells what a plan makes in HubSpot's schema and takes away; `explain` puts it in its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from stagedoor.engine.plan import Plan
from stagedoor.engine.removal import Leaving

_WHY = {"deleted": "the platform deleted it", "anonymised": "the platform anonymised it"}


def schema_lines(plan: Plan) -> Iterator[str]:
    """Yield what is made in HubSpot before the first write, in words."""
    for step in plan.schema:
        detail = f" ({step.detail})" if step.detail else ""
        yield f"make {step.kind} {step.object_type}.{step.name}{detail}"


def schema_items(plan: Plan) -> Iterator[dict[str, Any]]:
    """Yield the same as values."""
    for step in plan.schema:
        yield {
            "action": "make",
            "kind": step.kind,
            "object_type": step.object_type,
            "name": step.name,
            "detail": step.detail,
        }


def removal_lines(plan: Plan) -> Iterator[str]:
    """Yield the objects that are removed, in words."""
    for phase in plan.removals:
        for leaving in phase.leavings():
            yield f"{leaving.removal} {leaving.ref}: {_WHY.get(leaving.reason, leaving.reason)}"
            yield from (f"    {name}: emptied" for name in leaving.before)


def removal_items(plan: Plan) -> Iterator[dict[str, Any]]:
    """Yield the same as values."""
    for phase in plan.removals:
        yield from map(_item, phase.leavings())


def _item(leaving: Leaving) -> dict[str, Any]:
    return {
        "action": leaving.removal,
        "object_type": leaving.ref.object_type,
        "key": leaving.ref.key,
        "hubspot_id": leaving.hubspot_id,
        "reason": leaving.reason,
        "properties": {n: {"before": v, "after": None} for n, v in leaving.before.items()},
    }


def totals(plan: Plan) -> Iterator[str]:
    """Yield the sizes of both."""
    kinds = Counter(step.kind for step in plan.schema)
    if kinds:
        yield "schema: " + ", ".join(f"{count:,} {kind} to make" for kind, count in kinds.items())
    for phase in plan.removals:
        yield f"{phase.object_type}: {phase.count:,} to {phase.removal}"


def sizes(plan: Plan) -> dict[str, Any]:
    """Return the same as values, for the line of totals."""
    return {
        "schema": dict(Counter(step.kind for step in plan.schema)),
        "removals": [
            {"object_type": p.object_type, "action": p.removal, "count": p.count}
            for p in plan.removals
        ],
    }
