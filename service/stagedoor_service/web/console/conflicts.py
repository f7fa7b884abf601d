"""Conflicts: properties that both sides changed, decided by people, and taken back."""

from __future__ import annotations

from starlette.responses import Response

from stagedoor.model import Side
from stagedoor.store.runs import RunRecord
from stagedoor.sync.resolving import Choice
from stagedoor_service.application import conflicts as conflicts_of
from stagedoor_service.application.access import Scope, require
from stagedoor_service.application.problem import Problem
from stagedoor_service.application.running import ended
from stagedoor_service.web.console.pages import pages
from stagedoor_service.web.console.visitors import Fields, Recorder, Syncer, Visitor, go

router = pages()

PATIENCE = 10.0
"""Seconds that a person waits for a decision to be carried out before its run is shown instead."""


@router.get("/conflicts")
def show(visitor: Recorder) -> Response:
    """Show what waits for a person, and the latest decisions."""
    office, portal = visitor.office, visitor.portal
    return visitor.page(
        "conflicts.html",
        waiting=conflicts_of.list_conflicts(office, portal),
        decided=conflicts_of.list_decisions(office, portal),
    )


@router.post("/conflicts/decide")
def decide(visitor: Syncer, fields: Fields) -> Response:
    """Give both sides one side's value, or another; with `always`, that side wins from now on."""
    use = fields.get("use", "")
    side = Side(use) if use in [*Side] else None
    always = "always" in fields and side is not None
    if always:
        require(visitor.key, Scope.MAPPINGS)
    run = conflicts_of.decide(
        visitor.office,
        visitor.portal,
        _number(fields.get("id")),
        Choice(side, fields.get("value") or None),
        always=always,
        reason=fields.get("reason", "")[:500],
        asked_by=visitor.name,
    )
    return _after(visitor, run, "decided")


@router.post("/conflicts/undo")
def undo(visitor: Syncer, fields: Fields) -> Response:
    """Take a decision back: each side gets what it held, and a person decides."""
    number = _number(fields.get("id"))
    run = conflicts_of.undo(visitor.office, visitor.portal, number, asked_by=visitor.name)
    return _after(visitor, run, "undone")


def _after(visitor: Visitor, run: RunRecord, word: str) -> Response:
    """Lead on to the conflicts when the run is done; else to the run, which says why not."""
    told = ended(visitor.office, visitor.portal, run.run_id, PATIENCE)
    done = told is not None and told.status == "done"
    return go(f"/conflicts?done={word}" if done else f"/runs/{run.run_id}")


def _number(text: str | None) -> int:
    if text is None or not text.isdecimal():
        raise Problem("NOT_FOUND", "There is no conflict or decision of this number.")
    return int(text)
