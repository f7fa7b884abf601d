"""Records: one person's or object's values on both sides."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from stagedoor_service.application import looking_up
from stagedoor_service.web.console.pages import pages
from stagedoor_service.web.console.visitors import Fields, Recorder, Syncer, go

router = pages()


@router.get("/records")
def show(visitor: Recorder, q: Annotated[str, Query(max_length=320)] = "") -> Response:
    """Show what an e-mail address, an order or a HubSpot id finds."""
    found = looking_up.look_up(visitor.office, visitor.portal, q)
    return visitor.page("records.html", query=q, records=found)


@router.get("/records/why")
def why(
    visitor: Recorder,
    key: Annotated[str, Query(max_length=500)],
    name: Annotated[str, Query(alias="property", max_length=255)],
) -> Response:
    """Say where the values of one property come from, on either side."""
    told = looking_up.explain(visitor.office, visitor.portal, key, name)
    return visitor.page("why.html", told=told, key=key, name=name)


@router.post("/records/sync")
def sync(visitor: Syncer, fields: Fields) -> Response:
    """Send one object now."""
    run = looking_up.sync_now(
        visitor.office,
        visitor.portal,
        fields.get("object_type", ""),
        fields.get("key", ""),
        asked_by=visitor.name,
    )
    return go(f"/runs/{run.run_id}")
