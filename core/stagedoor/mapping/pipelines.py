"""Pipelines and stages: which to make, and which ids our names have in the portal; pure.

We ask for ids of our own when we make one; whether HubSpot takes them is its affair. So ids are
read back, and found again by the id that was known before, the id that was asked for, or the
label. https://developers.hubspot.com/docs/guides/api/crm/pipelines
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

from stagedoor.mapping.document import ObjectMapping
from stagedoor.mapping.facts import Choice, OwnPipeline, PortalFacts, RemotePipeline, same
from stagedoor.mapping.problems import Path
from stagedoor.mapping.properties import Property
from stagedoor.mapping.sections import Pipeline, Stage

MAX_STAGES = 100


class _Labelled(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def label(self) -> str: ...


L = TypeVar("L", bound=_Labelled)


def properties_of(hubspot_type: str) -> tuple[str, str]:
    """Return the properties that hold an object's pipeline and its stage."""
    return ("pipeline", "dealstage") if hubspot_type == "deals" else (
        "hs_pipeline", "hs_pipeline_stage")  # fmt: skip


def stage_id(pipeline: str, stage: str) -> str:
    """Return the id to ask for: stages of all pipelines stand in one enumeration."""
    return f"{pipeline}_{stage}"


@dataclass(frozen=True, slots=True)
class Matched:
    """Declared pipelines of one object type beside those of the portal."""

    own: dict[str, OwnPipeline] = field(default_factory=dict)
    """Those that the portal has, by our names, with the stages that it has."""
    missing: tuple[tuple[str, Pipeline], ...] = ()
    """Pipelines to make, by our names."""
    missing_stages: tuple[tuple[str, str, Stage], ...] = ()
    """Stages to add: id of their pipeline, id to ask for, and what they are."""
    conflicts: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether the portal has all that is declared."""
        return not self.missing and not self.missing_stages


def match_pipelines(
    hubspot_type: str,
    declared: Mapping[str, Pipeline],
    there: Sequence[RemotePipeline],
    known: Mapping[str, OwnPipeline],
) -> Matched:
    """Find declared pipelines and stages in the portal: by known id, asked id, else label.

    What is not declared is nobody's business here: it is neither changed nor taken away.
    """
    own: dict[str, OwnPipeline] = {}
    missing: list[tuple[str, Pipeline]] = []
    lacking: list[tuple[str, str, Stage]] = []
    conflicts: list[str] = []
    for name, pipeline in declared.items():
        before = known.get(name)
        found = _found(there, (before.id if before else None, name), pipeline.label)
        if found is None:
            missing.append((name, pipeline))
            continue
        stages, absent = _match_stages(name, pipeline, found, before)
        own[name] = OwnPipeline(found.id, stages)
        lacking += [(found.id, stage_id(name, n), stage) for n, stage in absent]
        if len(found.stages) + len(absent) > MAX_STAGES:
            conflicts.append(
                f"{hubspot_type} pipeline {found.label} would have more than {MAX_STAGES} stages."
            )
    return Matched(own, tuple(missing), tuple(lacking), tuple(conflicts))


def _match_stages(
    name: str, pipeline: Pipeline, found: RemotePipeline, before: OwnPipeline | None
) -> tuple[dict[str, str], list[tuple[str, Stage]]]:
    ids: dict[str, str] = {}
    absent: list[tuple[str, Stage]] = []
    for stage_name, stage in pipeline.in_order():
        known = before.stages.get(stage_name) if before else None
        free = [s for s in found.stages if s.id not in ids.values()]
        candidates = (known, stage_id(name, stage_name), stage_name)
        there = _found(free, candidates, stage.label)
        if there is None:
            absent.append((stage_name, stage))
        else:
            ids[stage_name] = there.id
    return ids, absent


def _found(there: Iterable[L], ids: Iterable[str | None], label: str) -> L | None:
    """Return the one that has the first of these ids that somebody has, else this label."""
    listed = list(there)
    for wanted in ids:
        for one in listed:
            if one.id == wanted:
                return one
    return next((one for one in listed if same(one.label, label)), None)


def once_made(there: Sequence[RemotePipeline], matched: Matched) -> tuple[RemotePipeline, ...]:
    """Return the portal's pipelines as they will be if what is missing gets the ids asked for."""
    made = {pipeline.id: pipeline for pipeline in there}
    for name, pipeline in matched.missing:
        stages = (Choice(stage_id(name, n), stage.label) for n, stage in pipeline.in_order())
        made[name] = RemotePipeline(name, pipeline.label, tuple(stages))
    for pipeline_id, wanted, stage in matched.missing_stages:
        before = made[pipeline_id]
        made[pipeline_id] = replace(before, stages=(*before.stages, Choice(wanted, stage.label)))
    return tuple(made.values())


