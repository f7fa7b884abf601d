"""Debug mode: switched on for a while, and the calls that were kept."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from stagedoor_service.application import debugging
from stagedoor_service.web.console.pages import pages
from stagedoor_service.web.console.visitors import Administrator, Fields, Reader, go

router = pages()

SHOWN = 50
MINUTES = (5, debugging.USUAL, 60, debugging.LONGEST)


@router.get("/debug")
def show(visitor: Reader, before: Annotated[int | None, Query(ge=1, le=2**62)] = None) -> Response:
    """List the calls that were kept, newest first."""
    office, portal = visitor.office, visitor.portal
    found = debugging.calls(office, portal, limit=SHOWN, before=before)
    return visitor.page(
        "debug.html",
        calls=found,
        more=found[-1].id if len(found) == SHOWN else None,
        current=debugging.current(office, portal),
        minutes=MINUTES,
    )


@router.post("/debug/begin")
def begin(visitor: Administrator, fields: Fields) -> Response:
    """Keep calls for some minutes from now."""
    text = fields.get("minutes", "")
    minutes = int(text) if text in map(str, MINUTES) else debugging.USUAL
    debugging.begin(visitor.office, visitor.portal, minutes, by=visitor.name)
    return go("/debug?done=debugging")


@router.post("/debug/end")
def end(visitor: Administrator, _fields: Fields) -> Response:
    """Keep no more calls."""
    debugging.end(visitor.office, visitor.portal)
    return go("/debug?done=not_debugging")
