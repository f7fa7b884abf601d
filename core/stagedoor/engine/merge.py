"""The three-way merge: what each property should be when both sides may have changed it.

Only one side changed it: that side wins. Both did, to the same value: they agree. Otherwise the
property's owner decides, and for `manual`, and where a rule cannot tell, a plugin; else the
conflict stays open for a person, and neither side is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from stagedoor.model import Conflict, ObjectRef, Owner, Properties, Resolution, Side

Resolve: TypeAlias = Callable[[Conflict], tuple[str, Resolution] | None]
"""Gives a conflict's resolution with the name of the plugin that it is from."""

SEPARATOR = ";"
"""Between the choices of a multi-value property, in HubSpot's canonical text."""


@dataclass(frozen=True, slots=True)
class Version:
    """What one side says of an object: an absent property is one that it says nothing of."""

    properties: Properties
    changed_at: Mapping[str, datetime]
    """When it changed a property, where known."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of one property; kept in the log of decisions, from which it can be undone."""

    property: str
    base: str | None
    ours: str | None
    theirs: str | None
    rule: Owner
    value: str | None
    """What both sides get; the base while the conflict is open."""
    by: str
    """`agreement`, the side that alone changed it, the rule, or a plugin's name."""
    is_open: bool = False
    """Whether a person has to decide; until then neither side is written."""
    reason: str = ""


def merge(
    ref: ObjectRef,
    base: Properties,
    platform: Version,
    hubspot: Version,
    owners: Mapping[str, Owner],
    resolve: Resolve = lambda _conflict: None,
) -> tuple[Decision, ...]:
    """Return a decision for each property in `owners`, in their order.

    A side that says nothing of a property has not changed it; a base that does not name one has
    no value there.
    """
    decisions = []
    for name, rule in owners.items():
        agreed = base.get(name)
        conflict = Conflict(
            ref=ref,
            property=name,
            base=agreed,
            ours=platform.properties.get(name, agreed),
            theirs=hubspot.properties.get(name, agreed),
            ours_at=platform.changed_at.get(name),
            theirs_at=hubspot.changed_at.get(name),
        )
        decisions.append(_decided(conflict, rule, resolve))
    return tuple(decisions)


def writes(decisions: Iterable[Decision], side: Side) -> dict[str, str | None]:
    """Return the properties that `side` must be given for it to hold what was decided."""
    return {
        d.property: d.value
        for d in decisions
        if not d.is_open and d.value != (d.ours if side is Side.PLATFORM else d.theirs)
    }


def _decided(conflict: Conflict, rule: Owner, resolve: Resolve) -> Decision:
    settled = _undisputed(conflict) or _ruled(conflict, rule)
    if settled is None:
        return _asked(conflict, rule, resolve)
    value, by = settled
    return _decision(conflict, rule, value, by)


def _undisputed(conflict: Conflict) -> tuple[str | None, str] | None:
    """Return the value that nobody contests, and whose it is."""
    if conflict.ours == conflict.theirs:
        return conflict.ours, "agreement"
    if conflict.theirs == conflict.base:
        return conflict.ours, Side.PLATFORM
    if conflict.ours == conflict.base:
        return conflict.theirs, Side.HUBSPOT
    return None


def _ruled(conflict: Conflict, rule: Owner) -> tuple[str | None, str] | None:
    """Return what the rule makes of two different values, if it can tell."""
    value: str | None
    match rule:
        case Owner.PLATFORM:
            value = conflict.ours
        case Owner.HUBSPOT:
            value = conflict.theirs
        case Owner.IF_EMPTY:
            value = conflict.ours if conflict.theirs is None else conflict.theirs
        case Owner.APPEND:
            value = _joined(conflict.base, conflict.ours, conflict.theirs)
        case Owner.NEWEST if (newer := _newer(conflict)) is not None:
            value = conflict.ours if newer is Side.PLATFORM else conflict.theirs
        case _:
            return None
    return value, rule


def _asked(conflict: Conflict, rule: Owner, resolve: Resolve) -> Decision:
    answer = resolve(conflict)
    if answer is None:
        return _decision(conflict, rule, conflict.base, rule, is_open=True)
    plugin, resolution = answer
    return _decision(conflict, rule, resolution.value, plugin, reason=resolution.reason)


def _newer(conflict: Conflict) -> Side | None:
    ours_at, theirs_at = conflict.ours_at, conflict.theirs_at
    if ours_at is None or theirs_at is None or ours_at == theirs_at:
        return None
    return Side.PLATFORM if ours_at > theirs_at else Side.HUBSPOT


def _joined(base: str | None, ours: str | None, theirs: str | None) -> str | None:
    """Return the choices of both sides, in the order in which they came."""
    before, left, right = map(_choices, (base, ours, theirs))
    kept = [choice for choice in before if choice in left and choice in right]
    added = [choice for choice in (*left, *right) if choice not in before]
    return SEPARATOR.join(dict.fromkeys((*kept, *added))) or None


def _choices(text: str | None) -> list[str]:
    return [choice for choice in (text or "").split(SEPARATOR) if choice]


def _decision(
    conflict: Conflict,
    rule: Owner,
    value: str | None,
    by: str,
    *,
    is_open: bool = False,
    reason: str = "",
) -> Decision:
    return Decision(
        property=conflict.property,
        base=conflict.base,
        ours=conflict.ours,
        theirs=conflict.theirs,
        rule=rule,
        value=value,
        by=str(by),
        is_open=is_open,
        reason=reason,
    )
