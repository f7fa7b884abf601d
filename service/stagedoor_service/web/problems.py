"""Makes problem details (RFC 9457) of everything that goes wrong."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError, OperationalError
from starlette.exceptions import HTTPException

from stagedoor.errors import StagedoorError
from stagedoor.explanations import EXPLANATIONS
from stagedoor_service.application.problem import Problem, problem_of

MEDIA_TYPE = "application/problem+json"

logger = logging.getLogger("stagedoor.service")

_BY_STATUS = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED", 400: "UNREADABLE_BODY"}


def answer(problem: Problem) -> JSONResponse:
    """Return a problem as an answer."""
    return JSONResponse(
        problem.body(), problem.status, headers=problem.headers, media_type=MEDIA_TYPE
    )


def install(app: FastAPI) -> None:
    """Let `app` answer with problem details."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(StagedoorError, _engine)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(DataError, _unstorable)
    app.add_exception_handler(OperationalError, _store_away)
    app.add_exception_handler(Exception, _unforeseen)


async def _problem(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)  # noqa: S101 - starlette's types lose it
    return answer(error)


async def _engine(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, StagedoorError)  # noqa: S101 - starlette's types lose it
    return answer(problem_of(error))


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - starlette's types lose it
    found: Sequence[Any] = error.errors()
    if any(item["type"] == "json_invalid" for item in found):
        return answer(Problem("UNREADABLE_BODY", "The body is not JSON."))
    # Never the value: it may be a secret or somebody's name.
    errors = [
        {"field": ".".join(map(str, item["loc"])), "message": str(item["msg"])} for item in found
    ]
    named = ", ".join(item["field"] for item in errors)
    return answer(Problem("INVALID_REQUEST", f"Wrong or missing: {named}.", errors=errors))


async def _http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - starlette's types lose it
    code = _BY_STATUS.get(error.status_code, "STAGEDOOR")
    return answer(Problem(code, EXPLANATIONS[code].what, headers=error.headers))


async def _unstorable(_request: Request, _error: Exception) -> JSONResponse:
    """Refuse what a database cannot hold, such as a zero byte in a text."""
    return answer(Problem("INVALID_REQUEST", "A value cannot be kept or looked for."))


async def _store_away(_request: Request, error: Exception) -> JSONResponse:
    logger.error("The store does not answer: %s", type(error).__name__)
    told = "The operational store does not answer."
    return answer(Problem("UNAVAILABLE", told, headers={"Retry-After": "5"}))


async def _unforeseen(request: Request, error: Exception) -> JSONResponse:
    """Say nothing of what failed to the caller; the log has it."""
    route = request.scope.get("route")
    logger.error(
        "%s %s failed: %s", request.method, getattr(route, "path", "?"), type(error).__name__
    )
    return answer(Problem("STAGEDOOR", "Something failed; the service's log has the reason."))


def responses(*codes: str) -> dict[int | str, dict[str, Any]]:
    """Return how OpenAPI documents that a route may answer with these codes."""
    by_status: dict[int, list[str]] = {}
    for code in codes:
        by_status.setdefault(EXPLANATIONS[code].status or 500, []).append(code)
    return {
        status: {
            "description": " ".join(f"{code}: {EXPLANATIONS[code].what}" for code in sorted(named)),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
        }
        for status, named in by_status.items()
    }


USUAL = (
    *("UNAUTHENTICATED", "SCOPE_MISSING", "PORTAL_UNKNOWN", "INVALID_REQUEST"),
    *("MISCONFIGURED", "UNAVAILABLE"),
)
"""What any call that needs a key may be answered with."""
BODY = ("UNREADABLE_BODY", "BODY_TOO_LARGE", "BODY_TOO_SLOW")
"""What any call with a body may be answered with."""
HUBSPOT = ("NOT_CONNECTED", "RECONNECT", "FORBIDDEN", "UNAVAILABLE", "REJECT")
"""What any call that asks HubSpot may be answered with."""
