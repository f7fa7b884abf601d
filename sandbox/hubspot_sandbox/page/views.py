"""Pages: home, records of a type, one record, API calls."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from hubspot_sandbox.model.types import ObjectType, UnknownType
from hubspot_sandbox.page.rendering import HERE, render
from hubspot_sandbox.sandbox import Sandbox
from hubspot_sandbox.store.objects import Record
from hubspot_sandbox.wire.associations import targets
from hubspot_sandbox.wire.errors import no_such_page

SHOWN = 50
SHOWN_TYPES = ("contacts", "companies", "deals", "tickets")
SHOWN_VERSIONS = 200
_COMPUTED = {"modificationMetadata": {"readOnlyValue": True}}


class Pages:
    """Renders the pages of one portal."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Show the first portal of `sandbox`."""
        self._sandbox = sandbox
        self._portal = sandbox.portal

    def _page(self, template: str, **values: Any) -> Response:
        shown = [self._portal.types.named(name) for name in SHOWN_TYPES]
        own = [kind for kind in self._portal.types if kind.is_custom]
        common: dict[str, Any] = {"types": [*shown, *own], "portal_id": self._portal.portal_id}
        return render(template, **common, **values)

    async def home(self, request: Request) -> Response:
        """GET /: counts, and what a search for a name or an address finds."""
        query = request.query_params.get("q", "").strip()
        found = [
            (kind, record)
            for kind in self._portal.types
            if query
            for record in self._portal.objects.labelled(kind, query.split(), SHOWN)
        ]
        counts = {kind.name: self._portal.objects.count(kind) for kind in self._portal.types}
        return self._page("home.html", query=query, found=found, counts=counts)

    async def records(self, request: Request) -> Response:
        """GET /records/{type}: the records that changed last, or that a search finds."""
        kind = self._kind(request)
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
        kind = self._kind(request)
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

    def _kind(self, request: Request) -> ObjectType | None:
        try:
            return self._portal.types.resolve(request.path_params["type"])
        except UnknownType:
            return None

    def _associated(self, kind: ObjectType, record: Record) -> dict[str, list[Any]]:
        associated: dict[str, list[Any]] = {}
        for other in self._portal.types:
            for target in targets(self._portal, kind, record.id, other)[:SHOWN]:
                there = self._portal.objects.get(other, target["toObjectId"])
                labels = {t["label"] for t in target["associationTypes"] if t["label"]}
                if there is not None:
                    associated.setdefault(other.name, []).append((other, there, sorted(labels)))
        return associated

    async def calls(self, _request: Request) -> Response:
        """GET /calls: the latest API calls."""
        return self._page(
            "calls.html",
            calls=list(self._sandbox.stats.recent),
            stats=self._sandbox.stats.as_json(),
        )


def _is_given(definition: dict[str, Any]) -> bool:
    return definition["hubspotDefined"] and not definition["modificationMetadata"]["readOnlyValue"]


def _is_computed(definition: dict[str, Any]) -> bool:
    return bool(definition["modificationMetadata"]["readOnlyValue"])


def page_routes(sandbox: Sandbox) -> list[Any]:
    """Return the routes of the pages."""
    pages = Pages(sandbox)
    return [
        Route("/", pages.home),
        Route("/calls", pages.calls),
        Route("/records/{type}", pages.records),
        Route("/records/{type}/{id:int}", pages.record),
        Mount("/static", StaticFiles(directory=HERE / "static")),
    ]
