"""The APIs by which an app manages its webhooks and reads the journal.

https://developers.hubspot.com/docs/guides/api/app-management/webhooks
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hubspot_sandbox.model.values import iso
from hubspot_sandbox.sandbox import Sandbox
from hubspot_sandbox.webhooks.subscriptions import Unfit
from hubspot_sandbox.wire.answers import answer, nothing
from hubspot_sandbox.wire.auth import authenticate
from hubspot_sandbox.wire.errors import ApiError, invalid, not_found

DEVELOPER_KEY = "developer-sandbox"
"""The published key by which a developer manages apps: `?hapikey=`."""

Async = Callable[[Request], Awaitable[Response]]
Handler = Callable[[Request, dict[str, Any]], Response]


def webhook_routes(sandbox: Sandbox) -> list[Route]:
    """Return the routes of subscriptions and of the journal."""
    api, journal = WebhookApi(sandbox), JournalApi(sandbox)
    routes = []
    for version in ("{version:dated}", "v3"):
        base = f"/webhooks/{version}/{{app:int}}"
        routes += [
            Route(f"{base}/settings", _json(api.read_settings), methods=["GET"]),
            Route(f"{base}/settings", _json(api.write_settings), methods=["PUT"]),
            Route(f"{base}/settings", _json(api.clear_settings), methods=["DELETE"]),
            Route(f"{base}/subscriptions", _json(api.list), methods=["GET"]),
            Route(f"{base}/subscriptions", _json(api.create), methods=["POST"]),
            Route(f"{base}/subscriptions/batch/update", _json(api.update_batch), methods=["POST"]),
            Route(f"{base}/subscriptions/{{id:int}}", _json(api.read), methods=["GET"]),
            Route(f"{base}/subscriptions/{{id:int}}", _json(api.update), methods=["PATCH"]),
            Route(f"{base}/subscriptions/{{id:int}}", _json(api.delete), methods=["DELETE"]),
        ]
    for version in ("{version:dated}", "v4"):
        for name in ("journal", "journal-local"):
            base = f"/webhooks-journal/{name}/{version}"
            routes += [
                Route(f"{base}/earliest", _json(journal.earliest)),
                Route(f"{base}/latest", _json(journal.latest)),
                Route(f"{base}/offset/{{offset}}/next", _json(journal.next)),
                Route(f"{base}/batch/earliest/{{count:int}}", _json(journal.earliest)),
                Route(f"{base}/batch/{{offset}}/next/{{count:int}}", _json(journal.next)),
            ]
        base = f"/webhooks-journal/subscriptions/{version}"
        routes += [
            Route(base, _json(journal.subscriptions), methods=["GET"]),
            Route(base, _json(journal.subscribe), methods=["POST"]),
            Route(f"{base}/{{id:int}}", _json(journal.unsubscribe), methods=["DELETE"]),
            Route(
                f"/webhooks-journal/snapshots/{version}/crm",
                _json(journal.snapshot),
                methods=["POST"],
            ),
        ]
    return [*routes, Route("/webhooks-journal/files/{offset}", journal.file)]


def _json(handler: Handler) -> Async:
    """Return a handler that gets the body, and whose errors are answers."""

    async def handle(request: Request) -> Response:
        try:
            return handler(request, dict(await request.json()) if await request.body() else {})
        except ApiError as error:
            return error.response()
        except (Unfit, KeyError, TypeError, ValueError) as error:
            return invalid(str(error)).response()

    return handle


class WebhookApi:
    """Settings and subscriptions of the apps that a developer owns."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Manage the apps of `sandbox`."""
        self._sandbox = sandbox
        self._kept = sandbox.subscriptions

    def _app(self, request: Request) -> int:
        if request.query_params.get("hapikey") != DEVELOPER_KEY:
            authenticate(request, self._sandbox.accounts)
        app_id = int(request.path_params["app"])
        if self._sandbox.accounts.app_numbered(app_id) is None:
            raise not_found()
        return app_id

    def read_settings(self, request: Request, _body: dict[str, Any]) -> Response:
        """GET /webhooks/{app}/settings."""
        settings = self._kept.settings(self._app(request))
        if settings is None:
            raise not_found()
        return answer(settings)

    def write_settings(self, request: Request, body: dict[str, Any]) -> Response:
        """PUT /webhooks/{app}/settings."""
        settings = self._kept.set_settings(self._app(request), body, self._sandbox.clock.now())
        self._sandbox.webhooks.refresh()
        return answer(settings)

    def clear_settings(self, request: Request, _body: dict[str, Any]) -> Response:
        """DELETE /webhooks/{app}/settings."""
        self._kept.clear_settings(self._app(request))
        return nothing()

    def list(self, request: Request, _body: dict[str, Any]) -> Response:
        """GET /webhooks/{app}/subscriptions."""
        return answer({"results": [_shown(e) for e in self._kept.all(self._app(request))]})

    def create(self, request: Request, body: dict[str, Any]) -> Response:
        """POST /webhooks/{app}/subscriptions."""
        made = self._kept.add(self._app(request), body, self._sandbox.clock.now())
        self._sandbox.webhooks.refresh()
        return answer(_shown(made), 201)

    def read(self, request: Request, _body: dict[str, Any]) -> Response:
        """GET /webhooks/{app}/subscriptions/{id}."""
        return answer(_shown(self._known(request)))

    def update(self, request: Request, body: dict[str, Any]) -> Response:
        """PATCH /webhooks/{app}/subscriptions/{id}: run or pause."""
        return answer(_shown(self._activate(self._known(request), body)))

    def update_batch(self, request: Request, body: dict[str, Any]) -> Response:
        """POST /webhooks/{app}/subscriptions/batch/update."""
        app_id, now = self._app(request), iso(self._sandbox.clock.now())
        found = [(self._kept.get(app_id, entry["id"]), entry) for entry in body["inputs"]]
        results = [_shown(self._activate(known, given)) for known, given in found if known]
        return answer(
            {"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now}
        )

    def delete(self, request: Request, _body: dict[str, Any]) -> Response:
        """DELETE /webhooks/{app}/subscriptions/{id}."""
        self._kept.remove(self._known(request))
        self._sandbox.webhooks.refresh()
        return nothing()

    def _known(self, request: Request) -> dict[str, Any]:
        entry = self._kept.get(self._app(request), request.path_params["id"])
        if entry is None:
            raise not_found()
        return entry

    def _activate(self, entry: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
        now = self._sandbox.clock.now()
        changed = self._kept.activate(entry, now, active=bool(given.get("active")))
        self._sandbox.webhooks.refresh()
        return changed


def _shown(entry: dict[str, Any]) -> dict[str, Any]:
    shown = {n: v for n, v in entry.items() if n != "app_id" and v is not None}
    return {**shown, "id": str(entry["id"])}


class JournalApi:
    """The journal, read with an app's own token (client credentials)."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Serve the journal of `sandbox`."""
        self._sandbox = sandbox
        self._journal = sandbox.journal

    def _let_in(self, request: Request) -> int:
        return authenticate(request, self._sandbox.accounts).app_id

    def earliest(self, request: Request, _body: dict[str, Any]) -> Response:
        """GET /journal/earliest and /journal/batch/earliest/{count}."""
        self._let_in(request)
        return self._some(request, self._journal.files())

    def latest(self, request: Request, _body: dict[str, Any]) -> Response:
        """GET /journal/latest."""
        self._let_in(request)
        return self._some(request, self._journal.files()[-1:])

    def next(self, request: Request, _body: dict[str, Any]) -> Response:
        """GET /journal/offset/{offset}/next; an offset that is gone is a 404."""
        self._let_in(request)
        files = self._journal.files()
        offsets = [file["offset"] for file in files]
        offset = request.path_params["offset"]
        if offset not in offsets:
            raise ApiError(404, f"Offset {offset} is not in the journal", "OBJECT_NOT_FOUND")
        return self._some(request, files[offsets.index(offset) + 1 :])

    def _some(self, request: Request, files: list[dict[str, Any]]) -> Response:
        if not files:
            return nothing()
        count = request.path_params.get("count")
        if count is None:
            return answer(self._place(request, files[0]))
        return answer({"results": [self._place(request, file) for file in files[:count]]})

    def _place(self, request: Request, file: dict[str, Any]) -> dict[str, Any]:
        base = str(request.base_url).rstrip("/")
        return {
            "url": f"{base}/webhooks-journal/files/{file['offset']}",
            "expiresAt": iso(self._sandbox.clock.now() + 3_600_000),
            "currentOffset": file["offset"],
        }

    async def file(self, request: Request) -> Response:
        """GET the address that the journal gave; it needs no token."""
        content = self._journal.file(request.path_params["offset"])
        return not_found().response() if content is None else answer(content)

    def subscriptions(self, request: Request, _body: dict[str, Any]) -> Response:
        """GET /subscriptions."""
        self._let_in(request)
        return answer({"results": self._journal.subscriptions()})

    def subscribe(self, request: Request, body: dict[str, Any]) -> Response:
        """POST /subscriptions."""
        made = self._journal.subscribe(body, self._let_in(request))
        self._sandbox.webhooks.refresh()
        return answer(made, 201)

    def unsubscribe(self, request: Request, _body: dict[str, Any]) -> Response:
        """DELETE /subscriptions/{id}."""
        self._let_in(request)
        if not self._journal.unsubscribe(request.path_params["id"]):
            raise not_found()
        self._sandbox.webhooks.refresh()
        return nothing()

    def snapshot(self, request: Request, body: dict[str, Any]) -> Response:
        """POST /snapshots/crm: what records are now comes as events of the journal."""
        self._let_in(request)
        asked = list(body["snapshotRequests"])
        for portal_id in {int(entry["portalId"]) for entry in asked}:
            if portal_id not in self._sandbox.portals:
                raise not_found()
            here = [entry for entry in asked if int(entry["portalId"]) == portal_id]
            self._journal.snapshot(portal_id, here)
        responses = [{**entry, "snapshotStatusId": str(uuid.uuid4())} for entry in asked]
        return answer({"responses": responses}, 202)
