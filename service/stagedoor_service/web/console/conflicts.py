"""Conflicts: properties that both sides changed, and what was decided so far."""

from __future__ import annotations

from starlette.responses import Response

from stagedoor_service.application.disagreements import disagreements
from stagedoor_service.web.console.pages import pages
from stagedoor_service.web.console.visitors import Recorder

router = pages()


@router.get("/conflicts")
def show(visitor: Recorder) -> Response:
    """Show what waits for a person, and the latest decisions."""
    return visitor.page("conflicts.html", found=disagreements(visitor.office, visitor.portal))
