"""Builds requests about pipelines; sends nothing.

https://developers.hubspot.com/docs/guides/api/crm/pipelines
"""

from __future__ import annotations

from typing import Any

from stagedoor.hubspot.requests import Paths, Request
from stagedoor.mapping.pipelines import stage_id
from stagedoor.mapping.sections import Pipeline, Stage


def list_pipelines(paths: Paths, object_type: str) -> Request:
    """Read all pipelines of an object type, with their stages."""
    return Request("GET", paths.crm("pipelines", object_type), "read", f"pipelines {object_type}")


def create_pipeline(
    paths: Paths, object_type: str, name: str, pipeline: Pipeline, place: int
) -> Request:
    """Make a pipeline, asking for ids of our own."""
    order = place if pipeline.order is None else pipeline.order
    stages = [
        stage_input(object_type, stage_id(name, stage_name), stage, number)
        for number, (stage_name, stage) in enumerate(pipeline.in_order())
    ]
    return Request(
        "POST",
        paths.crm("pipelines", object_type),
        "provision",
        f"pipelines {object_type}",
        {"pipelineId": name, "label": pipeline.label, "displayOrder": order, "stages": stages},
        repeatable=False,
    )


def create_stage(
    paths: Paths, object_type: str, pipeline_id: str, wanted_id: str, stage: Stage, place: int
) -> Request:
    """Add a stage to a pipeline that exists."""
    return Request(
        "POST",
        paths.crm("pipelines", f"{object_type}/{pipeline_id}/stages"),
        "provision",
        f"pipelines/stages {object_type}",
        stage_input(object_type, wanted_id, stage, place),
        repeatable=False,
    )


def stage_input(object_type: str, wanted_id: str, stage: Stage, place: int) -> dict[str, Any]:
    """Return the body that makes a stage."""
    metadata: dict[str, str] = {}
    if object_type == "deals":
        metadata["probability"] = str(float(stage.probability or 0))
    if object_type == "tickets":
        metadata["ticketState"] = (stage.state or "open").upper()
    order = place if stage.order is None else stage.order
    return {
        "stageId": wanted_id,
        "label": stage.label,
        "displayOrder": order,
        "metadata": metadata,
    }
