"""What is written where HubSpot's present value decides about it: update modes and owners."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, TypeAlias

from stagedoor.engine.inbound import DOUBTED
from stagedoor.mapping.properties import Property, UpdateMode
from stagedoor.model import Action, Change, Owner, Properties

Rules: TypeAlias = Mapping[str, Property]
"""The properties about which HubSpot's present value decides, by name."""


Canonical: TypeAlias = Callable[[str, str | None], str | None]
"""Gives HubSpot's text of a property, by name, in our spelling."""


class _Keep(Enum):
    KEEP = "keep"


KEEP: Final = _Keep.KEEP
"""HubSpot's value is left as it is."""

Decision: TypeAlias = str | _Keep | None


@dataclass(frozen=True, slots=True)
class Seen:
    """One property: what was agreed, what HubSpot holds now, and what the platform wants."""

    base: str | None
    present: str | None
    wanted: str | None
    exists: bool = True
    """Whether HubSpot has the object."""


def _append(seen: Seen) -> Decision:
    """Add the choices that were neither agreed before nor are there.

    A choice that somebody took away in HubSpot is not added again. A semicolon in front makes
    HubSpot add to what it holds at that moment.
    """
    there = {*choices(seen.base), *choices(seen.present)}
    added = ";".join(choice for choice in choices(seen.wanted) if choice not in there)
    if not added:
        return KEEP
    return added if seen.present is None else ";" + added


DECIDE: Mapping[UpdateMode, Callable[[Seen], Decision]] = {
    UpdateMode.OVERWRITE: lambda seen: seen.wanted,
    UpdateMode.IF_EMPTY: lambda seen: seen.wanted if seen.present is None else KEEP,
    UpdateMode.IF_NEW: lambda seen: KEEP if seen.exists else seen.wanted,
    UpdateMode.APPEND: _append,
}


def choices(value: str | None) -> tuple[str, ...]:
    """Return the choices of a multiple-choice value, each once, in their order."""
    return tuple(dict.fromkeys(filter(None, (value or "").split(";"))))


def decide_two_way(rule: Property, seen: Seen) -> Decision:
    """Return what the platform alone changed, or may overwrite; the rest is an inbound run's."""
    if seen.wanted in (seen.present, seen.base):
        return KEEP  # they agree, or HubSpot alone has changed it
    if seen.present == seen.base or rule.owner is Owner.PLATFORM:
        return seen.wanted
    fills = rule.owner is Owner.IF_EMPTY and seen.present is None
    return seen.wanted if fills else KEEP


def decide(rule: Property, seen: Seen) -> Decision:
    """Return the value to write into one property, or `KEEP`."""
    if rule.inbound:
        return decide_two_way(rule, seen)
    if rule.owner is Owner.HUBSPOT and seen.present != seen.base:
        return KEEP
    decision = DECIDE[rule.update_mode](seen)
    return KEEP if decision == seen.present else decision


def rules_of(properties: Mapping[str, Property]) -> dict[str, Property]:
    """Return the properties about which HubSpot's present value decides."""
    return {name: entry for name, entry in properties.items() if entry.reads_hubspot}


def without_known_choices(change: Change, rules: Rules) -> Change:
    """Return the change without appended choices that were all agreed before."""
    known = {
        name
        for name, value in change.after.items()
        if name in rules
        and rules[name].update_mode is UpdateMode.APPEND
        and not set(choices(value)) - set(choices(change.before.get(name)))
    }
    after = {name: value for name, value in change.after.items() if name not in known}
    return replace(change, after=after, before={n: change.before.get(n) for n in after})


def asks(change: Change, rules: Rules) -> bool:
    """Whether HubSpot's present values decide about this change."""
    return any(name in rules for name in change.after)


