"""Puts the service's HTTP together."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from stagedoor_service.application.office import open_office
from stagedoor_service.application.tracing import tracing
from stagedoor_service.settings import ServiceSettings, load_service_settings
from stagedoor_service.web import console, problems
from stagedoor_service.web.bodies import BodyLimits
from stagedoor_service.web.inlet import Inlet
from stagedoor_service.web.measuring import Measured
from stagedoor_service.web.models.common import ProblemDetails
from stagedoor_service.web.routes import (
    alerts,
    conflicts,
    connection,
    dead_letters,
    debugging,
    mappings,
    operations,
    records,
    runs,
    webhooks,
)
from stagedoor_service.web.traced import Traced

_ROUTES = (
    *(connection, runs, dead_letters, mappings, records),
    *(conflicts, webhooks, operations, debugging, alerts),
)


def create_app() -> FastAPI:
    """Return the service, with settings from the environment."""
    settings = load_service_settings()
    app = FastAPI(
        title="Stagedoor",
        version=version("stagedoor"),
        description="Connects an event-ticketing platform with HubSpot, both ways.",
        lifespan=_lifespan(settings),
    )
    problems.install(app)
    for routes in _ROUTES:
        app.include_router(routes.router)
    console.install(app)
    _document_problems(app)
    app.add_middleware(BodyLimits, largest=settings.max_body_bytes, seconds=settings.body_seconds)
    app.add_middleware(Traced)
    app.add_middleware(Measured)
    return app


def _lifespan(
    settings: ServiceSettings,
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def live(app: FastAPI) -> AsyncIterator[None]:
        with ExitStack() as stack:
            parent = os.environ.get("STAGEDOOR_PARENT")
            if parent is not None:
                args = (int(parent),)
                threading.Thread(target=_follow_parent, args=args, daemon=True).start()
            stack.enter_context(tracing())
            office = stack.enter_context(open_office(settings))
            app.state.office = office
            app.state.inlet = inlet = Inlet(office.store)
            inlet.start()
            try:
                yield
            finally:
                inlet.stop()

    return live


def _follow_parent(parent: int) -> None:
    """End in order when the process that started us is gone, even by `kill -9`."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)


def _document_problems(app: FastAPI) -> None:
    """Let OpenAPI know problem details, and nothing of FastAPI's own errors."""
    made = app.openapi

    def openapi() -> dict[str, object]:
        if app.openapi_schema is None:
            schema = made()
            shapes = schema["components"]["schemas"]
            shapes["ProblemDetails"] = ProblemDetails.model_json_schema()
            shapes.pop("HTTPValidationError", None)
            shapes.pop("ValidationError", None)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign] # as FastAPI documents it
