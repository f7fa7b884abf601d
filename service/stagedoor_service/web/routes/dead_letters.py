"""What could not be sent."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from stagedoor_service.application import letters
from stagedoor_service.web.callers import Reader, Recorder, Syncer
from stagedoor_service.web.models.common import LARGEST
from stagedoor_service.web.models.letters import LetterAnswer, LettersAnswer, ReplayAsked
from stagedoor_service.web.models.runs import RunAnswer
from stagedoor_service.web.problems import BODY, USUAL, responses

router = APIRouter(prefix="/api/integrations/hubspot/dead-letters", tags=["dead letters"])


@router.get("", responses=responses(*USUAL))
def list_letters(
    caller: Reader,
    *,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    after: Annotated[int, Query(ge=0, le=LARGEST)] = 0,
    closed: bool = False,
    object_type: Annotated[str | None, Query(max_length=128)] = None,
    code: Annotated[str | None, Query(max_length=64)] = None,
) -> LettersAnswer:
    """List dead letters, oldest first, without the records in them."""
    found = letters.list_letters(
        caller.office,
        caller.portal,
        closed=closed,
        object_type=object_type,
        code=code,
        limit=limit,
        after=after,
    )
    more = found[-1].id if len(found) == limit else None
    return LettersAnswer(dead_letters=[LetterAnswer.of(kept) for kept in found], next=more)


@router.post("/replay", status_code=202, responses=responses(*USUAL, *BODY, "NOT_FOUND"))
def replay(caller: Syncer, asked: ReplayAsked | None = None) -> RunAnswer:
    """Put open letters back on their way, and send what they hold."""
    given = asked or ReplayAsked()
    run = letters.replay(
        caller.office,
        caller.portal,
        ids=given.ids,
        code=given.code,
        object_type=given.object_type,
        asked_by=caller.name,
    )
    return RunAnswer.of(run)


@router.get("/{letter_id}", responses=responses(*USUAL, "NOT_FOUND"))
def show(caller: Recorder, letter_id: Annotated[int, Path(ge=1, le=LARGEST)]) -> LetterAnswer:
    """Show one letter whole, with the record in it, which is personal data."""
    return LetterAnswer.of(letters.one_letter(caller.office, caller.portal, letter_id))
