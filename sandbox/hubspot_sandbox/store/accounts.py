"""Apps, their tokens, and the portals that they were let into.

https://developers.hubspot.com/docs/api-reference/auth-oauth-v3/guide
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Any

from hubspot_sandbox.model.clock import Clock
from hubspot_sandbox.store.documents import Documents

TOKEN = "pat-sandbox"  # noqa: S105 - the published token of every sandbox portal
APP = {
    "app_id": 1,
    "client_id": "sandbox-app",
    "client_secret": "sandbox-secret",
    "name": "Sandbox app",
    "redirect_uris": [],
    "scopes": [],
    "token_seconds": 1_800,
}
"""An app that every sandbox knows; it may send people back anywhere, with any scopes."""

CODE_MS = 600_000
ALL = "*"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token opens."""

    portal_id: int
    app_id: int
    scopes: tuple[str, ...]
    kind: str
    """`oauth`, `private_app`, `service_key` or `app` (client credentials)."""

    def allows(self, alternatives: frozenset[str]) -> bool:
        """Whether one of these scopes was granted."""
        return not alternatives or ALL in self.scopes or bool(alternatives & set(self.scopes))


class OAuthError(Exception):
    """An error of the token endpoints, in their own shape."""

    def __init__(self, status: str, message: str, error: str) -> None:
        """Keep HubSpot's word for it."""
        super().__init__(message)
        self.body = {
            "error": error,
            "error_description": message,
            "status": status,
            "message": message,
        }