def other_ids(asked: PortalFacts, given: PortalFacts) -> dict[str, str]:
    """Return the ids that were asked for by those that HubSpot gave instead."""
    found: dict[str, str] = {}
    for hubspot_type, pipelines in given.own.items():
        for name, pipeline in pipelines.items():
            wanted = asked.own[hubspot_type][name]
            found[pipeline.id] = wanted.id
            found |= {number: wanted.stages[stage] for stage, number in pipeline.stages.items()}
    return {one: other for one, other in found.items() if one != other}


def pipeline_of(hubspot_type: str, name: str, facts: PortalFacts) -> RemotePipeline | None:
    """Return the pipeline that a mapping calls `name`: a declared one, else by id, else label."""
    there = facts.pipelines.get(hubspot_type, ())
    own = facts.own.get(hubspot_type, {}).get(name)
    return _found(there, (own.id if own else name,), name)


def stage_of(
    hubspot_type: str, pipeline_name: str, pipeline: RemotePipeline, name: str, facts: PortalFacts
) -> str | None:
    """Return the id of the stage that a mapping calls `name` in this pipeline."""
    own = facts.own.get(hubspot_type, {}).get(pipeline_name)
    known = own.stages.get(name) if own else None
    found = _found(pipeline.stages, (known, name), name)
    return found.id if found else None


def pipeline_conflicts(
    objects: Mapping[str, ObjectMapping],
    declared: Mapping[str, Mapping[str, Pipeline]],
    facts: PortalFacts,
) -> Iterator[tuple[Path, str]]:
    """Yield what the mapping writes and the portal, with what is declared, does not have."""
    for entry_name, mapping in objects.items():
        hubspot_type = mapping.object_type or entry_name
        ours = declared.get(hubspot_type, {})
        pipeline_property, stage_property = properties_of(hubspot_type)
        pipelines, stages = (mapping.properties.get(n) for n in properties_of(hubspot_type))
        names = _written(pipelines)
        known = [n for n in names if n in ours or pipeline_of(hubspot_type, n, facts)]
        where, path = f"{entry_name}.{pipeline_property}", ("objects", entry_name, "properties")
        for name in sorted(names.keys() - set(known)):
            listed = ", ".join((*ours, *(p.id for p in facts.pipelines.get(hubspot_type, ()))))
            yield (
                (*path, pipeline_property, *names[name]),
                f"{where} writes the pipeline {name!r}; there are {listed}.",
            )
        for name, place in _written(stages).items() if known else ():
            if not any(_has_stage(hubspot_type, p, name, ours, facts) for p in known):
                listed = ", ".join(_stages(hubspot_type, known, ours, facts))
                told = f"{entry_name}.{stage_property} writes the stage {name!r}, which no pipeline"
                yield (*path, stage_property, *place), f"{told} of {where} has: {listed}."


def _has_stage(
    hubspot_type: str, pipeline: str, stage: str, ours: Mapping[str, Pipeline], facts: PortalFacts
) -> bool:
    if pipeline in ours and stage in ours[pipeline].stages:
        return True
    there = pipeline_of(hubspot_type, pipeline, facts)
    return there is not None and stage_of(hubspot_type, pipeline, there, stage, facts) is not None


def _stages(
    hubspot_type: str, names: Iterable[str], ours: Mapping[str, Pipeline], facts: PortalFacts
) -> Iterator[str]:
    for name in names:
        yield from ours[name].stages if name in ours else ()
        there = pipeline_of(hubspot_type, name, facts)
        yield from (stage.id for stage in there.stages) if there else ()


def _written(entry: Property | None) -> dict[str, Path]:
    """Return the values that an entry is known to write, with their places in it."""
    if entry is None:
        return {}
    given: list[tuple[object, Path]] = [
        (entry.constant, ("constant",)),
        (entry.default, ("default",)),
        *((value, ("values", str(key))) for key, value in (entry.values or {}).items()),
    ]
    written: dict[str, Path] = {}
    for value, place in given:
        if value is not None:
            written.setdefault(str(value), place)
    return written
