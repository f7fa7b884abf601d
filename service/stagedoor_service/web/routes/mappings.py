"""The mapping document: read, tried, saved, rolled back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import TypeAdapter

from stagedoor.sync.preview import Preview
from stagedoor_service.application import mappings
from stagedoor_service.web.callers import Mapper, Reader, Recorder
from stagedoor_service.web.models.mappings import (
    MappingAnswer,
    MappingGiven,
    ObjectShown,
    PreviewAnswer,
    PreviewAsked,
    PropertyShown,
    RollbackAsked,
    VersionAnswer,
    VersionsAnswer,
)
from stagedoor_service.web.problems import BODY, HUBSPOT, USUAL, responses

router = APIRouter(prefix="/api/integrations/hubspot/mappings", tags=["mappings"])

_SAVING = ("MAPPING_INVALID", "MAPPING_OWNED_BY_FILE", "MAPPING_MOVED")
_JSON: TypeAdapter[object] = TypeAdapter(object)


@router.get("", responses=responses(*USUAL))
def show(caller: Reader) -> MappingAnswer:
    """Show the mapping in force, and who owns it."""
    found = mappings.in_force(caller.office, caller.portal)
    return MappingAnswer.model_validate(asdict(found))


@router.put("", responses=responses(*USUAL, *BODY, *_SAVING))
def save(caller: Mapper, given: MappingGiven) -> VersionAnswer:
    """Save a document as the version in force; the next run follows it."""
    saved = mappings.save(
        caller.office,
        caller.portal,
        given.text,
        by=caller.name,
        note=given.note,
        replaces=given.replaces,
    )
    return VersionAnswer.of(saved)


@router.get("/history", responses=responses(*USUAL))
def history(caller: Reader, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> VersionsAnswer:
    """List the versions that were saved, newest first."""
    kept = mappings.history(caller.office, caller.portal, limit)
    return VersionsAnswer(versions=[VersionAnswer.of(version) for version in kept])


@router.post("/rollback", responses=responses(*USUAL, *BODY, *_SAVING, "NOT_FOUND"))
def roll_back(caller: Mapper, asked: RollbackAsked) -> VersionAnswer:
    """Make an old version the newest one."""
    saved = mappings.roll_back(caller.office, caller.portal, asked.version, by=caller.name)
    return VersionAnswer.of(saved)


@router.post("/preview", responses=responses(*USUAL, *BODY, *HUBSPOT, "MAPPING_INVALID", "BUSY"))
def preview(caller: Recorder, asked: PreviewAsked) -> PreviewAnswer:
    """Show one person's or object's way through a mapping; changes nothing."""
    found = mappings.preview(
        caller.office,
        caller.portal,
        text=asked.text,
        email=asked.email,
        key=asked.key,
        object_type=asked.object_type,
    )
    return PreviewAnswer(objects=[_shown(item) for item in found])


def _shown(item: Preview) -> ObjectShown:
    return ObjectShown(
        object_type=item.ref.object_type,
        key=item.ref.key,
        hubspot_id=item.hubspot_id,
        action=item.action,
        properties=[
            PropertyShown(
                name=p.name,
                source=_JSON.dump_python(p.source, mode="json"),
                result=p.result,
                held=p.held,
                action=p.action,
            )
            for p in item.properties
        ],
    )
