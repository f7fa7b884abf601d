"""Pages: home, records of a type, one record, API calls."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from hubspot_sandbox.model.types import TYPES, ObjectType, UnknownType, resolve
from hubspot_sandbox.store.objects import Record
from hubspot_sandbox.store.portal import PortalStore
from hubspot_sandbox.wire.associations import targets
from hubspot_sandbox.wire.errors import no_such_page
from hubspot_sandbox.wire.stats import Stats

HERE = Path(__file__).parent
SHOWN = 50
SHOWN_VERSIONS = 200
_COMPUTED = {"modificationMetadata": {"readOnlyValue": True}}


def title(kind: ObjectType, record: Record) -> str:
    """Return what a person calls a record."""
    named = " ".join(record.properties.get(name, "") for name in kind.display).strip()
    return named or record.properties.get("email") or f"{kind.singular} {record.id}"


def moment(ms: int) -> str:
    """Return a time as the pages show it."""
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%d %b %Y %H:%M}"


class Pages:
    """Renders the pages of one portal."""

    def __init__(self, portal: PortalStore, stats: Stats) -> None:
        """Read records from `portal` and calls from `stats`."""
        self._portal = portal
        self._stats = stats
        self._environment = Environment(
            loader=FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True
        )
        self._environment.globals.update(
            types=[
                kind for kind in TYPES if kind.name in ("contacts", "companies", "deals", "tickets")
            ],
            title=title,
            moment=moment,
            portal_id=portal.portal_id,
        )

    def _page(self, template: str, **values: Any) -> Response:
        return HTMLResponse(self._environment.get_template(template).render(**values))

    async def home(self, request: Request) -> Response:
        """GET /: counts, and what a search for a name or an address finds."""
        query = request.query_params.get("q", "").strip()
        found = [
            (kind, record)
            for kind in TYPES
            if query
            for record in self._portal.objects.labelled(kind, query.split(), SHOWN)
        ]
        counts = {kind.name: self._portal.objects.count(kind) for kind in TYPES}
        return self._page("home.html", query=query, found=found, counts=counts)

    async def records(self, request: Request) -> Response:
        """GET /records/{type}: the records that changed last, or that a search finds."""
        kind = _kind(request)
        if kind is None:
            return no_such_page()
        query = request.query_params.get("q", "").strip()
        listed = self._portal.objects.labelled(kind, query.split(), SHOWN)
        columns = [n for n in kind.default_properties if n != "hs_object_id" and "date" not in n]
        total = self._portal.objects.count(kind)
        definitions = self._portal.schema.properties[kind.name]
        return self._page(
            "records.html",
            definitions=definitions,
            kind=kind,
            query=query,
            records=listed,
            columns=columns,
            total=total,
        )

    async def record(self, request: Request) -> Response:
        """GET /records/{type}/{id}: properties, history and associated records."""
        kind = _kind(request)
        number = request.path_params["id"]
        record = self._portal.objects.get(kind, number) if kind else None
        if kind is None or record is None:
            return no_such_page()
        definitions = self._portal.schema.properties[kind.name]
        filled = {n: v for n, v in sorted(record.properties.items()) if v != ""}
        return self._page(
            "record.html",
            kind=kind,
            record=record,
            definitions=definitions,
            own={n: v for n, v in filled.items() if not definitions[n]["hubspotDefined"]},
            given={n: v for n, v in filled.items() if _is_given(definitions[n])},
            computed={n: v for n, v in filled.items() if _is_computed(definitions[n])},
            history=[
                row
                for row in self._portal.objects.history(kind, record.id)
                if not _is_computed(definitions.get(row["property"], _COMPUTED))
            ][:SHOWN_VERSIONS],
            associated=self._associated(kind, record),
        )

    def _associated(self, kind: ObjectType, record: Record) -> dict[str, list[Any]]:
        associated: dict[str, list[Any]] = {}
        for other in TYPES:
            for target in targets(self._portal, kind, record.id, other)[:SHOWN]:
                there = self._portal.objects.get(other, target["toObjectId"])
                labels = {t["label"] for t in target["associationTypes"] if t["label"]}
                if there is not None:
                    associated.setdefault(other.name, []).append((other, there, sorted(labels)))
        return associated

    async def calls(self, _request: Request) -> Response:
        """GET /calls: the latest API calls."""
        return self._page("calls.html", calls=list(self._stats.recent), stats=self._stats.as_json())


def _is_given(definition: dict[str, Any]) -> bool:
    return definition["hubspotDefined"] and not definition["modificationMetadata"]["readOnlyValue"]


def _is_computed(definition: dict[str, Any]) -> bool:
    return bool(definition["modificationMetadata"]["readOnlyValue"])


def _kind(request: Request) -> ObjectType | None:
    try:
        return resolve(request.path_params["type"])
    except UnknownType:
        return None


def page_routes(portal: PortalStore, stats: Stats) -> list[Any]:
    """Return the routes of the pages."""
    pages = Pages(portal, stats)
    return [
        Route("/", pages.home),
        Route("/calls", pages.calls),
        Route("/records/{type}", pages.records),
        Route("/records/{type}/{id:int}", pages.record),
        Mount("/static", StaticFiles(directory=HERE / "static")),
    ]
