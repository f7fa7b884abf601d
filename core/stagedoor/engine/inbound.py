"""What an inbound run makes of what it saw: decisions, writes, and what both sides agree on; pure.

After a decision the platform is given the value that was decided, and the base becomes what
HubSpot holds. Where HubSpot is to change, too, that is an ordinary difference between desired
state and base from then on, and the next outbound run writes it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from stagedoor.engine.merge import Decision, Resolve, Version, merge
from stagedoor.model import ObjectRef, Owner, Properties, Side

DOUBTED = "doubted"
"""A source hash that no row has: the next plan compares the object property by property."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of one HubSpot object that the ledger links."""

    ref: ObjectRef
    hubspot_id: str
    base: Properties
    theirs: Properties
    """Canonical; two-way properties only, without what is older than our own last write."""
    times: Mapping[str, datetime]
    """When HubSpot's value was set, where known."""
    read_at: datetime | None = None
    """When the object last changed in HubSpot, as it was read."""
    doubted: frozenset[str] = frozenset()
    """Edited upon a write of ours that may, or may not, have arrived: nobody can tell."""

    def differing(self) -> dict[str, str | None]:
        """Return what was seen and not agreed; nothing of it is an echo."""
        return {n: v for n, v in self.theirs.items() if self.base.get(n) != v}


def decide(
    seen: Seen,
    ours: Version,
    owners: Mapping[str, Owner],
    resolve: Resolve = lambda _conflict: None,
    waiting: Collection[str] = (),
) -> tuple[Decision, ...]:
    """Return a decision for each property that HubSpot holds otherwise than was agreed.

    A property of `waiting` has a conflict that a person looks at: whatever its rule, it stays
    open until both sides say the same.
    """
    differing = seen.differing()
    rules = {
        name: Owner.MANUAL if name in waiting else owner
        for name, owner in owners.items()
        if name in differing
    }
    theirs = Version(differing, _times(seen, ours))
    decided = merge(seen.ref, seen.base, ours, theirs, rules, resolve)
    return tuple(_held(d) if d.property in waiting else d for d in decided)


def _times(seen: Seen, ours: Version) -> dict[str, datetime]:
    """Return when HubSpot's values were set: the latest moment possible where that decides."""
    times = dict(seen.times)
    if seen.read_at is not None:
        for name, changed in ours.changed_at.items():
            if name not in times and changed > seen.read_at:
                times[name] = seen.read_at
    return times


def _held(decision: Decision) -> Decision:
    if decision.ours == decision.theirs:
        return decision
    return replace(decision, value=decision.base, by=str(decision.rule), is_open=True)


def agreed(decisions: Iterable[Decision]) -> dict[str, str | None]:
    """Return what the base becomes: what HubSpot holds, of all that is decided."""
    return {d.property: d.theirs for d in decisions if not d.is_open}


def leaves_a_write(decisions: Iterable[Decision]) -> bool:
    """Whether HubSpot has to be given something."""
    return any(not d.is_open and d.value != d.theirs for d in decisions)


def is_agreement(decision: Decision) -> bool:
    """Whether both sides said the same already: nothing was decided."""
    return decision.ours == decision.theirs


def is_closed(decision: Decision) -> bool:
    """Whether two sides that differed were brought to one value."""
    return not decision.is_open and not is_agreement(decision)


def only_hubspot(decision: Decision) -> bool:
    """Whether HubSpot alone had changed the property."""
    return decision.by == Side.HUBSPOT
