"""Starting runs, and following them."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response

from stagedoor.store.runs import RunRecord
from stagedoor_service.application import running
from stagedoor_service.application.running import OUTBOUND, PLAN, Wanted
from stagedoor_service.web.callers import Caller, Reader, Syncer
from stagedoor_service.web.models.runs import PlanAsked, RunAnswer, RunsAnswer, SyncAsked
from stagedoor_service.web.problems import BODY, USUAL, responses

router = APIRouter(prefix="/api/integrations/hubspot/sync", tags=["runs"])

ObjectTypeName = Literal["contacts", "companies", "deals", "tickets"]
RunId = Annotated[str, Path(max_length=40)]


@router.get("/runs", responses=responses(*USUAL))
def list_runs(
    caller: Reader,
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
    status: Literal["queued", "running", "done", "failed", "interrupted"] | None = None,
    purpose: Annotated[str | None, Query(max_length=32)] = None,
    before: Annotated[str | None, Query(max_length=40)] = None,
) -> RunsAnswer:
    """List runs, newest first."""
    found = running.list_runs(
        caller.office, caller.portal, limit=limit, status=status, purpose=purpose, before=before
    )
    more = found[-1].run_id if len(found) == limit else None
    return RunsAnswer(runs=[RunAnswer.of(run) for run in found], next=more)


@router.get("/runs/{run_id}", responses=responses(*USUAL, "NOT_FOUND"))
def show_run(caller: Reader, run_id: RunId) -> RunAnswer:
    """Show one run: counts, phases with progress, errors, and what it found."""
    return RunAnswer.of(running.one_run(caller.office, caller.portal, run_id))


@router.post("/plan", status_code=202, responses=responses(*USUAL, *BODY, "OBJECT_TYPE_OFF"))
def plan(caller: Syncer, response: Response, asked: PlanAsked | None = None) -> RunAnswer:
    """Plan without writing anything; the run's `result` has the plan."""
    given = asked or PlanAsked()
    wanted = _wanted(given, tuple(given.object_types))
    return _accepted(caller, response, _ask(caller, PLAN, wanted))


@router.post(
    "/{object_type}", status_code=202, responses=responses(*USUAL, *BODY, "OBJECT_TYPE_OFF")
)
def sync(
    caller: Syncer,
    response: Response,
    object_type: ObjectTypeName,
    asked: SyncAsked | None = None,
) -> RunAnswer:
    """Synchronise an object type: whole, what fits filters, or some ids."""
    wanted = _wanted(asked or SyncAsked(), (object_type,))
    return _accepted(caller, response, _ask(caller, OUTBOUND, wanted))


def _wanted(asked: SyncAsked, object_types: tuple[str, ...]) -> Wanted:
    return Wanted(
        object_types=object_types,
        ids=tuple(asked.ids),
        conditions=tuple(given.condition() for given in asked.filters),
        read=asked.read,
        full=asked.full,
        allow_any_size=asked.allow_any_size,
    )


def _ask(caller: Caller, purpose: str, wanted: Wanted) -> RunRecord:
    return running.ask_for_run(caller.office, caller.portal, purpose, wanted, asked_by=caller.name)


def _accepted(caller: Caller, response: Response, run: RunRecord) -> RunAnswer:
    response.headers["Location"] = f"{router.prefix}/runs/{run.run_id}?portal={caller.portal}"
    return RunAnswer.of(run)
