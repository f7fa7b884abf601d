"""Runs: begun, followed live, and looked at with the plan behind each."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from starlette.responses import Response

from stagedoor_service.application import running
from stagedoor_service.application.overview import ACTIVE
from stagedoor_service.application.running import OBJECT_TYPES, OUTBOUND, PLAN, Wanted
from stagedoor_service.web.console.pages import pages
from stagedoor_service.web.console.visitors import Fields, Reader, Syncer, go

router = pages()

SHOWN = 30
RunId = Annotated[str, Path(max_length=40)]


@router.get("/runs")
def show(visitor: Reader, before: Annotated[str | None, Query(max_length=40)] = None) -> Response:
    """List runs, newest first."""
    found = running.list_runs(visitor.office, visitor.portal, limit=SHOWN, before=before)
    more = found[-1].run_id if len(found) == SHOWN else None
    return visitor.page("runs.html", runs=found, more=more, object_types=OBJECT_TYPES)


@router.post("/runs")
def begin(visitor: Syncer, fields: Fields) -> Response:
    """Queue a run, or a plan, of one object type or of all."""
    chosen = fields.get("object_type", "")
    wanted = Wanted(
        object_types=(chosen,) if chosen in OBJECT_TYPES else (),
        full="full" in fields,
        allow_any_size="allow_any_size" in fields,
    )
    purpose = PLAN if fields.get("purpose") == PLAN else OUTBOUND
    run = running.ask_for_run(
        visitor.office, visitor.portal, purpose, wanted, asked_by=visitor.name
    )
    return go(f"/runs/{run.run_id}")


@router.get("/runs/{run_id}")
def show_run(visitor: Reader, run_id: RunId) -> Response:
    """Show one run: progress while it goes on, then counts, errors and its plan."""
    run = running.one_run(visitor.office, visitor.portal, run_id)
    return visitor.page("run.html", run=run, is_active=run.status in ACTIVE)


@router.get("/runs/{run_id}/progress")
def progress(visitor: Reader, run_id: RunId) -> Response:
    """Show how far a run is; once it has ended, the whole page is loaded again."""
    run = running.one_run(visitor.office, visitor.portal, run_id)
    is_active = run.status in ACTIVE
    answer = visitor.page("parts/progress.html", run=run, is_active=is_active)
    if not is_active:
        answer.headers["HX-Refresh"] = "true"
    return answer
