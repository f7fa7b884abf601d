"""Connects portals with HubSpot by OAuth, tells how they are connected, and disconnects them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from stagedoor.config import HubSpotSettings
from stagedoor.errors import StagedoorError
from stagedoor.grants import Connection, ConnectionStatus, Grant
from stagedoor.hubspot import oauth
from stagedoor.hubspot.authority import Authority, Ended
from stagedoor.hubspot.portal import http_client
from stagedoor.store.consents import Consent
from stagedoor.sync.portals import app_of, told_budget
from stagedoor_service.application.office import Office
from stagedoor_service.application.problem import Problem, problem_of

CALLBACK = "/api/integrations/hubspot/callback"
HUBSPOT = "https://api.hubapi.com"


@dataclass(frozen=True, slots=True)
class Connected:
    """Who has just been connected, and where the person goes on."""

    portal: str
    portal_id: int | None
    return_to: str | None


class Declined(Problem):
    """HubSpot granted nothing; the person goes on all the same."""

    def __init__(self, detail: str, return_to: str | None) -> None:
        """Say why, and where the person wanted to go on."""
        super().__init__("CONSENT_REFUSED", detail)
        self.return_to = return_to


@dataclass(frozen=True, slots=True)
class ConnectionReport:
    """How a portal is connected."""

    connected: bool
    portal: str
    portal_id: int | None
    hub_domain: str | None
    kind: str
    """oauth, token (a service key or private app's), or none."""
    scopes: tuple[str, ...]
    missing_scopes: tuple[str, ...]
    token: str
    """valid, expired (renewed at the next call), revoked, or none."""
    token_expires_at: float | None
    reason: str | None
    daily_calls: int | None
    """Calls that HubSpot allows a day, where it tells."""
    daily_calls_left: int | None
    last_sync: str | None


def authorization_url(
    office: Office, portal: str, own_address: str, return_to: str | None = None
) -> str:
    """Return where a person connects the portal; it works once, for ten minutes.

    Raises:
        Problem: The service knows no app, or `return_to` leads elsewhere.
    """
    if return_to is not None:
        _check_return(office, return_to)
    settings = _with_app(office, portal)
    redirect_uri = office.settings.hubspot_redirect_uri or f"{own_address}{CALLBACK}"
    state, verifier = oauth.new_secret(), oauth.new_secret()
    office.store.consents.expect(state, Consent(portal, verifier, redirect_uri, return_to))
    return oauth.authorize_url(
        app_of(settings),
        redirect_uri=redirect_uri,
        scopes=office.settings.hubspot_scopes,
        optional_scopes=office.settings.hubspot_optional_scopes,
        state=state,
        verifier=verifier,
        base=consent_page(office, portal),
    )


def consent_page(office: Office, portal: str) -> str:
    """Return the address of HubSpot's consent page."""
    if office.settings.authorize_url:
        return office.settings.authorize_url
    url = office.portal_settings(portal).portal_url
    return oauth.AUTHORIZE_URL if url in (None, HUBSPOT) else f"{url}/oauth/authorize"


def _check_return(office: Office, return_to: str) -> None:
    """Let a person be led on only to where the service, or its owner, says."""
    parts = urlsplit(return_to)
    here = not parts.scheme and not parts.netloc and return_to.startswith("/")
    # Browsers take a backslash for a slash: `/\evil.example` leads away.
    here = here and not return_to.startswith("//") and not set(return_to) & set("\\\r\n\t")
    there = f"{parts.scheme}://{parts.netloc}" in office.settings.return_origins
    if not here and not there:
        raise Problem("RETURN_NOT_ALLOWED", "`return_to` must be a path, or an allowed origin's.")


def _with_app(office: Office, portal: str) -> HubSpotSettings:
    settings = office.portal_settings(portal)
    if settings.client_id is None or settings.client_secret is None:
        raise Problem("APP_MISSING", "Set HUBSPOT_CLIENT_ID and HUBSPOT_CLIENT_SECRET.")
    return settings


def connect(office: Office, *, state: str, code: str | None, error: str | None) -> Connected:
    """Keep what a person's consent brought.

    Raises:
        Problem: The answer belongs to no question of ours.
        Declined: HubSpot granted nothing.
    """
    consent = office.store.consents.redeem(state)
    if consent is None:
        raise Problem(
            "STATE_MISMATCH", "This answer belongs to no question, is too old, or came twice."
        )
    if not code:
        # HubSpot's own words would be text of whoever made the link.
        why = "The person declined." if error == "access_denied" else "HubSpot sent no code."
        raise Declined(why, consent.return_to)
    with _authority(office, consent.portal) as authority:
        granted = authority.exchange(code, consent.redirect_uri, consent.verifier)
    if isinstance(granted, Ended):
        raise Declined(f"HubSpot did not take the code: {granted.reason}.", consent.return_to)
    office.store.connections.put(consent.portal, granted)
    office.portals.drop(consent.portal)
    return Connected(consent.portal, granted.hub_id, consent.return_to)


@contextmanager
def _authority(office: Office, portal: str) -> Iterator[Authority]:
    settings = _with_app(office, portal)
    with http_client(settings, settings.portal_url or HUBSPOT) as http:
        yield Authority(http, app_of(settings), settings.api_version, max_attempts=3)


def disconnect(office: Office, portal: str) -> None:
    """Revoke a portal's tokens at HubSpot, and forget them.

    Raises:
        Problem: The portal is not connected.
    """
    with office.store.connections.lock(portal):
        connection = office.store.connections.get(portal)
        if connection is None:
            raise Problem("NOT_CONNECTED", f"Portal {portal!r} is not connected by OAuth.")
        try:
            with _authority(office, portal) as authority:
                authority.revoke(connection.grant.refresh_token)
        finally:
            # What HubSpot could not be told today must not go on working here.
            office.store.connections.remove(portal)
            office.portals.drop(portal)


def report(office: Office, portal: str, now: float | None = None) -> ConnectionReport:
    """Return how a portal is connected; asks HubSpot where there is a token."""
    connection = office.store.connections.get(portal)
    last = office.store.runs.list(1, portal=portal, status="done")
    last_sync = last[0].ended_at if last else None
    if connection is None:
        return _static_report(office, portal, last_sync)
    grant = connection.grant
    told = _introspected(office, connection)
    usable = connection.status is ConnectionStatus.CONNECTED
    scopes = grant.scopes or tuple(map(str, told.get("scopes") or ()))
    return ConnectionReport(
        connected=usable,
        portal=portal,
        portal_id=grant.hub_id,
        hub_domain=told.get("hub_domain"),
        kind="oauth",
        scopes=scopes,
        missing_scopes=_missing(office.settings.hubspot_scopes, scopes),
        token=_state(grant, now or time.time()) if usable else "revoked",
        token_expires_at=grant.expires_at,
        reason=connection.reason,
        **_quota(office, portal),
        last_sync=last_sync,
    )


def _state(grant: Grant, now: float) -> str:
    return "valid" if now < grant.expires_at else "expired"


def _missing(wanted: Sequence[str], granted: Sequence[str]) -> tuple[str, ...]:
    return tuple(scope for scope in wanted if scope not in granted)


def _introspected(office: Office, connection: Connection) -> dict[str, Any]:
    try:
        with _authority(office, connection.portal) as authority:
            return authority.introspect(connection.grant.access_token)
    except (Problem, StagedoorError):
        return {}  # the page says what is known here


def _static_report(office: Office, portal: str, last_sync: str | None) -> ConnectionReport:
    settings = office.portal_settings(portal)
    account, reason = None, None
    if settings.access_token is not None:
        try:
            account = office.open(portal).account()
        except StagedoorError as error:
            reason = problem_of(error).detail
    return ConnectionReport(
        connected=account is not None,
        portal=portal,
        portal_id=account.portal_id if account else None,
        hub_domain=account.ui_domain if account else None,
        kind="none" if settings.access_token is None else "token",
        scopes=(),
        missing_scopes=(),
        token="valid" if account else "none",
        token_expires_at=None,
        reason=reason,
        **_quota(office, portal),
        last_sync=last_sync,
    )


def _quota(office: Office, portal: str) -> dict[str, int | None]:
    """Return what HubSpot last told of the day's calls; it tells OAuth apps nothing."""
    told = told_budget(office.portal_settings(portal))
    return {
        "daily_calls": told.limit if told else None,
        "daily_calls_left": told.remaining if told else None,
    }
