"""Pipelines, stages, labels: what the mapping needs of them, beside what the portal has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from stagedoor.extension import AssociationSource
from stagedoor.hubspot.portal import Portal
from stagedoor.mapping.associations import MatchedLabels, labels_needed, match_labels
from stagedoor.mapping.document import MappingDocument
from stagedoor.mapping.facts import NOTHING_KNOWN, Choice, PortalFacts, RemotePipeline
from stagedoor.mapping.lifecycle import lifecycle_conflicts
from stagedoor.mapping.pipelines import (
    Matched,
    match_pipelines,
    once_made,
    pipeline_conflicts,
    properties_of,
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What to make in HubSpot around objects, and what is known of the portal until then."""

    facts: PortalFacts
    pipelines: dict[str, Matched] = field(default_factory=dict)
    """By HubSpot's object type."""
    labels: tuple[MatchedLabels, ...] = ()
    conflicts: tuple[str, ...] = ()
    expected: PortalFacts = NOTHING_KNOWN
    """What will be known of pipelines once all is made, if HubSpot gives the ids asked for."""

    @property
    def is_empty(self) -> bool:
        """Whether HubSpot has all it needs."""
        whole = all(matched.is_whole for matched in self.pipelines.values())
        return whole and not any(matched.missing for matched in self.labels)

    def lines(self) -> Iterator[str]:
        """Yield in words what is to be made."""
        for object_type, matched in self.pipelines.items():
            for name, pipeline in matched.missing:
                stages = ", ".join(stage.label for _, stage in pipeline.in_order())
                yield f"  make {object_type} pipeline {name} ({pipeline.label}): {stages}"
            for pipeline_id, _, stage in matched.missing_stages:
                yield f"  add stage {stage.label} to {object_type} pipeline {pipeline_id}"
        for labels in self.labels:
            for kind in labels.missing:
                yield f"  make label {kind.label} for {kind.from_type} with {kind.to_type}"


def look_around(
    document: MappingDocument,
    sources: Sequence[AssociationSource],
    portal: Portal,
    known: PortalFacts,
    stages: tuple[Choice, ...] = (),
) -> Surroundings:
    """Return what the mapping needs of pipelines and labels; reads only.

    `stages` are those of the portal's life cycle, in order.
    """
    there = {name: portal.pipelines.of(name) for name in staged_types(document)}
    matched = _matched(document, there, known)
    planned = {name: once_made(remote, matched[name]) for name, remote in there.items()}
    labels = [
        match_labels(kinds, portal.labels.between(*ends), known.labels)
        for ends, kinds in labels_needed(sources).items()
    ]
    facts = PortalFacts(
        currencies=portal.account().currencies,
        pipelines=there,
        own={name: found.own for name, found in matched.items() if found.own},
        labels={name: number for found in labels for name, number in found.numbers.items()},
        lifecycle=stages,
    )
    conflicts = [
        *(conflict for pipelines in matched.values() for conflict in pipelines.conflicts),
        *(conflict for found in labels for conflict in found.conflicts),
        *(text for _, text in pipeline_conflicts(document.objects, document.pipelines, facts)),
        *(text for _, text in lifecycle_conflicts(document.lifecycle, stages)),
    ]
    own = {n: found.own for n, found in _matched(document, planned, known).items() if found.own}
    expected = replace(facts, pipelines=planned, own=own)
    return Surroundings(facts, matched, tuple(labels), tuple(conflicts), expected)


def _matched(
    document: MappingDocument, there: dict[str, tuple[RemotePipeline, ...]], known: PortalFacts
) -> dict[str, Matched]:
    return {
        name: match_pipelines(
            name, document.pipelines.get(name, {}), remote, known.own.get(name, {})
        )
        for name, remote in there.items()
    }


def make_surroundings(plan: Surroundings, portal: Portal) -> None:
    """Make the missing pipelines, stages and labels."""
    for object_type, matched in plan.pipelines.items():
        portal.pipelines.make(object_type, matched, plan.facts.pipelines[object_type])
    for labels in plan.labels:
        for kind in labels.missing:
            portal.labels.make(kind)


def staged_types(document: MappingDocument) -> list[str]:
    """Return HubSpot's object types whose pipelines concern the mapping."""
    written = {
        mapping.object_type or name
        for name, mapping in document.objects.items()
        if mapping.properties.keys() & set(properties_of(mapping.object_type or name))
    }
    return sorted(written | {name for name, declared in document.pipelines.items() if declared})
