"""What tests may do to the portal, under `/_sandbox/`; HubSpot has nothing like it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hubspot_sandbox.model.rules import KINDS
from hubspot_sandbox.sandbox import Sandbox
from hubspot_sandbox.store.objects import Conflict, Refused
from hubspot_sandbox.store.portal import PortalStore
from hubspot_sandbox.webhooks.delivery import Disorder
from hubspot_sandbox.wire.answers import answer
from hubspot_sandbox.wire.export import export

Async = Callable[[Request], Awaitable[Response]]
Handler = Callable[[dict[str, Any]], Any]


def control_routes(sandbox: Sandbox) -> list[Route]:
    """Return the routes of the control."""
    control = Control(sandbox)
    reads = ("stats", "export", "clock", "behaviour", "webhooks", "apps", "portals")
    writes = (
        *("reset", "faults", "clock", "behaviour", "limits", "rules", "webhooks"),
        *("apps", "portals", "tokens", "grants", "restore", "edit"),
    )
    return [
        *(Route(f"/_sandbox/{n}", _read(getattr(control, f"read_{n}"))) for n in reads),
        *(Route(f"/_sandbox/{n}", _written(getattr(control, n)), methods=["POST"]) for n in writes),
    ]


def _read(handler: Handler) -> Async:
    async def handle(request: Request) -> Response:
        return answer(handler(dict(request.query_params)))

    return handle


def _written(handler: Handler) -> Async:
    async def handle(request: Request) -> Response:
        try:
            given = dict(await request.json()) if await request.body() else {}
            return answer({"status": "ok", **(handler(given) or {})})
        except (Refused, Conflict, KeyError, TypeError, ValueError) as error:
            message = f"{type(error).__name__}: {error}"
            return answer({"status": "error", "message": message}, 400)

    return handle


class Control:
    """The handles that a test has; `portal_id` chooses another portal than the first."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Steer `sandbox`."""
        self._sandbox = sandbox

    def _portal(self, given: dict[str, Any]) -> PortalStore:
        return self._sandbox.portals[int(given.get("portal_id") or self._sandbox.portal.portal_id)]

    def read_stats(self, _given: dict[str, Any]) -> dict[str, Any]:
        """GET stats: calls per endpoint and kind, statuses, 429s."""
        return self._sandbox.stats.as_json()

    def read_export(self, given: dict[str, Any]) -> dict[str, Any]:
        """GET export: everything in a portal but ids and times, for comparison."""
        return export(self._portal(given))

    def reset(self, given: dict[str, Any]) -> None:
        """POST reset: forget counts and faults, and all records unless `data` is false."""
        self._sandbox.stats.forget()
        self._sandbox.faults.set([], 1)
        self._sandbox.limits.set(self._sandbox.account, {})
        if given.get("data", True):
            self._sandbox.reset()

    def faults(self, given: dict[str, Any]) -> dict[str, Any]:
        """POST faults: what goes wrong from now on."""
        self._sandbox.faults.set(given.get("faults") or [], int(given.get("seed", 1)))
        return {"faults": len(self._sandbox.faults.faults)}

    def read_clock(self, _given: dict[str, Any]) -> dict[str, Any]:
        """GET clock: the portal's time."""
        return {"now": self._sandbox.clock.now()}

    def clock(self, given: dict[str, Any]) -> dict[str, Any]:
        """POST clock: `advance_seconds`, and `still` to stop it or let it run."""
        clock = self._sandbox.clock
        if "still" in given:
            clock.stand(still=bool(given["still"]))
        clock.advance(round(float(given.get("advance_seconds", 0)) * 1_000))
        self._sandbox.webhooks.refresh()
        return {"now": clock.now()}

    def read_behaviour(self, given: dict[str, Any]) -> dict[str, Any]:
        """GET behaviour: the answers to open questions."""
        return asdict(self._portal(given).behaviour)

    def behaviour(self, given: dict[str, Any]) -> dict[str, Any]:
        """POST behaviour: answer open questions otherwise."""
        portal = self._portal(given)
        portal.behave({n: v for n, v in given.items() if n != "portal_id"})
        return asdict(portal.behaviour)

    def limits(self, given: dict[str, Any]) -> None:
        """POST limits: `account`, and parts of its allowance that shall be otherwise."""
        names = ("burst", "daily", "associations")
        changed: dict[str, int] = {name: int(given[name]) for name in names if name in given}
        self._sandbox.limits.set(given.get("account"), changed)

    def rules(self, given: dict[str, Any]) -> None:
        """POST rules: what an administrator asks of a property's values."""
        portal = self._portal(given)
        kind = portal.types.resolve(str(given["object_type"]))
        if (
            given["rule"] not in KINDS
            or given["property"] not in portal.schema.properties[kind.name]
        ):
            raise ValueError(f"a rule names a property and one of {', '.join(KINDS)}")
        with portal.transaction():
            portal.schema.set_rule(
                {
                    "type": kind.name,
                    "property": given["property"],
                    "rule": given["rule"],
                    "argument": given.get("argument"),
                }
            )

    def read_webhooks(self, _given: dict[str, Any]) -> dict[str, Any]:
        """GET webhooks: deliveries made and waiting."""
        webhooks = self._sandbox.webhooks
        waiting = [
            {"app_id": d.app_id, "events": len(d.events), "attempt": d.attempt, "due": d.due}
            for d in webhooks.waiting
        ]
        return {"delivered": list(webhooks.history), "waiting": waiting}

    def webhooks(self, given: dict[str, Any]) -> dict[str, Any]:
        """POST webhooks: duplicates, disorder, size of arrays, and whether to hold them back."""
        disorder = Disorder(**given)
        self._sandbox.webhooks.set(disorder)
        return asdict(disorder)

    def read_apps(self, _given: dict[str, Any]) -> dict[str, Any]:
        """GET apps: all apps, without their secrets."""
        apps = self._sandbox.accounts.apps()
        return {"apps": [{n: v for n, v in a.items() if n != "client_secret"} for a in apps]}

    def apps(self, given: dict[str, Any]) -> dict[str, Any]:
        """POST apps: make an OAuth app."""
        return self._sandbox.accounts.add_app(given)

    def read_portals(self, _given: dict[str, Any]) -> dict[str, Any]:
        """GET portals: their ids, the first one first."""
        return {"portals": list(self._sandbox.portals)}

    def portals(self, _given: dict[str, Any]) -> dict[str, Any]:
        """POST portals: make another portal."""
        return {"portal_id": self._sandbox.add_portal().portal_id}

    def tokens(self, given: dict[str, Any]) -> dict[str, Any]:
        """POST tokens: make a service key or private-app token, with `scopes` or for everything."""
        portal = self._portal(given)
        kind = str(given.get("kind", "service_key"))
        token = self._sandbox.accounts.add_token(portal.portal_id, given.get("scopes"), kind)
        return {"token": token, "portal_id": portal.portal_id}

    def grants(self, given: dict[str, Any]) -> dict[str, Any]:
        """POST grants: consent as a person would, without the page; answers with a code."""
        app = self._sandbox.accounts.app(given.get("client_id", "sandbox-app"))
        if app is None:
            raise ValueError("no app has this client_id")
        portal = self._portal(given)
        return {"code": self._sandbox.accounts.add_code(app, portal.portal_id, given)}

    def restore(self, given: dict[str, Any]) -> None:
        """POST restore: take a record out of the bin, as a person does in the recycle bin."""
        portal = self._portal(given)
        kind = portal.types.resolve(str(given["object_type"]))
        portal.acting("CRM_UI")
        with portal.transaction():
            record = portal.objects.get(kind, int(given["id"]), archived=True)
            if record is None:
                raise ValueError("no such record is in the bin")
            portal.objects.restore(kind, record, portal.now())

    def edit(self, given: dict[str, Any]) -> None:
        """POST edit: change a record as a person does in the browser."""
        portal = self._portal(given)
        kind = portal.types.resolve(str(given["object_type"]))
        portal.acting("CRM_UI")
        with portal.transaction():
            record = portal.objects.get(kind, int(given["id"]))
            if record is None:
                raise ValueError("there is no such record")
            values = portal.objects.checked(kind, given["properties"], record.properties)
            portal.objects.update(kind, record, values, portal.now())
