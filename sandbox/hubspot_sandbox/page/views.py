"""Pages that a salesperson would recognise: records, a record's timeline, boards, lists, calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from hubspot_sandbox.model.types import ObjectType, UnknownType
from hubspot_sandbox.page.board import board
from hubspot_sandbox.page.rendering import HERE, render
from hubspot_sandbox.page.timeline import timeline
from hubspot_sandbox.sandbox import Sandbox
from hubspot_sandbox.store.objects import Record
from hubspot_sandbox.store.portal import PortalStore
from hubspot_sandbox.store.stages import PIPELINE_PROPERTIES
from hubspot_sandbox.wire.associations import targets
from hubspot_sandbox.wire.errors import ApiError, no_such_page
from hubspot_sandbox.wire.search import Found, search

SHOWN = 50
MAIN_TYPES = ("contacts", "companies", "deals", "tickets")
OPERATORS = {
    "EQ": "is",
    "NEQ": "is not",
    "CONTAINS_TOKEN": "contains the word",
    "GT": "is more than",
    "LT": "is less than",
    "HAS_PROPERTY": "is known",
    "NOT_HAS_PROPERTY": "is unknown",
}

View = Callable[["Visit"], Response]


class Visit:
    """A person's request to see a page of one portal."""

    def __init__(self, sandbox: Sandbox, request: Request) -> None:
        """Find the portal: the first, or the one that the path names."""
        self.sandbox, self.request = sandbox, request
        number = request.path_params.get("portal", sandbox.portal.portal_id)
        self.base = f"/portals/{number}" if "portal" in request.path_params else ""
        self.portal: PortalStore = sandbox.portals[number]

    @property
    def kind(self) -> ObjectType:
        """The object type in the path."""
        return self.portal.types.resolve(self.request.path_params["type"])

    def asked(self, name: str) -> str:
        """Return a query parameter without blanks around it."""
        return self.request.query_params.get(name, "").strip()

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """Return a page of the portal."""
        types = self.portal.types
        common: dict[str, Any] = {
            "types": [*map(types.named, MAIN_TYPES), *(k for k in types if k.is_custom)],
            "base": self.base,
            "portal_id": self.portal.portal_id,
            "portals": list(self.sandbox.portals),
            "staged": list(PIPELINE_PROPERTIES),
        }
        return render(template, status, **common, **values)


def home(visit: Visit) -> Response:
    """GET /: counts, and what a search for a name or an address finds."""
    query, objects = visit.asked("q"), visit.portal.objects
    found = [
        (kind, record)
        for kind in visit.portal.types
        if query
        for record in objects.labelled(kind, query.split(), SHOWN)
    ]
    counts = {kind.name: objects.count(kind) for kind in visit.portal.types}
    return visit.page("home.html", query=query, found=found, counts=counts)


def records(visit: Visit) -> Response:
    """GET /records/{type}: records that a search and a filter find, fifty at a time."""
    kind, objects = visit.kind, visit.portal.objects
    after = int(visit.asked("after") or 0)
    problem, found = None, Found([], 0)
    try:
        found = search(visit.portal, kind, _wanted(visit, kind), after, SHOWN)
    except ApiError as error:
        problem = str(error)
    listed = [record for i in found.ids if (record := objects.get(kind, i)) is not None]
    columns = [n for n in kind.default_properties if n != "hs_object_id" and "date" not in n]
    chosen = visit.asked("property")
    more = visit.request.url.include_query_params(after=after + SHOWN).query
    return visit.page(
        "records.html",
        definitions=visit.portal.schema.properties[kind.name],
        kind=kind,
        query=visit.asked("q"),
        chosen=chosen,
        operator=visit.asked("operator"),
        operators=OPERATORS,
        value=visit.asked("value"),
        problem=problem,
        records=listed,
        columns=[*columns, *([chosen] if chosen and chosen not in columns else [])],
        total=found.total,
        first=after + 1,
        more=more if after + SHOWN < found.total else None,
    )


def _wanted(visit: Visit, kind: ObjectType) -> dict[str, Any]:
    """Return the search that the form asks for; without words the latest change comes first."""
    wanted: dict[str, Any] = {"query": visit.asked("q")}
    wanted["sorts"] = [{"propertyName": kind.modified, "direction": "DESCENDING"}]
    if visit.asked("property"):
        wanted["filters"] = [
            {
                "propertyName": visit.asked("property"),
                "operator": visit.asked("operator") or "EQ",
                "value": visit.asked("value"),
            }
        ]
    return wanted


