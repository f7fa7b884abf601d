"""What all pages have in common: no place in OpenAPI, and errors that people can read."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.responses import Response

from stagedoor.errors import StagedoorError
from stagedoor_service.application.problem import Problem, problem_of
from stagedoor_service.web.console.rendering import render
from stagedoor_service.web.console.visitors import (
    SignInFirst,
    go,
    language_of,
    session_of,
    shared_values,
)


class PageRoute(APIRoute):
    """A route whose errors are pages, and which leads strangers to where they sign in."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers."""
        answer = super().get_route_handler()

        async def shown(request: Request) -> Response:
            try:
                return await answer(request)
            except SignInFirst:
                return _to_sign_in(request)
            except RequestValidationError:
                problem = Problem("INVALID_REQUEST", "The address of this page is not right.")
            except Problem as error:
                problem = error
            except StagedoorError as error:
                problem = problem_of(error)
            return await run_in_threadpool(_page, request, problem)

        return shown


def _to_sign_in(request: Request) -> Response:
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    to = f"/sign-in?next={quote(asked, safe='')}" if request.method == "GET" else "/sign-in"
    if request.headers.get("hx-request") == "true":  # a part of a page: the whole goes there
        return Response(status_code=204, headers={"HX-Redirect": "/sign-in"})
    return go(to)


def _page(request: Request, problem: Problem) -> Response:
    partial = request.headers.get("hx-request") == "true"
    template = "parts/problem.html" if partial else "problem.html"
    values = {**shared_values(request, session_of(request)), "problem": problem}
    # htmx leaves answers with another status alone; a part of a page tells its problem there.
    return render(language_of(request), template, 200 if partial else problem.status, values=values)


def pages() -> APIRouter:
    """Return a router for pages."""
    return APIRouter(route_class=PageRoute, include_in_schema=False)
