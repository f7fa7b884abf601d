"""Tells in words, or in JSON lines, what a plan will do; it walks the plan that the push walks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from stagedoor.engine import explain_audience, explain_removals
from stagedoor.engine.plan import AssociationPhase, ObjectPhase, Plan, Reasons, fewest_calls
from stagedoor.model import Action, Change

Keys = Callable[[AssociationPhase], Iterator[tuple[str, str]]]


def lines(plan: Plan, keys: Keys) -> Iterator[str]:
    """Yield the plan as text: each object, each property before → after, each pair, and so on."""
    yield from explain_removals.schema_lines(plan)
    for phase in plan.objects:
        for change in phase.changes():
            yield f"{change.action} {change.ref}"
            yield from (f"    {line}" for line in _properties(change))
    yield from _labels(plan, remove=True)
    for pairs in plan.associations:
        verb = "dissociate" if pairs.remove else "associate"
        for from_key, to_key in keys(pairs):
            kind = pairs.association
            yield f"{verb} {kind.from_type} {from_key} with {kind.to_type} {to_key}"
    yield from _labels(plan, remove=False)
    for further in plan.audience:
        yield from explain_audience.lines(further)
    yield from explain_removals.removal_lines(plan)
    yield from totals(plan)


def _labels(plan: Plan, *, remove: bool) -> Iterator[str]:
    verb, word = ("unlabel", "no longer") if remove else ("label", "as")
    for phase in plan.labels:
        for from_key, to_key, kinds in phase.keys() if phase.remove is remove else ():
            what = ", ".join(kind.label or kind.name for kind in kinds)
            yield f"{verb} {phase.from_type} {from_key} with {phase.to_type} {to_key} {word} {what}"


def totals(plan: Plan) -> Iterator[str]:
    """Yield the sizes of the plan, one line per object type and association."""
    for name in dict.fromkeys((*plan.unchanged, *(p.object_type for p in plan.objects))):
        create, update = (_count(plan, name, action) for action in (Action.CREATE, Action.UPDATE))
        unchanged = plan.unchanged.get(name, 0)
        yield f"{name}: {create:,} to create, {update:,} to update, {unchanged:,} unchanged"
        yield from _reasons(plan.reasons.get(name, Reasons()))
    for phase in plan.associations:
        if phase.count:
            verb = "to remove" if phase.remove else "to make"
            yield f"{phase.association.name}: {phase.count:,} {verb}"
    for labels in plan.labels:
        if labels.count:
            verb = "to take" if labels.remove else "to give"
            yield f"labels of {labels.from_type} with {labels.to_type}: {labels.count:,} {verb}"
    yield from (explain_audience.total(p) for p in plan.audience if p.count)
    yield from explain_removals.totals(plan)
    yield f"calls needed: {fewest_calls(plan):,}" if not plan.is_empty else "nothing to do"


def json_lines(plan: Plan, keys: Keys) -> Iterator[str]:
    """Yield one JSON object per change and per pair, then one with the totals."""
    yield from map(_dumps, explain_removals.schema_items(plan))
    for phase in plan.objects:
        yield from (_dumps(_change(change)) for change in phase.changes())
    yield from _label_lines(plan, remove=True)
    for pairs in plan.associations:
        for from_key, to_key in keys(pairs):
            yield _dumps(
                {
                    "action": "dissociate" if pairs.remove else "associate",
                    "association": pairs.association.name,
                    "from": from_key,
                    "to": to_key,
                }
            )
    yield from _label_lines(plan, remove=False)
    for further in plan.audience:
        yield from map(_dumps, explain_audience.items(further))
    yield from map(_dumps, explain_removals.removal_items(plan))
    yield _dumps(
        {
            "totals": {
                "objects": [_phase_size(phase) for phase in plan.objects],
                "associations": {
                    f"{'-' if p.remove else '+'}{p.association.name}": p.count
                    for p in plan.associations
                },
                "labels": {
                    f"{'-' if p.remove else '+'}{p.from_type}_{p.to_type}": p.count
                    for p in plan.labels
                },
                **explain_audience.sizes(plan.audience),
                **explain_removals.sizes(plan),
                "unchanged": plan.unchanged,
                "reasons": {name: _reason(why) for name, why in plan.reasons.items()},
                "calls": fewest_calls(plan),
            }
        }
    )


def _label_lines(plan: Plan, *, remove: bool) -> Iterator[str]:
    for phase in plan.labels:
        for from_key, to_key, kinds in phase.keys() if phase.remove is remove else ():
            yield _dumps(
                {
                    "action": "unlabel" if remove else "label",
                    "associations": [kind.name for kind in kinds],
                    "labels": [kind.label for kind in kinds],
                    "from": from_key,
                    "to": to_key,
                }
            )


def _reasons(reasons: Reasons) -> Iterator[str]:
    if reasons.why:
        yield f"  why: {'; '.join(reasons.why)}"
    for touched in reasons.properties:
        yield f"    {touched.property} of {touched.objects:,}: {touched.why}"


def _reason(reasons: Reasons) -> dict[str, object]:
    return {
        "why": list(reasons.why),
        "properties": {
            t.property: {"objects": t.objects, "why": t.why} for t in reasons.properties
        },
    }


def _count(plan: Plan, object_type: str, action: Action) -> int:
    return sum(
        phase.count
        for phase in plan.objects
        if phase.object_type == object_type and phase.action is action
    )


def _phase_size(phase: ObjectPhase) -> dict[str, object]:
    return {"object_type": phase.object_type, "action": phase.action, "count": phase.count}


def _properties(change: Change) -> Iterator[str]:
    for name, value in change.after.items():
        before = change.before.get(name)
        if name in change.before and before == value:
            yield f"{name}: {_shown(value)}, sent with what depends on it"
        else:
            yield f"{name}: {_shown(before)} → {_shown(value)}"


def _shown(value: str | None) -> str:
    return "(none)" if value is None else json.dumps(value, ensure_ascii=False)


def _change(change: Change) -> dict[str, object]:
    return {
        "action": change.action,
        "object_type": change.ref.object_type,
        "key": change.ref.key,
        "hubspot_id": change.hubspot_id,
        "properties": {
            name: {"before": change.before.get(name), "after": value}
            for name, value in change.after.items()
        },
    }


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
