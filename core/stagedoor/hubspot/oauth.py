"""OAuth with HubSpot: builds what is asked, reads what is answered; sends nothing.

https://developers.hubspot.com/docs/api-reference/auth-oauth-v3/guide
"""

from __future__ import annotations

import hashlib
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal
from urllib.parse import urlencode

from pydantic import SecretStr

from stagedoor.grants import Grant
from stagedoor.hubspot.responses import Response

AUTHORIZE_URL = "https://app.hubspot.com/oauth/authorize"


@dataclass(frozen=True, slots=True)
class App:
    """An OAuth app, as HubSpot knows it."""

    client_id: str
    client_secret: SecretStr

    def form(self, **more: str | None) -> dict[str, str]:
        """Return a form that proves who asks."""
        mine = {"client_id": self.client_id, "client_secret": self.client_secret.get_secret_value()}
        return mine | {name: value for name, value in more.items() if value is not None}


@dataclass(frozen=True, slots=True)
class OAuthRequest:
    """A form to post; it holds secrets, so it does not show itself."""

    route: str
    path: str
    form: dict[str, str] = field(repr=False)


def new_secret() -> str:
    """Return a fresh `state`, or a fresh PKCE verifier."""
    return secrets.token_urlsafe(48)


def challenge_of(verifier: str) -> str:
    """Return the PKCE challenge (S256) of a verifier.

    https://www.rfc-editor.org/rfc/rfc7636
    """
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def authorize_url(
    app: App,
    *,
    redirect_uri: str,
    scopes: Sequence[str],
    state: str,
    verifier: str | None = None,
    optional_scopes: Sequence[str] = (),
    base: str = AUTHORIZE_URL,
) -> str:
    """Return where to send the person who is to connect a portal.

    `state` must come back with the code; `verifier` goes along when the code is exchanged.
    """
    query = {
        "client_id": app.client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(scopes),
        "state": state,
    }
    if optional_scopes:
        query["optional_scope"] = " ".join(optional_scopes)
    if verifier is not None:
        query |= {"code_challenge": challenge_of(verifier), "code_challenge_method": "S256"}
    return f"{base}?{urlencode(query)}"


def exchange(
    app: App, version: str, *, code: str, redirect_uri: str, verifier: str | None = None
) -> OAuthRequest:
    """Ask for the tokens that a code from the redirect stands for; a code works once."""
    form = app.form(
        grant_type="authorization_code",
        code=code,
        redirect_uri=redirect_uri,
        code_verifier=verifier,
    )
    return OAuthRequest("oauth/token authorization_code", f"/oauth/{version}/token", form)


def refresh(app: App, version: str, refresh_token: str) -> OAuthRequest:
    """Ask for a new access token."""
    form = app.form(grant_type="refresh_token", refresh_token=refresh_token)
    return OAuthRequest("oauth/token refresh_token", f"/oauth/{version}/token", form)


def own(app: App, version: str, scopes: Sequence[str]) -> OAuthRequest:
    """Ask for a token of the app itself, which opens no portal but what is the app's own."""
    form = app.form(grant_type="client_credentials", scope=" ".join(scopes))
    return OAuthRequest("oauth/token client_credentials", f"/oauth/{version}/token", form)


TokenUse = Literal["access_token", "refresh_token"]


def introspect(app: App, version: str, token: str, use: TokenUse) -> OAuthRequest:
    """Ask what a token is good for."""
    form = app.form(token=token, token_type_hint=use)
    return OAuthRequest("oauth/token/introspect", f"/oauth/{version}/token/introspect", form)


def revoke(app: App, version: str, token: str, use: TokenUse) -> OAuthRequest:
    """Ask to make a token worthless; access tokens of a revoked refresh token live on."""
    form = app.form(token=token, token_type_hint=use)
    return OAuthRequest("oauth/token/revoke", f"/oauth/{version}/token/revoke", form)


class Answer(StrEnum):
    """What an answer of the token endpoint means."""

    OK = "ok"
    AGAIN = "again"
    """HubSpot is busy or ill: ask again after a wait."""
    RECONNECT = "reconnect"
    """The grant has ended: only a person can make a new one."""
    WRONG = "wrong"
    """The app, its secret or its redirect URI are wrong."""


_PASSING = (408, 423, 429, 477)
"""Statuses that say nothing of the grant: too slow, locked, too many, moving between centres."""
_ENDED = {"BAD_REFRESH_TOKEN", "BAD_AUTH_CODE", "BAD_HUB", "invalid_grant", "access_denied"}


def read_answer(response: Response) -> Answer:
    """Return what an answer means."""
    payload = response.payload if isinstance(response.payload, dict) else {}
    if 200 <= response.status < 300:
        return Answer.OK if payload or response.status in (202, 204) else Answer.AGAIN
    if response.status in _PASSING or response.status >= 500:
        return Answer.AGAIN
    told = {str(payload.get("status")), str(payload.get("error"))}
    return Answer.RECONNECT if told & _ENDED else Answer.WRONG


def reason_of(response: Response) -> str:
    """Return HubSpot's reason in words that hold no token."""
    payload = response.payload if isinstance(response.payload, dict) else {}
    status = payload.get("status") or payload.get("error")
    return f"{status} (HTTP {response.status})" if status else f"HTTP {response.status}"


def read_grant(response: Response, asked_at: float, refresh_token: str | None) -> Grant | None:
    """Return the tokens that an answer brings, or nothing when it is no such answer.

    HubSpot usually leaves the refresh token as it is; then `refresh_token` stays.
    """
    told = response.payload if isinstance(response.payload, dict) else {}
    renewing = told.get("refresh_token") or refresh_token
    lasting = told.get("expires_in")
    if not (told.get("access_token") and renewing and isinstance(lasting, int | float)):
        return None
    hub_id = told.get("hub_id")
    scopes = told.get("scopes") or str(told.get("scope") or "").split()
    return Grant(
        access_token=str(told["access_token"]),
        refresh_token=str(renewing),
        issued_at=asked_at,
        expires_at=asked_at + float(lasting),
        hub_id=int(hub_id) if hub_id is not None else None,
        scopes=tuple(map(str, scopes)),
    )


def read_own(response: Response, asked_at: float) -> Grant | None:
    """Return the app's own token, which no refresh token renews: it is asked for again."""
    return read_grant(response, asked_at, _NOTHING_RENEWS)


_NOTHING_RENEWS = "client_credentials"
"""Stands where a refresh token would."""
