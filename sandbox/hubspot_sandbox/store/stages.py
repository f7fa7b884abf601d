"""Pipelines and stages as values of records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hubspot_sandbox.model.types import ObjectType
from hubspot_sandbox.model.values import Invalid
from hubspot_sandbox.store.schema import Schema

PIPELINE_PROPERTIES = {
    "deals": ("pipeline", "dealstage"),
    "tickets": ("hs_pipeline", "hs_pipeline_stage"),
}
"""The properties that hold a record's pipeline and its stage."""
STAGED = {name for pair in PIPELINE_PROPERTIES.values() for name in pair}


def check_stage(
    schema: Schema,
    kind: ObjectType,
    name: str,
    value: str,
    given: Mapping[str, Any],
    old: Mapping[str, str] | None,
) -> str:
    """Return a pipeline or stage that exists.

    Raises:
        Invalid: With HubSpot's list of the valid ones.
    """
    pipelines = schema.pipelines.get(kind.name, {})
    if kind.name not in PIPELINE_PROPERTIES:
        return value
    pipeline_property, _ = PIPELINE_PROPERTIES[kind.name]
    if name == pipeline_property:
        if value not in pipelines:
            listed = ", ".join(pipelines)
            raise Invalid(
                "INVALID_OPTION", f"{value} was not one of the allowed options: [{listed}]"
            )
        return value
    default = next(iter(pipelines), "")
    chosen = given.get(pipeline_property) or (old or {}).get(pipeline_property) or default
    pipeline = pipelines.get(str(chosen), {"stages": []})
    stages = [stage["id"] for stage in pipeline["stages"]]
    if value not in stages:
        raise Invalid(
            "INVALID_OPTION",
            f"{value} is not a valid pipeline stage ID. Valid options are: "
            f"pipelineId={chosen} : [{', '.join(stages)}]",
        )
    return value


def derived_of_stage(
    schema: Schema, kind: ObjectType, properties: Mapping[str, str], changed: Mapping[str, str]
) -> dict[str, str]:
    """Return what follows from the stage that a record is in."""
    if kind.name not in PIPELINE_PROPERTIES or not set(PIPELINE_PROPERTIES[kind.name]) & set(
        changed
    ):
        return {}
    pipeline_property, stage_property = PIPELINE_PROPERTIES[kind.name]
    pipelines = schema.pipelines[kind.name]
    derived: dict[str, str] = {}
    pipeline_id = properties.get(pipeline_property)
    if not pipeline_id:
        pipeline_id = next(iter(pipelines), "")
        derived[pipeline_property] = pipeline_id
    stages = pipelines.get(pipeline_id, {"stages": []})["stages"]
    stage = next((s for s in stages if s["id"] == properties.get(stage_property)), None)
    if stage is not None and kind.name == "deals":
        metadata = stage["metadata"]
        derived["hs_deal_stage_probability"] = metadata.get("probability", "0.0")
        derived["hs_is_closed"] = metadata.get("isClosed", "false")
        derived["hs_is_closed_won"] = str(metadata.get("probability") == "1.0").lower()
    return derived
