"""Signing in and out, and what a browser is to remember: language and portal."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Query, Request
from starlette.responses import Response

from stagedoor_service.application import sessions
from stagedoor_service.application.problem import Problem
from stagedoor_service.application.sessions import Session
from stagedoor_service.web.addresses import own_address
from stagedoor_service.web.callers import office_of
from stagedoor_service.web.console.languages import NAMES
from stagedoor_service.web.console.pages import pages
from stagedoor_service.web.console.rendering import render
from stagedoor_service.web.console.visitors import (
    LANGUAGE,
    SESSION,
    Fields,
    Reader,
    go,
    keep_session,
    language_of,
    session_of,
    shared_values,
)

router = pages()

Next = Annotated[str, Query(alias="next", max_length=2_000)]


@router.get("/sign-in")
def show(request: Request, then: Next = "/") -> Response:
    """Show the form."""
    return _form(request, session_of(request), then)


@router.post("/sign-in")
def sign_in(request: Request, fields: Fields) -> Response:
    """Begin a session, where the API key counts."""
    then = fields.get("next", "/")
    try:
        session = sessions.sign_in(office_of(request), fields.get("key", "").strip())
    except Problem:
        return _form(request, session_of(request), then, refused=True)
    return keep_session(request, go(_inside(then)), session)


def _form(request: Request, session: Session, then: str, *, refused: bool = False) -> Response:
    values = {**shared_values(request, session), "then": _inside(then), "refused": refused}
    status = 401 if refused else 200
    page = render(language_of(request), "sign_in.html", status, values=values)
    return keep_session(request, page, session)


def _inside(path: str) -> str:
    """Return a path of this console; whatever leads elsewhere becomes the first page."""
    parts = urlsplit(path)
    away = parts.scheme or parts.netloc or not path.startswith("/") or path.startswith("//")
    return "/" if away or set(path) & set("\\\r\n\t") else path


@router.post("/sign-out")
def sign_out(request: Request, fields: Fields) -> Response:
    """End the session, or all that were begun with the same key."""
    session, everywhere = session_of(request), "everywhere" in fields
    sessions.sign_out(office_of(request), session, everywhere=everywhere)
    answer = go("/sign-in")
    answer.delete_cookie(SESSION)
    return answer


@router.post("/language")
def choose_language(request: Request, fields: Fields) -> Response:
    """Let the browser remember a language."""
    answer = go(_inside(fields.get("next", "/")))
    if fields.get("language") in NAMES:
        secure = own_address(office_of(request), request).startswith("https:")
        answer.set_cookie(
            LANGUAGE,
            fields["language"],
            max_age=365 * 24 * 3_600,
            httponly=True,
            samesite="lax",
            secure=secure,
        )
    return answer


@router.post("/portal")
def choose_portal(visitor: Reader, fields: Fields) -> Response:
    """Look at another portal."""
    session = sessions.looking_at(visitor.office, visitor.session, fields.get("portal", ""))
    return keep_session(visitor.request, go("/"), session)
