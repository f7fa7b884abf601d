"""Problems: dead letters by what is wrong with them, sent again and taken along."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from starlette.responses import Response, StreamingResponse

from stagedoor.explanations import EXPLANATIONS
from stagedoor_service.application import letters
from stagedoor_service.application.letter_groups import as_csv, letter_groups
from stagedoor_service.web.console.pages import pages
from stagedoor_service.web.console.visitors import Fields, Reader, Recorder, Syncer, go

router = pages()

SHOWN = 50
LetterId = Annotated[int, Path(ge=1, le=2**31 - 1)]
Code = Annotated[str, Query(max_length=64)]


@router.get("/problems")
def show(visitor: Reader) -> Response:
    """Show the open letters by code."""
    found = letter_groups(visitor.office, visitor.portal)
    return visitor.page("problems.html", groups=found)


@router.get("/problems/of")
def show_group(
    visitor: Recorder, code: Code, after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0
) -> Response:
    """List the open letters of one code."""
    found = letters.list_letters(
        visitor.office, visitor.portal, code=code, limit=SHOWN, after=after
    )
    return visitor.page(
        "problem_group.html",
        code=code,
        letters=found,
        more=found[-1].id if len(found) == SHOWN else None,
        explanation=EXPLANATIONS.get(code),
    )


@router.get("/problems/export.csv")
def export(visitor: Recorder, code: Code = "") -> Response:
    """Give the open letters as a table."""
    lines = as_csv(visitor.office, visitor.portal, code or None)
    named = {"Content-Disposition": 'attachment; filename="problems.csv"'}
    headers = {**named, "Cache-Control": "no-store"}
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/problems/replay")
def replay(visitor: Syncer, fields: Fields) -> Response:
    """Put letters back on their way: one, those of a code, or all."""
    one = fields.get("id", "")
    run = letters.replay(
        visitor.office,
        visitor.portal,
        ids=[int(one)] if one.isdecimal() else [],
        code=fields.get("code") or None,
        asked_by=visitor.name,
    )
    return go(f"/runs/{run.run_id}")


@router.get("/problems/{letter_id}")
def show_letter(visitor: Recorder, letter_id: LetterId) -> Response:
    """Show one letter whole, with the record in it."""
    kept = letters.one_letter(visitor.office, visitor.portal, letter_id)
    explanation = EXPLANATIONS.get(kept.letter.code)
    return visitor.page("letter.html", kept=kept, letter=kept.letter, explanation=explanation)