class Accounts:
    """Apps and tokens of one server."""

    def __init__(self, documents: Documents, clock: Clock, portal_id: int) -> None:
        """Keep them in `documents`; `portal_id` is the portal of the published token."""
        self._kept = documents
        self._clock = clock
        self._portal_id = portal_id
        self.rotates = False

    def app(self, client_id: Any) -> dict[str, Any] | None:
        """Return the app that has this client id."""
        return dict(APP) if client_id == APP["client_id"] else self._kept.get("apps", client_id)

    def apps(self) -> list[dict[str, Any]]:
        """Return all apps, the published one first."""
        return [dict(APP), *self._kept.all("apps")]

    def app_numbered(self, app_id: int) -> dict[str, Any] | None:
        """Return the app that has this number."""
        return next((app for app in self.apps() if app["app_id"] == app_id), None)

    def is_installed(self, app_id: int, portal_id: int) -> bool:
        """Whether an app was let into a portal; the published one is in all."""
        if app_id == APP["app_id"]:
            return True
        app = self.app_numbered(app_id)
        return app is not None and any(
            (entry["client_id"], entry["portal_id"]) == (app["client_id"], portal_id)
            for entry in self._kept.all("refresh")
        )

    def add_app(self, given: dict[str, Any]) -> dict[str, Any]:
        """Make an app; what is not given is made up."""
        app = {
            **APP,
            "app_id": self._kept.number("apps", 1_001),
            "client_id": secrets.token_hex(16),
            "client_secret": secrets.token_hex(16),
            "name": "App",
            **given,
        }
        self._kept.put("apps", app["client_id"], app)
        return app

    def add_token(self, portal_id: int, scopes: list[str] | None, kind: str) -> str:
        """Make a service key or private-app token; without scopes it may do everything."""
        token = f"pat-na1-{secrets.token_hex(16)}"
        self._keep(
            "access",
            token,
            {
                "portal_id": portal_id,
                "app_id": self._kept.number("private_apps", 100_001),
                "scopes": [ALL] if scopes is None else scopes,
                "kind": kind,
            },
        )
        return token

    def add_code(self, app: dict[str, Any], portal_id: int, asked: dict[str, Any]) -> str:
        """Make the code that a person's consent gives; good once, for ten minutes."""
        code = secrets.token_hex(18)
        self._keep(
            "code",
            code,
            {
                "client_id": app["client_id"],
                "portal_id": portal_id,
                "scopes": asked.get("scopes") or ["oauth"],
                "redirect_uri": asked.get("redirect_uri"),
                "challenge": asked.get("code_challenge"),
                "expires": self._clock.now() + CODE_MS,
            },
        )
        return code

    def exchange(self, form: dict[str, str]) -> dict[str, Any]:
        """Return tokens for a code, a refresh token, or an app's own credentials.

        Raises:
            OAuthError: In HubSpot's words.
        """
        app = self._checked_app(form)
        match form.get("grant_type"):
            case "authorization_code":
                return self._from_code(app, form)
            case "refresh_token":
                return self._refreshed(app, form)
            case "client_credentials":
                return self._own(app, form)
            case other:
                message = f"unknown grant type {other}"
                raise OAuthError("BAD_GRANT_TYPE", message, "unsupported_grant_type")

    def _checked_app(self, form: dict[str, str]) -> dict[str, Any]:
        app = self.app(form.get("client_id"))
        if app is None:
            raise OAuthError("BAD_CLIENT_ID", "missing or unknown client id", "invalid_client")
        secret = form.get("client_secret", "")
        if not hmac.compare_digest(secret.encode(), app["client_secret"].encode()):
            message = "missing or invalid client secret"
            raise OAuthError("BAD_CLIENT_SECRET", message, "invalid_client")
        return app

    def _from_code(self, app: dict[str, Any], form: dict[str, str]) -> dict[str, Any]:
        kept = self._read("code", form.get("code"))
        if not kept or kept["client_id"] != app["client_id"] or self._is_over(kept):
            message = "missing or unknown auth code"
            raise OAuthError("BAD_AUTH_CODE", message, "invalid_grant")
        if kept["redirect_uri"] and form.get("redirect_uri") != kept["redirect_uri"]:
            message = "missing or invalid redirect uri"
            raise OAuthError("BAD_REDIRECT_URI", message, "invalid_grant")
        if kept["challenge"] and _challenge(form.get("code_verifier", "")) != kept["challenge"]:
            message = "missing or invalid code verifier"
            raise OAuthError("BAD_CODE_VERIFIER", message, "invalid_grant")
        self._kept.remove("code", _hashed(form["code"]))
        refresh = f"na1-{secrets.token_hex(18)}"
        self._keep("refresh", refresh, {**kept, "expires": None})
        return self._tokens(app, kept, refresh)

    def _refreshed(self, app: dict[str, Any], form: dict[str, str]) -> dict[str, Any]:
        token = form.get("refresh_token", "")
        kept = self._read("refresh", token)
        if not kept or kept["client_id"] != app["client_id"]:
            message = "refresh token is invalid, expired or revoked"
            raise OAuthError("BAD_REFRESH_TOKEN", message, "invalid_grant")
        if self.rotates:
            self.revoke(token)
            token = f"na1-{secrets.token_hex(18)}"
            self._keep("refresh", token, kept)
        return self._tokens(app, kept, token)

    def _own(self, app: dict[str, Any], form: dict[str, str]) -> dict[str, Any]:
        scopes = form.get("scope", "").split()
        entry = {"portal_id": self._portal_id, "scopes": scopes, "kind": "app"}
        access, seconds = self._access(app, entry)
        return {"access_token": access, "expires_in": seconds, "token_type": "bearer"}

    def _tokens(self, app: dict[str, Any], kept: dict[str, Any], refresh: str) -> dict[str, Any]:
        entry = {"portal_id": kept["portal_id"], "scopes": kept["scopes"], "kind": "oauth"}
        access, seconds = self._access(app, {**entry, "refresh": _hashed(refresh)})
        return {
            "token_type": "bearer",
            "refresh_token": refresh,
            "access_token": access,
            "hub_id": kept["portal_id"],
            "user_id": 9586504,
            "scopes": kept["scopes"],
            "expires_in": seconds,
            "token_use": "access_token",
        }

    def _access(self, app: dict[str, Any], entry: dict[str, Any]) -> tuple[str, int]:
        access, seconds = secrets.token_urlsafe(48), int(app["token_seconds"])
        expires = self._clock.now() + seconds * 1_000
        owner = {"app_id": app["app_id"], "client_id": app["client_id"], "expires": expires}
        self._keep("access", access, {**entry, **owner})
        return access, seconds

    def grant(self, token: str) -> Grant | int | None:
        """Return what a token opens, for how many seconds it has been over, or nothing."""
        if token == TOKEN:
            return Grant(self._portal_id, 0, (ALL,), "private_app")
        kept = self._read("access", token)
        if kept is None:
            return None
        if self._is_over(kept):
            return (self._clock.now() - int(kept["expires"])) // 1_000 + 1
        return Grant(kept["portal_id"], kept["app_id"], tuple(kept["scopes"]), kept["kind"])

    def introspect(self, form: dict[str, str]) -> dict[str, Any]:
        """Tell of a token, whichever field it came in."""
        self._checked_app(form)
        token = next(
            (form[n] for n in ("token", "access_token", "refresh_token") if form.get(n)), ""
        )
        for use in ("access", "refresh"):
            kept = self._read(use, token)
            if kept is not None and not self._is_over(kept):
                return self._told(use, token, kept)
        return {"active": False}

    def _told(self, use: str, token: str, kept: dict[str, Any]) -> dict[str, Any]:
        expires = kept.get("expires")
        app = self.app(kept["client_id"]) or APP
        return {
            "active": True,
            "token": token,
            "hub_id": kept["portal_id"],
            "user_id": 9586504,
            "user": "ioana.marin@example.com",
            "hub_domain": f"sandbox-{kept['portal_id']}.example.com",
            "client_id": kept["client_id"],
            "app_id": app["app_id"],
            "scopes": kept["scopes"],
            "expires_in": (expires - self._clock.now()) // 1_000 if expires else None,
            "is_private_distribution": True,
            "token_use": f"{use}_token",
            "token_type": "Bearer",
        }

    def about(self, token: str, use: str) -> dict[str, Any] | None:
        """Tell of a token as the first version of the API did; nothing of an unknown one."""
        kept = self._read(use.removesuffix("_token"), token)
        if kept is None or self._is_over(kept):
            return None
        told = self._told(use.removesuffix("_token"), token, kept)
        names = ("token", "user", "hub_domain", "scopes", "hub_id", "app_id", "user_id")
        about = {name: told[name] for name in names}
        return {**about, "client_id": told["client_id"], "token_type": use.partition("_")[0]}

    def revoke(self, token: str) -> None:
        """Revoke a refresh token; access tokens that came of it live on until they end."""
        self._kept.remove("refresh", _hashed(token))
        self._kept.remove("access", _hashed(token))

    def uninstall(self, grant: Grant) -> None:
        """Take an app out of a portal: all its tokens end."""
        for kind in ("access", "refresh"):
            for entry in self._kept.all(kind):
                app = self.app(entry.get("client_id"))
                if app and (entry["portal_id"], app["app_id"]) == (grant.portal_id, grant.app_id):
                    self._kept.remove(kind, entry["hash"])

    def _is_over(self, kept: dict[str, Any]) -> bool:
        expires = kept.get("expires")
        return expires is not None and self._clock.now() >= int(expires)

    def _read(self, kind: str, token: str | None) -> dict[str, Any] | None:
        return self._kept.get(kind, _hashed(token)) if token else None

    def _keep(self, kind: str, token: str, body: dict[str, Any]) -> None:
        self._kept.put(kind, _hashed(token), {**body, "hash": _hashed(token)})


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _challenge(verifier: str) -> str:
    """Return the S256 challenge of a verifier (RFC 7636)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
