"""Debug mode: HubSpot calls, one by one, without what they said."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from stagedoor_service.application import debugging
from stagedoor_service.web.callers import Administrator, Reader
from stagedoor_service.web.models.debugging import (
    CallAnswer,
    CallsAnswer,
    DebuggingAnswer,
    DebuggingAsked,
)
from stagedoor_service.web.problems import BODY, USUAL, responses

router = APIRouter(prefix="/api/integrations/hubspot/debug", tags=["debug mode"])


@router.get("", responses=responses(*USUAL))
def show(caller: Reader) -> DebuggingAnswer:
    """Tell whether calls are kept, until when, and by whose wish."""
    return DebuggingAnswer.of(debugging.current(caller.office, caller.portal))


@router.post("", responses=responses(*USUAL, *BODY))
def begin(caller: Administrator, asked: DebuggingAsked | None = None) -> DebuggingAnswer:
    """Keep calls for some minutes from now; it ends by itself."""
    minutes = (asked or DebuggingAsked()).minutes
    return DebuggingAnswer.of(
        debugging.begin(caller.office, caller.portal, minutes, by=caller.name)
    )


@router.delete("", responses=responses(*USUAL))
def end(caller: Administrator) -> DebuggingAnswer:
    """Keep no more calls."""
    debugging.end(caller.office, caller.portal)
    return DebuggingAnswer.of(None)


@router.get("/calls", responses=responses(*USUAL))
def calls(
    caller: Reader,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
) -> CallsAnswer:
    """List the calls that were kept, newest first, every attempt, without values of records."""
    found = debugging.calls(caller.office, caller.portal, limit=limit, before=before)
    more = found[-1].id if len(found) == limit else None
    return CallsAnswer(calls=[CallAnswer.of(call) for call in found], next=more)
