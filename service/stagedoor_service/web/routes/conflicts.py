"""What waits for a person's decision, and what the service says of its work."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from stagedoor_service.application.conflicts import list_conflicts
from stagedoor_service.web.callers import Reader, Recorder
from stagedoor_service.web.models.conflicts import (
    ConflictAnswer,
    ConflictsAnswer,
    LineAnswer,
    LogAnswer,
)
from stagedoor_service.web.problems import USUAL, responses

router = APIRouter(prefix="/api/integrations/hubspot", tags=["conflicts and log"])


@router.get("/conflicts", responses=responses(*USUAL))
def conflicts(caller: Recorder, *, closed: bool = False) -> ConflictsAnswer:
    """List properties that both sides changed, with all values, which are personal data."""
    found = list_conflicts(caller.office, caller.portal, closed=closed)
    return ConflictsAnswer(conflicts=[ConflictAnswer.of(kept) for kept in found])


@router.get("/logs", responses=responses(*USUAL))
def logs(
    caller: Reader,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    run_id: Annotated[str | None, Query(max_length=40)] = None,
    level: Literal["debug", "info", "warning", "error"] | None = None,
) -> LogAnswer:
    """Show what the service says of its work, newest first."""
    found = caller.office.store.log.list(
        caller.portal, limit=limit, before=before, run_id=run_id, level=level
    )
    more = found[-1].id if len(found) == limit else None
    return LogAnswer(lines=[LineAnswer.of(line) for line in found], next=more)
