"""Overview: a portal at a glance."""

from __future__ import annotations

from starlette.responses import Response

from stagedoor_service.application.overview import overview
from stagedoor_service.web.console.pages import pages
from stagedoor_service.web.console.visitors import Reader

router = pages()


@router.get("/")
def show(visitor: Reader) -> Response:
    """Show connection, runs, backlog, problems and quota."""
    return visitor.page("overview.html", found=overview(visitor.office, visitor.portal))
