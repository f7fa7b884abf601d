"""The console: pages for people, at `/`; each page one file, and no logic in them."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from stagedoor_service.web.console import (
    conflicts,
    debugging,
    home,
    mapping,
    portal_settings,
    problems,
    records,
    runs,
    schema,
    signing_in,
    webhooks,
)
from stagedoor_service.web.console.rendering import HERE

PAGES = (
    *(signing_in, home, mapping, runs, records),
    *(problems, conflicts, webhooks, schema, portal_settings, debugging),
)


def install(app: FastAPI) -> None:
    """Let `app` serve the console."""
    for page in PAGES:
        app.include_router(page.router)
    app.mount("/console", StaticFiles(directory=HERE / "static"), name="console")
