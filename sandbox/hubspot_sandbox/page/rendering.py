"""Templates."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from starlette.responses import HTMLResponse, Response

from hubspot_sandbox.model.types import ObjectType
from hubspot_sandbox.store.objects import Record

HERE = Path(__file__).parent


def title(kind: ObjectType, record: Record) -> str:
    """Return what a person calls a record."""
    named = " ".join(record.properties.get(name, "") for name in kind.display).strip()
    return named or record.properties.get("email") or f"{kind.singular} {record.id}"


def moment(ms: int) -> str:
    """Return a time as the pages show it."""
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%d %b %Y %H:%M}"


def spoken(name: str) -> str:
    """Return a machine's name as people write it."""
    return name.replace("_", " ").capitalize()


_ENVIRONMENT = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True
)
_ENVIRONMENT.globals.update(title=title, moment=moment)
_ENVIRONMENT.filters["spoken"] = spoken


def render(template: str, status: int = 200, **values: Any) -> Response:
    """Return a page."""
    return HTMLResponse(_ENVIRONMENT.get_template(template).render(**values), status)
