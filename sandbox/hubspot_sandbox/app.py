"""Puts the API, the control paths and the pages together."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hubspot_sandbox.page.views import page_routes
from hubspot_sandbox.store.portal import PortalStore
from hubspot_sandbox.wire.answers import answer
from hubspot_sandbox.wire.auth import authenticate
from hubspot_sandbox.wire.calls import Call
from hubspot_sandbox.wire.control import export
from hubspot_sandbox.wire.errors import ApiError, no_such_page
from hubspot_sandbox.wire.faults import CutOff, Fault, Faults, error_response
from hubspot_sandbox.wire.limits import Limits
from hubspot_sandbox.wire.routes import ENDPOINTS, Endpoint
from hubspot_sandbox.wire.stats import Stats

Async = Callable[[Request], Awaitable[Response]]


class _DatedConvertor(StringConvertor):
    regex = r"20\d\d-(?:03|09)(?:-beta)?"


register_url_convertor("dated", _DatedConvertor())


def build_app(portal: PortalStore, limits: Limits | None = None) -> Starlette:
    """Return the portal as an ASGI application, with or without limits on calls."""
    stats, faults = Stats(), Faults()
    limits = limits or Limits()
    routes = [
        Route(path, _api(endpoint, portal, stats, faults, limits), methods=[endpoint.method])
        for endpoint in ENDPOINTS
        for path in endpoint.paths()
    ]
    routes += _control_routes(portal, stats, faults)
    routes += page_routes(portal, stats)
    return Starlette(routes=routes, exception_handlers={404: _unknown_path})


async def _unknown_path(_request: Request, _error: Exception) -> Response:
    return no_such_page()


def _api(
    endpoint: Endpoint, portal: PortalStore, stats: Stats, faults: Faults, limits: Limits
) -> Async:
    search = endpoint.rest.endswith("/search")

    async def handle(request: Request) -> Response:
        begun = time.perf_counter()
        raw = await request.body()
        fault = faults.pick(f"{request.method} {request.url.path}")
        response = limits.refuse(portal.now(), search=search)
        if response is None:
            response = _answered(endpoint, Call(request, portal, raw), fault)
        response.headers.update(limits.headers(search=search))
        parts = request.path_params
        object_type = parts.get("type") or "→".join(
            parts[end] for end in ("from", "to") if end in parts
        )
        ms = (time.perf_counter() - begun) * 1_000
        stats.count(endpoint.name, object_type, endpoint.kind, response.status_code, ms)
        return response

    return handle


def _answered(endpoint: Endpoint, call: Call, fault: Fault | None) -> Response:
    if fault is not None and fault.kind == "status":
        return error_response(fault.status)
    if fault is not None and fault.kind == "reset_before":
        return CutOff()
    response = _carried_out(endpoint, call)
    return response if fault is None else _spoilt(response, fault.kind)


def _carried_out(endpoint: Endpoint, call: Call) -> Response:
    try:
        authenticate(call.request)
        return endpoint.handler(call)
    except ApiError as error:
        return error.response()
    except (KeyError, TypeError, ValueError) as error:
        return ApiError(400, f"Invalid input JSON: {type(error).__name__} {error}").response()


def _spoilt(response: Response, kind: str) -> Response:
    """Return what the client gets of an answer to a call that was carried out."""
    if kind == "empty":
        return Response(status_code=response.status_code)
    body = bytes(response.body)
    return CutOff(body[: len(body) // 2]) if kind == "truncated" else CutOff()


def _control_routes(portal: PortalStore, stats: Stats, faults: Faults) -> list[Route]:
    async def read_stats(_request: Request) -> Response:
        return answer(stats.as_json())

    async def reset(request: Request) -> Response:
        given = await _json(request)
        stats.forget()
        faults.set([], 1)
        if given.get("data", True):
            portal.empty()
        return answer({"status": "ok"})

    async def set_faults(request: Request) -> Response:
        given = await _json(request)
        try:
            faults.set(given.get("faults") or [], int(given.get("seed", 1)))
        except (TypeError, ValueError) as error:
            return answer({"status": "error", "message": str(error)}, 400)
        return answer({"status": "ok", "faults": len(faults.faults)})

    async def read_export(_request: Request) -> Response:
        return answer(export(portal))

    return [
        Route("/_sandbox/stats", read_stats),
        Route("/_sandbox/export", read_export),
        Route("/_sandbox/reset", reset, methods=["POST"]),
        Route("/_sandbox/faults", set_faults, methods=["POST"]),
    ]


async def _json(request: Request) -> dict[str, Any]:
    return dict(await request.json()) if await request.body() else {}