def resolve(
    change: Change,
    present: Properties | None,
    rules: Rules,
    canonical: Canonical = lambda _name, text: text,
    waiting: Collection[str] = (),
    unheard: Sequence[Properties] = (),
) -> Change:
    """Return what is left of `change` now that HubSpot's present values are known.

    `present` is nothing when HubSpot does not have the object. Properties in `waiting` have a
    conflict that a person looks at: they are left as they are, unless it has turned out that
    HubSpot holds what we sent. `unheard` are writes that we sent and got no answer about, oldest
    first: HubSpot may hold them, or somebody's edit of them.
    """
    if present is None and change.action is Action.UPDATE:
        return change
    held_now = {n: canonical(n, (present or {}).get(n) or None) for n in rules}
    arrived, doubted = heard_of(unheard, held_now, change.before)
    after: dict[str, str | None] = {}
    before: dict[str, str | None] = {}
    kept: dict[str, str | None] = {}
    both_changed = False
    for name, wanted in change.after.items():
        base = change.before.get(name)
        if name not in rules:
            after[name], before[name] = wanted, base
            continue
        held, agreed_on = held_now[name], canonical(name, base)
        if name in arrived:
            agreed_on = arrived[name]
        doubtful = name in doubted and held != agreed_on
        is_ours = name in arrived and name not in doubted and held == agreed_on
        seen = Seen(agreed_on, held, wanted, exists=present is not None)
        waits = doubtful or (name in waiting and not is_ours)
        decision = KEEP if waits else decide(rules[name], seen)
        if decision is not KEEP:
            after[name], before[name] = decision, held
        elif name in arrived and name not in doubted:
            kept[name] = arrived[name]
        if decision is KEEP and rules[name].inbound and name not in waiting:
            both_changed |= wanted not in (held, agreed_on)
        for value in agreed(rules[name], seen):
            kept[name] = value
    settled = replace(change, after=after, before=before, kept=kept)
    if both_changed:  # until an inbound run has decided, HubSpot may take its value back
        settled = replace(settled, source_hash=DOUBTED)
    sure = {name: value for name, value in arrived.items() if name not in doubted}
    return _with_unheard(settled, change, sure) if sure else settled


def heard_of(
    unheard: Sequence[Properties], held: Properties, base: Properties
) -> tuple[dict[str, str | None], set[str]]:
    """Return what we sent, unheard, that has reached HubSpot; and what nobody can tell of.

    A write is carried out whole or not at all, so that one value of it that is there tells of the
    others. One that several writes sent says only that one of them has arrived: of what they sent
    otherwise nobody can tell. And of a property the latest write counts, even if nobody can tell
    whether that one has arrived.
    """
    arrived: dict[str, str | None] = {}
    doubted: set[str] = set()
    later: Properties = {}
    for number, write in reversed(list(enumerate(unheard))):
        sure: dict[str, str | None] = {}
        for name, value in write.items():
            is_last = name not in later or later[name] != value
            if is_last and name in held and held[name] == value != base.get(name):
                sure |= _by_any(write, unheard[:number], name)
        arrived = {**sure, **arrived}
        doubted |= write.keys() - arrived.keys()
        later = {**write, **later}
    return arrived, doubted


def _by_any(write: Properties, earlier: Sequence[Properties], name: str) -> Properties:
    """Return what is there whichever write has brought the value of a property."""
    like = [e for e in earlier if name in e and e[name] == write[name]]
    return {n: v for n, v in write.items() if all(n in e and e[n] == v for e in like)}


def _with_unheard(settled: Change, change: Change, unheard: Properties) -> Change:
    """Agree to what we sent, unheard, into properties that a creation does not name.

    It names no empty ones: what the platform has emptied since is found by the next plan.
    """
    others = {name: value for name, value in unheard.items() if name not in change.after}
    if not others or change.action is Action.UPDATE:
        return settled
    return replace(settled, kept={**others, **settled.kept}, source_hash=DOUBTED)


def agreed(rule: Property, seen: Seen) -> Iterator[str | None]:
    """Yield what both sides agree on from now, if that is not what HubSpot answers to a write.

    A value of HubSpot's that is left alone against the platform's is not agreed: the base stays.
    Choices that were ever added stay in the base, so that none is added twice.
    """
    if rule.update_mode is UpdateMode.APPEND:
        together = (*choices(seen.base), *choices(seen.present), *choices(seen.wanted))
        yield ";".join(dict.fromkeys(together)) or None
    elif seen.present == seen.wanted:
        yield seen.present
