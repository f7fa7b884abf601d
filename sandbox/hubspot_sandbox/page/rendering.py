"""Templates."""

from __future__ import annotations

from collections.abc import Mapping
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


def readable(definition: Mapping[str, Any] | None, value: str) -> str:
    """Return a value as people write it: times short, choices by their labels."""
    if definition is None:
        return value
    if definition["type"] == "datetime":
        at = datetime.fromisoformat(value)
        return f"{at:%d %b %Y %H:%M}"
    labels = {option["value"]: option["label"] for option in definition["options"]}
    return "; ".join(labels.get(part, part) for part in value.split(";")) if labels else value


def spoken(name: str) -> str:
    """Return a machine's name as people write it."""
    return name.replace("_", " ").capitalize()


_ENVIRONMENT = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True
)
_ENVIRONMENT.globals.update(title=title, moment=moment, readable=readable)
_ENVIRONMENT.filters["spoken"] = spoken


def render(template: str, status: int = 200, **values: Any) -> Response:
    """Return a page."""
    return HTMLResponse(_ENVIRONMENT.get_template(template).render(**values), status)
