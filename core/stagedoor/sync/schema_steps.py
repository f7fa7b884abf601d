"""What a push will make in HubSpot before its first write, as steps of the plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from stagedoor.engine.audience import OccurrencePhase
from stagedoor.engine.plan import SchemaStep
from stagedoor.errors import Forbidden, Reject
from stagedoor.hubspot.portal import Portal
from stagedoor.hubspot.schema import ProvisionPlan
from stagedoor.mapping.lists import EventMapping
from stagedoor.sync.planning import Planned
from stagedoor.sync.provision import Provision
from stagedoor.sync.surroundings import Surroundings


def with_schema(
    planned: Planned, provision: Provision, portal: Portal, events: Mapping[str, EventMapping]
) -> Planned:
    """Return the plan with what HubSpot lacks in front; reads only."""
    steps = (
        *schema_steps(provision.properties, portal),
        *_around(provision.surroundings),
        *_events(planned, portal, events),
    )
    return replace_schema(planned, steps)


def replace_schema(planned: Planned, steps: tuple[SchemaStep, ...]) -> Planned:
    """Return the plan with other steps in front."""
    return replace(planned, plan=replace(planned.plan, schema=steps))


def schema_steps(provision: ProvisionPlan, portal: Portal) -> Iterator[SchemaStep]:
    """Yield the groups and properties to make, in the order in which they are made."""
    for object_type, definitions in provision.missing.items():
        if not definitions:
            continue
        there = portal.groups(object_type)
        for group in sorted({d.group for d in definitions} - there):
            yield SchemaStep("group", object_type, group)
        for definition in definitions:
            unique = ", unique" * definition.has_unique_value
            detail = f"{definition.type}{unique}, in group {definition.group}"
            yield SchemaStep("property", object_type, definition.name, detail)


def _around(surroundings: Surroundings) -> Iterator[SchemaStep]:
    """Yield the pipelines, stages and labels to make."""
    for object_type, matched in surroundings.pipelines.items():
        for name, pipeline in matched.missing:
            yield SchemaStep("pipeline", object_type, name, pipeline.label)
        for pipeline_id, _, stage in matched.missing_stages:
            yield SchemaStep("stage", object_type, stage.label, f"in pipeline {pipeline_id}")
    for labels in surroundings.labels:
        for kind in labels.missing:
            yield SchemaStep("label", kind.from_type, str(kind.label), f"with {kind.to_type}")


def _events(
    planned: Planned, portal: Portal, events: Mapping[str, EventMapping]
) -> Iterator[SchemaStep]:
    """Yield the behavioural events to define: those that the plan tells of.

    An account that has none of them gets none; the push then buries a letter that says so.
    """
    for phase in planned.plan.audience:
        if isinstance(phase, OccurrencePhase):
            try:
                known = portal.behavioural_events.definition(phase.event)
            except (Forbidden, Reject):
                return
            if known is None:
                yield SchemaStep("event", "contacts", phase.event, events[phase.event].label)
