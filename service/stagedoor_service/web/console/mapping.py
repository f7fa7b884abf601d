"""The mapping: edited, checked and tried on a record before it is saved."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from stagedoor_service.application import mappings, trying
from stagedoor_service.application.problem import Problem
from stagedoor_service.web.console.pages import pages
from stagedoor_service.web.console.visitors import (
    Fields,
    Mapper,
    Reader,
    Recorder,
    Syncer,
    Visitor,
    go,
)

router = pages()


@router.get("/mapping")
def show(visitor: Reader) -> Response:
    """Show the document in force, and the versions before it."""
    return _editor(visitor)


def _editor(visitor: Visitor, fields: Any = None, status: int = 200, **values: Any) -> Response:
    """Return the editor with the document in force, or with what a form brought."""
    found = mappings.in_force(visitor.office, visitor.portal)
    given = fields or {}
    return visitor.page(
        "mapping.html",
        status,
        **{
            "found": found,
            "text": given.get("text", found.text),
            "replaces": given.get("replaces", found.version),
            "note": given.get("note", ""),
            "sought": given.get("sought", ""),
            "history": mappings.history(visitor.office, visitor.portal, 20),
            "findings": None,
            "previews": None,
            "problem": None,
            **values,
        },
    )


@router.post("/mapping/check")
def check(visitor: Reader, fields: Fields) -> Response:
    """Say what is wrong with a document, and what a person should know of its types."""
    found = trying.findings(visitor.office, visitor.portal, fields.get("text", ""))
    if visitor.is_partial:
        return visitor.page("parts/findings.html", findings=found)
    return _editor(visitor, fields, findings=found)


@router.post("/mapping/preview")
def preview(visitor: Recorder, fields: Fields) -> Response:
    """Show what a document makes of one record."""
    sought = fields.get("sought", "").strip()
    by = {"email": sought} if "@" in sought and ":" not in sought else {"key": sought}
    try:
        text = fields.get("text", "")
        found = mappings.preview(visitor.office, visitor.portal, text=text, **by)
    except Problem as problem:
        if problem.code != "MAPPING_INVALID":
            raise
        return check(visitor, fields)
    if visitor.is_partial:
        return visitor.page("parts/previews.html", previews=found)
    return _editor(visitor, fields, previews=found)


@router.post("/mapping/backfill")
def backfill(visitor: Syncer, fields: Fields) -> Response:
    """Plan what a document would change."""
    text = fields.get("text", "")
    mappings.check(visitor.office, visitor.portal, text)
    run = trying.ask_for_backfill(visitor.office, visitor.portal, text, asked_by=visitor.name)
    return go(f"/runs/{run.run_id}")


@router.post("/mapping")
def save(visitor: Mapper, fields: Fields) -> Response:
    """Save a document as the version in force."""
    replaces = fields.get("replaces", "")
    try:
        mappings.save(
            visitor.office,
            visitor.portal,
            fields.get("text", ""),
            by=visitor.name,
            note=fields.get("note", "")[:200],
            replaces=int(replaces) if replaces.isdecimal() else None,
        )
    except Problem as problem:
        found = None
        if problem.code == "MAPPING_INVALID":
            found = trying.findings(visitor.office, visitor.portal, fields.get("text", ""))
        return _editor(visitor, fields, problem.status, problem=problem, findings=found)
    return go("/mapping?done=saved")


@router.post("/mapping/rollback")
def roll_back(visitor: Mapper, fields: Fields) -> Response:
    """Make an old version the newest one."""
    version = fields.get("version", "")
    if not version.isdecimal():
        raise Problem("NOT_FOUND", "There is no version of this number.")
    mappings.roll_back(visitor.office, visitor.portal, int(version), by=visitor.name)
    return go("/mapping?done=rolled-back")
