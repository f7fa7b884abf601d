"""HubSpot's records, for a back end that waits: the same routes for each object type."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from stagedoor.hubspot.single_records import Association
from stagedoor_service.application import records
from stagedoor_service.application.running import OBJECT_TYPES
from stagedoor_service.web.callers import Recorder
from stagedoor_service.web.models.records import (
    RecordAnswer,
    RecordGiven,
    SearchAnswer,
    SearchAsked,
)
from stagedoor_service.web.problems import BODY, HUBSPOT, USUAL, responses

router = APIRouter(prefix="/api/integrations/hubspot", tags=["records"])

RecordId = Annotated[str, Path(pattern=r"^[0-9]{1,20}$")]


def _add(object_type: str) -> None:
    """Add the routes of one object type."""

    @router.post(
        f"/{object_type}",
        operation_id=f"write_{object_type}",
        responses={
            201: {"model": RecordAnswer, "description": "The record was made."},
            **responses(*USUAL, *BODY, *HUBSPOT, "OBJECT_TYPE_OFF"),
        },
    )
    def write(caller: Recorder, response: Response, given: RecordGiven) -> RecordAnswer:
        """Change the record that is there already, or make one; answered with HubSpot's."""
        written = records.write(
            caller.office,
            caller.portal,
            object_type,
            given.texts(),
            found_by=given.found_by,
            associations=[Association(a.object_type, a.id) for a in given.associations],
        )
        response.status_code = 201 if written.is_new else 200
        return RecordAnswer.model_validate(written.record)

    @router.post(
        f"/{object_type}/search",
        operation_id=f"search_{object_type}",
        responses=responses(*USUAL, *BODY, *HUBSPOT),
    )
    def search(caller: Recorder, asked: SearchAsked) -> SearchAnswer:
        """Search records; filters, sorts and pages are HubSpot's own."""
        body: dict[str, Any] = asked.model_dump(exclude_none=True)
        found = records.search(caller.office, caller.portal, object_type, body)
        return SearchAnswer.model_validate(found)

    @router.get(
        f"/{object_type}/{{record_id}}",
        operation_id=f"read_{object_type}",
        responses=responses(*USUAL, *HUBSPOT, "NOT_FOUND"),
    )
    def read(caller: Recorder, record_id: RecordId) -> RecordAnswer:
        """Read one record."""
        found = records.one(caller.office, caller.portal, object_type, record_id)
        return RecordAnswer.model_validate(found)


for _object_type in OBJECT_TYPES:
    _add(_object_type)
