"""OAuth 2.0: consent page, tokens, introspection, revocation, uninstallation.

https://developers.hubspot.com/docs/api-reference/auth-oauth-v3/guide
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hubspot_sandbox.page.rendering import render
from hubspot_sandbox.sandbox import Sandbox
from hubspot_sandbox.store.accounts import OAuthError
from hubspot_sandbox.wire.answers import answer, nothing
from hubspot_sandbox.wire.auth import authenticate
from hubspot_sandbox.wire.errors import ApiError

Async = Callable[[Request], Awaitable[Response]]


def oauth_routes(sandbox: Sandbox) -> list[Route]:
    """Return the routes of connecting an app with a portal."""
    oauth = OAuth(sandbox)
    routes = [
        Route("/oauth/authorize", oauth.consent, methods=["GET"]),
        Route("/oauth/{hub:int}/authorize", oauth.consent, methods=["GET"]),
        Route("/oauth/authorize", oauth.decide, methods=["POST"]),
        Route("/oauth/v1/access-tokens/{token}", oauth.access_token, methods=["GET"]),
        Route("/oauth/v1/refresh-tokens/{token}", oauth.refresh_token, methods=["GET", "DELETE"]),
    ]
    for version in ("{version:dated}", "v3"):
        base, install = f"/oauth/{version}/token", f"/appinstalls/{version}/external-install"
        routes += [
            Route(base, oauth.token, methods=["POST"]),
            Route(f"{base}/introspect", oauth.introspect, methods=["POST"]),
            Route(f"{base}/revoke", oauth.revoke, methods=["POST"]),
            Route(install, oauth.uninstall, methods=["DELETE"]),
        ]
    return [*routes, Route("/oauth/v1/token", oauth.token, methods=["POST"])]


class OAuth:
    """The authorisation server of a sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Let apps into the portals of `sandbox`."""
        self._sandbox = sandbox

    async def consent(self, request: Request) -> Response:
        """GET /oauth/authorize: a page that asks a person whether the app may."""
        asked = dict(request.query_params)
        problem = self._problem(asked)
        app = self._sandbox.accounts.app(asked.get("client_id"))
        required, optional = asked.get("scope", "").split(), asked.get("optional_scope", "").split()
        return render(
            "consent.html",
            400 if problem else 200,
            problem=problem,
            app=app,
            asked=asked,
            required=required,
            optional=optional,
            portals=list(self._sandbox.portals),
            portal_id=self._sandbox.portal.portal_id,
        )

    def _problem(self, asked: dict[str, str]) -> str | None:
        app = self._sandbox.accounts.app(asked.get("client_id"))
        if app is None:
            return "There is no app with this client id."
        redirect = asked.get("redirect_uri", "")
        known = app["redirect_uris"]
        if not redirect.startswith(("http://", "https://")) or (known and redirect not in known):
            return "The redirect URI is none of those that the app names."
        if not asked.get("scope"):
            return "The app asks for no scopes."
        if app["scopes"] and not set(asked["scope"].split()) <= {"oauth", *app["scopes"]}:
            return "The scopes do not match those that the app names."
        return None

    async def decide(self, request: Request) -> Response:
        """POST /oauth/authorize: send the person back, with a code or without."""
        form = {name: str(value) for name, value in (await request.form()).items()}
        problem = self._problem(form)
        if problem is not None:
            return render("consent.html", 400, problem=problem, app=None, asked=form)
        back: dict[str, str] = {"state": form["state"]} if form.get("state") else {}
        if form.get("answer") == "connect":
            back["code"] = self._code(form)
        else:
            back |= {"error": "access_denied", "error_description": "The person declined."}
        joint = "&" if "?" in form["redirect_uri"] else "?"
        return RedirectResponse(f"{form['redirect_uri']}{joint}{urlencode(back)}", 302)

    def _code(self, form: dict[str, str]) -> str:
        app = self._sandbox.accounts.app(form["client_id"]) or {}
        asked = {
            "scopes": [*form["scope"].split(), *form.get("optional_scope", "").split()],
            "redirect_uri": form["redirect_uri"],
            "code_challenge": form.get("code_challenge"),
        }
        portal_id = int(form.get("portal_id") or self._sandbox.portal.portal_id)
        return self._sandbox.accounts.add_code(app, portal_id, asked)

    async def token(self, request: Request) -> Response:
        """POST /oauth/token."""
        form = await _form(request)
        if "/v1/" in request.url.path:
            form = {**dict(request.query_params), **form}
        accounts = self._sandbox.accounts
        accounts.rotates = self._sandbox.portal.behaviour.refreshed == "rotated"
        fault = self._sandbox.faults.pick(f"POST {request.url.path}")
        instead = fault.instead() if fault else None
        if instead is None:
            instead = _told(lambda: accounts.exchange(form))
            instead = fault.spoil(instead) if fault else instead
        self._sandbox.stats.count("POST oauth/token", "", "read", instead.status_code, 0)
        return instead

    async def introspect(self, request: Request) -> Response:
        """POST /oauth/token/introspect."""
        form = await _form(request)
        return _told(lambda: self._sandbox.accounts.introspect(form))

    async def revoke(self, request: Request) -> Response:
        """POST /oauth/token/revoke."""
        form = await _form(request)
        names = ("token", "refresh_token", "access_token")
        self._sandbox.accounts.revoke(next((form[n] for n in names if form.get(n)), ""))
        return nothing()

    async def access_token(self, request: Request) -> Response:
        """GET /oauth/v1/access-tokens/{token}."""
        return self._about(request.path_params["token"], "access_token")

    async def refresh_token(self, request: Request) -> Response:
        """GET and DELETE /oauth/v1/refresh-tokens/{token}."""
        token = request.path_params["token"]
        if request.method == "DELETE":
            self._sandbox.accounts.revoke(token)
            return nothing()
        return self._about(token, "refresh_token")

    def _about(self, token: str, use: str) -> Response:
        told = self._sandbox.accounts.about(token, use)
        if told is None:
            return ApiError(404, f"{use.replace('_', ' ')} not found").response()
        return answer(told)

    async def uninstall(self, request: Request) -> Response:
        """DELETE /appinstalls/external-install: the app leaves the portal."""
        try:
            grant = authenticate(request, self._sandbox.accounts)
        except ApiError as error:
            return error.response()
        self._sandbox.accounts.uninstall(grant)
        return nothing()


async def _form(request: Request) -> dict[str, str]:
    return {name: str(value) for name, value in (await request.form()).items()}


def _told(ask: Callable[[], dict[str, Any]]) -> Response:
    try:
        return answer(ask())
    except OAuthError as error:
        return answer(error.body, 400)
