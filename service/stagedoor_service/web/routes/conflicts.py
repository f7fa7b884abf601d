"""What waits for a person's decision, and what the service says of its work."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query

from stagedoor.sync.resolving import Choice
from stagedoor_service.application import conflicts as conflicts_of
from stagedoor_service.application.access import Scope, require
from stagedoor_service.web.callers import Reader, Recorder, Syncer
from stagedoor_service.web.models.common import LARGEST
from stagedoor_service.web.models.conflicts import (
    ConflictAnswer,
    ConflictsAnswer,
    DecisionAnswer,
    DecisionGiven,
    DecisionsAnswer,
    LineAnswer,
    LogAnswer,
)
from stagedoor_service.web.models.runs import RunAnswer
from stagedoor_service.web.problems import BODY, USUAL, responses

router = APIRouter(prefix="/api/integrations/hubspot", tags=["conflicts and log"])

Number = Annotated[int, Path(ge=1, le=LARGEST)]


@router.get("/conflicts", responses=responses(*USUAL))
def conflicts(caller: Recorder, *, closed: bool = False) -> ConflictsAnswer:
    """List properties that both sides changed, with all values, which are personal data."""
    found = conflicts_of.list_conflicts(caller.office, caller.portal, closed=closed)
    return ConflictsAnswer(conflicts=[ConflictAnswer.of(kept) for kept in found])


@router.post(
    "/conflicts/{conflict_id}",
    status_code=202,
    responses=responses(*USUAL, *BODY, "NOT_FOUND", "MAPPING_OWNED_BY_FILE"),
)
def decide(caller: Syncer, conflict_id: Number, given: DecisionGiven) -> RunAnswer:
    """Decide a conflict: the platform gets the value first, then HubSpot.

    With `always` that side wins from then on, by a new version of the mapping.
    """
    if given.always:
        require(caller.key, Scope.MAPPINGS)
    run = conflicts_of.decide(
        caller.office,
        caller.portal,
        conflict_id,
        Choice(given.use, given.value),
        always=given.always,
        reason=given.reason,
        asked_by=caller.name,
    )
    return RunAnswer.of(run)


@router.get("/decisions", responses=responses(*USUAL))
def decisions(caller: Reader, limit: Annotated[int, Query(ge=1, le=500)] = 50) -> DecisionsAnswer:
    """List the latest decisions, by rules and by people, without their values."""
    kept = conflicts_of.list_decisions(caller.office, caller.portal, limit)
    return DecisionsAnswer(decisions=[DecisionAnswer.of(one) for one in kept])


@router.post(
    "/decisions/{decision_id}/undo", status_code=202, responses=responses(*USUAL, "NOT_FOUND")
)
def undo(caller: Syncer, decision_id: Number) -> RunAnswer:
    """Take a decision back: each side gets what it held, and a person decides."""
    run = conflicts_of.undo(caller.office, caller.portal, decision_id, asked_by=caller.name)
    return RunAnswer.of(run)


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
