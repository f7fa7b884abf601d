"""Webhooks: what HubSpot and the platform told, and what became of it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query
from starlette.responses import Response

from stagedoor_service.application import receiving
from stagedoor_service.web.console.pages import pages
from stagedoor_service.web.console.visitors import Fields, Reader, Syncer, go

router = pages()

SHOWN = 50
LONGEST_ID = 19
"""Digits of an id that the store can hold."""


@router.get("/webhooks")
def show(
    visitor: Reader,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    status: Literal["waiting", "taken", "done", ""] = "",
    source: Literal["hubspot", "platform", ""] = "",
) -> Response:
    """List what came in, newest first; payloads only for who may see records."""
    found = receiving.history(
        visitor.office,
        visitor.portal,
        limit=SHOWN,
        before=before,
        source=source or None,
        status=status or None,
    )
    more = found[-1].id if len(found) == SHOWN else None
    return visitor.page("webhooks.html", events=found, more=more, status=status, source=source)


@router.post("/webhooks/retry")
def retry(visitor: Syncer, fields: Fields) -> Response:
    """Follow an event once more."""
    text = fields.get("id", "")
    ids = [int(text)] if text.isdecimal() and len(text) < LONGEST_ID else []
    receiving.retry(visitor.office, visitor.portal, ids)
    return go("/webhooks?done=retried")
