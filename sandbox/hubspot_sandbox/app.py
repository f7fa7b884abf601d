"""Puts the API, the control paths and the pages together."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from email.utils import formatdate

from starlette.applications import Starlette
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hubspot_sandbox.model.types import ObjectType, UnknownType
from hubspot_sandbox.page.views import page_routes
from hubspot_sandbox.sandbox import Sandbox
from hubspot_sandbox.store.accounts import Grant
from hubspot_sandbox.wire import scopes
from hubspot_sandbox.wire.auth import authenticate
from hubspot_sandbox.wire.calls import Call
from hubspot_sandbox.wire.control import control_routes
from hubspot_sandbox.wire.errors import ApiError, no_such_page
from hubspot_sandbox.wire.oauth import oauth_routes
from hubspot_sandbox.wire.routes import ENDPOINTS, Endpoint
from hubspot_sandbox.wire.webhooks import webhook_routes

Async = Callable[[Request], Awaitable[Response]]


class _DatedConvertor(StringConvertor):
    regex = r"20\d\d-(?:03|09)(?:-beta)?"


register_url_convertor("dated", _DatedConvertor())


def build_app(sandbox: Sandbox) -> Starlette:
    """Return everything behind one address as an ASGI application."""
    routes = [
        Route(path, _api(endpoint, sandbox), methods=[endpoint.method])
        for endpoint in ENDPOINTS
        for path in endpoint.paths()
    ]
    routes += oauth_routes(sandbox)
    routes += webhook_routes(sandbox)
    routes += control_routes(sandbox)
    routes += page_routes(sandbox)
    return Starlette(
        routes=routes,
        exception_handlers={404: _unknown_path, 405: _wrong_method},
        lifespan=_lifespan(sandbox),
    )


def _lifespan(sandbox: Sandbox) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def live(_app: Starlette) -> AsyncIterator[None]:
        async with sandbox.webhooks.running():
            yield

    return live


async def _unknown_path(_request: Request, _error: Exception) -> Response:
    return no_such_page()


async def _wrong_method(_request: Request, _error: Exception) -> Response:
    return no_such_page(405)


def _api(endpoint: Endpoint, sandbox: Sandbox) -> Async:
    async def handle(request: Request) -> Response:
        begun = time.perf_counter()
        content = await _content(request)
        response = _answered(endpoint, sandbox, request, content)
        response.headers["date"] = formatdate(sandbox.clock.now() / 1_000, usegmt=True)
        ms = (time.perf_counter() - begun) * 1_000
        sandbox.stats.count(
            endpoint.name, _object_type(request), endpoint.kind, response.status_code, ms
        )
        return response

    return handle


def _object_type(request: Request) -> str:
    parts = request.path_params
    named = parts.get("type")
    return str(named or "→".join(parts[end] for end in ("from", "to") if end in parts))


async def _content(request: Request) -> tuple[bytes, FormData]:
    """Return the body, and the form in it if it is one."""
    raw = await request.body()
    is_form = request.headers.get("content-type", "").startswith("multipart/form-data")
    return raw, (await request.form() if is_form else FormData())


def _answered(
    endpoint: Endpoint, sandbox: Sandbox, request: Request, content: tuple[bytes, FormData]
) -> Response:
    """Authenticate, count, carry out; or do what a fault says."""
    now = sandbox.clock.now()
    fault = sandbox.faults.pick(f"{request.method} {request.url.path}")
    try:
        grant = authenticate(request, sandbox.accounts)
    except ApiError as error:
        return (fault and fault.instead()) or error.response()
    who = (grant.app_id, grant.portal_id)
    response = sandbox.limits.refuse(who, now, endpoint.sort) or (fault and fault.instead())
    if not response:
        response = _carried_out(endpoint, sandbox, request, content, grant)
        if fault is not None:
            return fault.spoil(response)
    response.headers.update(sandbox.limits.headers(who, now, endpoint.sort))
    return response


def _carried_out(
    endpoint: Endpoint,
    sandbox: Sandbox,
    request: Request,
    content: tuple[bytes, FormData],
    grant: Grant,
) -> Response:
    portal = sandbox.portals[grant.portal_id]
    portal.settle()
    portal.acting("INTEGRATION")
    call = Call(request, portal, content[0], sandbox, grant, content[1])
    try:
        for alternatives in scopes.required(endpoint.api, _kinds(call), writes=endpoint.writes):
            if not grant.allows(alternatives):
                raise scopes.missing(alternatives)
        return endpoint.handler(call)
    except ApiError as error:
        return error.response()
    except UnknownType as error:
        return ApiError(400, str(error)).response()
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError) as error:
        return ApiError(400, f"Invalid input JSON: {type(error).__name__} {error}").response()


def _kinds(call: Call) -> tuple[ObjectType, ...]:
    """Return the object types in the path: associations have two."""
    parts = call.request.path_params
    return tuple(call.type_named(name) for name in ("type", "from", "to") if name in parts)
