"""A pipeline as a board: a column for each stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hubspot_sandbox.model.types import ObjectType
from hubspot_sandbox.store.objects import Record
from hubspot_sandbox.store.portal import PortalStore
from hubspot_sandbox.store.stages import PIPELINE_PROPERTIES
from hubspot_sandbox.wire.search import search

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Column:
    """A stage, how many records are in it, and the latest of them."""

    stage: dict[str, Any]
    total: int
    records: list[Record]


def board(portal: PortalStore, kind: ObjectType, pipeline: dict[str, Any]) -> list[Column]:
    """Return the columns of a pipeline, in the order of its stages."""
    in_pipeline, in_stage = PIPELINE_PROPERTIES[kind.name]
    stages = sorted(pipeline["stages"], key=lambda stage: int(stage["displayOrder"]))
    return [
        _column(portal, kind, stage, [(in_stage, stage["id"]), (in_pipeline, pipeline["id"])])
        for stage in stages
    ]


def _column(
    portal: PortalStore, kind: ObjectType, stage: dict[str, Any], wanted: list[tuple[str, str]]
) -> Column:
    filters = [{"propertyName": n, "operator": "EQ", "value": v} for n, v in wanted]
    sorts = [{"propertyName": kind.modified, "direction": "DESCENDING"}]
    found = search(portal, kind, {"filters": filters, "sorts": sorts}, 0, SHOWN)
    shown = (portal.objects.get(kind, number) for number in found.ids)
    return Column(stage, found.total, [record for record in shown if record is not None])
