"""The plan: which calls mend the difference, in which order. A value; it calls nothing.

HubSpot's schema comes first. Object types go in their order; within one, updates go before
creates, so that an address which one person gives up is free for the next. Associations follow
when both ends exist, then what people did, then lists, and what left the platform goes last.
`explain` and the outbound sync walk the same phases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from stagedoor.engine.audience import AudiencePhase
from stagedoor.engine.batches import MAX_OBJECTS, MAX_PAIRS, chunks
from stagedoor.engine.labels import LabelPair
from stagedoor.engine.removal import RemovalPhase
from stagedoor.model import (
    Action,
    AssociationBatch,
    AssociationType,
    Change,
    ObjectBatch,
    Pair,
)


@dataclass(frozen=True)
class ObjectPhase:
    """All changes of one object type with one action.

    `changes` gives the same changes at each call, read from where they are spooled, so that a
    plan of a million changes fits in memory.
    """

    object_type: str
    action: Action
    count: int
    changes: Callable[[], Iterator[Change]]
    written_to: str | None = None
    """HubSpot's object type, where it is not the mapping's."""

    def batches(self) -> Iterator[ObjectBatch]:
        """Yield the calls of this phase."""
        for chunk in chunks(self.changes(), MAX_OBJECTS):
            match_property = chunk[0].match_property
            yield ObjectBatch(self.object_type, self.action, match_property, chunk, self.written_to)


@dataclass(frozen=True)
class AssociationPhase:
    """All pairs of one association type, to make or to take away."""

    association: AssociationType
    remove: bool
    count: int
    pairs: Callable[[], Iterator[Pair]]
    """Pairs whose two ends are in HubSpot at the time of the call."""

    def batches(self) -> Iterator[AssociationBatch]:
        """Yield the calls of this phase."""
        for chunk in chunks(self.pairs(), MAX_PAIRS):
            yield AssociationBatch(self.association, chunk)


Phase: TypeAlias = "ObjectPhase | AssociationPhase | RemovalPhase"


@dataclass(frozen=True, slots=True)
class SchemaStep:
    """One thing that is made in HubSpot before the first write, such as a property."""

    kind: str
    """group, property, pipeline, stage, label or event."""
    object_type: str
    """HubSpot's object type."""
    name: str
    detail: str = ""
    """In words, such as its type."""


@dataclass(frozen=True)
class LabelPhase:
    """All pairs of two object types whose labels change."""

    from_type: str
    to_type: str
    remove: bool
    count: int
    """Pairs."""
    pairs: Callable[[], Iterator[LabelPair]]
    """Pairs whose two ends are in HubSpot at the time of the call."""
    keys: Callable[[], Iterator[tuple[str, str, tuple[AssociationType, ...]]]]
    """Keys and labels of all pairs, in HubSpot already or not."""

    def batches(self) -> Iterator[tuple[LabelPair, ...]]:
        """Yield the pairs of one call each."""
        return chunks(self.pairs(), MAX_PAIRS)


@dataclass(frozen=True, slots=True)
class Touched:
    """How many existing objects get another value of one property, and why."""

    property: str
    objects: int
    why: str


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why existing objects of one type are touched."""

    why: tuple[str, ...] = ()
    properties: tuple[Touched, ...] = ()


@dataclass(frozen=True)
class Plan:
    """Everything that one run will write, in order."""

    objects: tuple[ObjectPhase, ...]
    associations: tuple[AssociationPhase, ...]
    unchanged: dict[str, int]
    """Objects per type that need nothing."""
    removals: tuple[RemovalPhase, ...] = ()
    schema: tuple[SchemaStep, ...] = ()
    audience: tuple[AudiencePhase, ...] = ()
    """Participation, behavioural events and lists, in order: when their contacts exist."""
    labels: tuple[LabelPhase, ...] = ()
    """Labels that are taken before the associations change, then those that are given after."""
    reasons: Mapping[str, Reasons] = field(default_factory=dict)
    """By object type."""

    @property
    def updates(self) -> int:
        """Existing objects that the plan touches: they count against `max_changes`."""
        updated = sum(phase.count for phase in self.objects if phase.action is Action.UPDATE)
        return updated + sum(phase.count for phase in self.removals)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be written."""
        phases: tuple[Phase, ...] = (*self.objects, *self.associations, *self.removals)
        around = any(phase.count for phase in (*self.labels, *self.audience))
        return not self.schema and not around and not any(phase.count for phase in phases)


def fewest_calls(plan: Plan) -> int:
    """Return the number of calls that the plan needs when every call succeeds."""
    objects = sum(-(-phase.count // MAX_OBJECTS) for phase in plan.objects)
    pairs = sum(-(-phase.count // MAX_PAIRS) for phase in plan.associations)
    labels = sum(-(-phase.count // MAX_PAIRS) for phase in plan.labels)
    around = sum(phase.calls for phase in plan.audience)
    return objects + pairs + labels + around + sum(phase.calls for phase in plan.removals)
