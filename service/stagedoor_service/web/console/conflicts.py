"""Conflicts: properties that both sides changed, decided by people, and taken back."""

from __future__ import annotations

from starlette.responses import Response

from stagedoor.model import Side
from stagedoor.sync.resolving import Choice
from stagedoor_service.application import deciding
from stagedoor_service.application.access import Scope, require
from stagedoor_service.application.disagreements import disagreements
from stagedoor_service.application.problem import Problem
from stagedoor_service.web.console.pages import pages
from stagedoor_service.web.console.visitors import Fields, Recorder, Syncer, go

router = pages()


@router.get("/conflicts")
def show(visitor: Recorder) -> Response:
    """Show what waits for a person, and the latest decisions."""
    return visitor.page("conflicts.html", found=disagreements(visitor.office, visitor.portal))


@router.post("/conflicts/decide")
def decide(visitor: Syncer, fields: Fields) -> Response:
    """Give both sides one side's value, or another; with `always`, that side wins from now on."""
    use, is_rule = fields.get("use", ""), "always" in fields
    side = Side(use) if use in [*Side] else None
    if is_rule:
        require(visitor.key, Scope.MAPPINGS)
        deciding.check_rule(visitor.office, visitor.portal)
    choice = Choice(side, fields.get("value") or None)
    number, reason = _number(fields.get("id")), fields.get("reason", "")[:500]
    office, portal, by = visitor.office, visitor.portal, visitor.name
    decided = deciding.decide(office, portal, number, choice, by=by, reason=reason)
    if is_rule and side is not None:
        deciding.always(office, portal, decided, side, by=by)
    return go("/conflicts?done=decided")


@router.post("/conflicts/undo")
def undo(visitor: Syncer, fields: Fields) -> Response:
    """Take a decision back: each side gets what it held, and a person decides."""
    number = _number(fields.get("id"))
    deciding.undo(visitor.office, visitor.portal, number, by=visitor.name)
    return go("/conflicts?done=undone")


def _number(text: str | None) -> int:
    if text is None or not text.isdecimal():
        raise Problem("NOT_FOUND", "There is no conflict or decision of this number.")
    return int(text)