def record(visit: Visit) -> Response:
    """GET /records/{type}/{id}: properties, timeline and associated records."""
    kind = visit.kind
    number = visit.portal.merges.leads_to(kind, visit.request.path_params["id"])
    found = visit.portal.objects.get(kind, number)
    if found is None:
        return _missing(visit, f"There is no {kind.singular} {number}.")
    definitions = visit.portal.schema.properties[kind.name]
    filled = {n: v for n, v in sorted(found.properties.items()) if v != "" and n in definitions}
    own = {n: v for n, v in filled.items() if not definitions[n]["hubspotDefined"]}
    computed = {n: v for n, v in filled.items() if _is_computed(definitions[n])}
    return visit.page(
        "record.html",
        kind=kind,
        record=found,
        definitions=definitions,
        own=own,
        given={n: v for n, v in filled.items() if n not in own and n not in computed},
        computed=computed,
        timeline=timeline(visit.portal, kind, found),
        associated=_associated(visit.portal, kind, found),
    )


def _associated(portal: PortalStore, kind: ObjectType, found: Record) -> dict[str, list[Any]]:
    associated: dict[str, list[Any]] = {}
    for other in portal.types:
        for target in targets(portal, kind, found.id, other)[:SHOWN]:
            there = portal.objects.get(other, target["toObjectId"])
            labels = {t["label"] for t in target["associationTypes"] if t["label"]}
            if there is not None:
                associated.setdefault(other.name, []).append((other, there, sorted(labels)))
    return associated


def _is_computed(definition: dict[str, Any]) -> bool:
    return bool(definition["modificationMetadata"]["readOnlyValue"])


def pipelines(visit: Visit) -> Response:
    """GET /pipelines/{type}: a pipeline as a board."""
    kind = visit.kind
    known = visit.portal.schema.pipelines[kind.name]
    if kind.name not in PIPELINE_PROPERTIES or not known:
        return _missing(visit, f"There is no pipeline of {kind.name}.")
    wanted = visit.asked("pipeline")
    pipeline = known.get(wanted) or next(iter(known.values()))
    return visit.page(
        "board.html",
        kind=kind,
        pipeline=pipeline,
        pipelines=list(known.values()),
        columns=board(visit.portal, kind, pipeline),
    )


def lists(visit: Visit) -> Response:
    """GET /lists: all lists, and how many records each has."""
    found = [(entry, visit.portal.lists.size(entry)) for entry in visit.portal.lists.all()]
    return visit.page("lists.html", lists=found)


def one_list(visit: Visit) -> Response:
    """GET /lists/{list}: a list's members."""
    entry = visit.portal.lists.get(visit.request.path_params["list"])
    if entry is None:
        return _missing(visit, "There is no such list.")
    kind = visit.portal.types.resolve(entry["objectTypeId"])
    members = visit.portal.lists.members(entry)
    shown = [
        (member, at)
        for number, at in members[:SHOWN]
        if (member := visit.portal.objects.get(kind, number)) is not None
    ]
    return visit.page("list.html", entry=entry, kind=kind, members=shown, total=len(members))


def webhooks(visit: Visit) -> Response:
    """GET /webhooks: subscriptions, deliveries and their answers."""
    sandbox = visit.sandbox
    return visit.page(
        "webhooks.html",
        subscriptions=sandbox.subscriptions.all(),
        deliveries=list(sandbox.webhooks.history)[:SHOWN],
        waiting=len(sandbox.webhooks.waiting),
    )


def calls(visit: Visit) -> Response:
    """GET /calls: the latest API calls."""
    stats = visit.sandbox.stats
    return visit.page("calls.html", calls=list(stats.recent), stats=stats.as_json())


def _missing(visit: Visit, sentence: str) -> Response:
    return visit.page("missing.html", 404, sentence=sentence)


def page_routes(sandbox: Sandbox) -> list[Any]:
    """Return the routes of the pages, for the first portal and for each by its number."""
    pages = (
        ("/", home),
        ("/calls", calls),
        ("/webhooks", webhooks),
        ("/lists", lists),
        ("/lists/{list}", one_list),
        ("/pipelines/{type}", pipelines),
        ("/records/{type}", records),
        ("/records/{type}/{id:int}", record),
    )
    return [
        *(Route(path, _shown(sandbox, view)) for path, view in pages),
        *(Route(f"/portals/{{portal:int}}{path}", _shown(sandbox, view)) for path, view in pages),
        Mount("/static", StaticFiles(directory=HERE / "static")),
    ]


def _shown(sandbox: Sandbox, view: View) -> Any:
    async def handle(request: Request) -> Response:
        try:
            return view(Visit(sandbox, request))
        except (UnknownType, KeyError, ValueError):
            return no_such_page()

    return handle
