"""Reads and makes pipelines of one portal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from stagedoor.hubspot import pipeline_requests as requests
from stagedoor.hubspot.requests import Paths, Request
from stagedoor.mapping.facts import Choice, RemotePipeline
from stagedoor.mapping.pipelines import Matched

Call: TypeAlias = Callable[[Request], dict[str, Any]]
"""Sends a request and returns what it answered; raises `Reject` when HubSpot refuses."""


class Pipelines:
    """The pipelines of one portal."""

    def __init__(self, call: Call, paths: Paths) -> None:
        """Send through `call`."""
        self._call = call
        self._paths = paths

    def of(self, object_type: str) -> tuple[RemotePipeline, ...]:
        """Return the pipelines of an object type, as they are ordered in HubSpot."""
        told = self._call(requests.list_pipelines(self._paths, object_type))
        return tuple(
            RemotePipeline(
                str(item["id"]),
                str(item.get("label", "")),
                tuple(
                    Choice(str(stage["id"]), str(stage.get("label", "")))
                    for stage in _ordered(item.get("stages") or ())
                    if not stage.get("archived")
                ),
            )
            for item in _ordered(told.get("results") or ())
            if not item.get("archived")
        )

    def make(self, object_type: str, matched: Matched, there: tuple[RemotePipeline, ...]) -> None:
        """Make what is missing; what is there is neither changed nor taken away."""
        for number, (name, pipeline) in enumerate(matched.missing):
            self._call(
                requests.create_pipeline(
                    self._paths, object_type, name, pipeline, len(there) + number
                )
            )
        sizes = {pipeline.id: len(pipeline.stages) for pipeline in there}
        for pipeline_id, wanted, stage in matched.missing_stages:
            self._call(
                requests.create_stage(
                    self._paths, object_type, pipeline_id, wanted, stage, sizes[pipeline_id]
                )
            )
            sizes[pipeline_id] += 1


def _ordered(items: Any) -> list[dict[str, Any]]:
    return sorted(items, key=lambda item: int(item.get("displayOrder") or 0))
