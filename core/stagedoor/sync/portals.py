"""Opens the portal that the settings name: HubSpot's own, or the embedded sandbox."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from stagedoor.config import PortalSettings
from stagedoor.errors import Misconfigured
from stagedoor.hubspot.authority import Authority
from stagedoor.hubspot.calls import Observer
from stagedoor.hubspot.clockwork import Clockwork
from stagedoor.hubspot.limiter import OnShelf, budget_of, budget_told
from stagedoor.hubspot.limits import Budget, Priority
from stagedoor.hubspot.oauth import App
from stagedoor.hubspot.portal import Portal, connect, http_client, static_token
from stagedoor.hubspot.sandbox import embedded_portal
from stagedoor.hubspot.tokens import OAuthToken, TokenProvider
from stagedoor.mapping.document import MappingDocument
from stagedoor.store import open_store
from stagedoor.store.shelf import open_shelf
from stagedoor.sync.inspecting import inspecting
from stagedoor.sync.present import reads_hubspot

SANDBOX_FILE = "sandbox.db"


@contextmanager
def open_portal(
    settings: PortalSettings,
    priority: Priority = "batch",
    observers: Sequence[Observer] = (),
) -> Iterator[Portal]:
    """Give the portal, ready for calls; the embedded one lives as long as the block.

    `observers` are told of each call.

    Raises:
        Misconfigured: No token for a real portal, or the sandbox is not installed.
    """
    with (
        address_of(settings) as url,
        portal_at(settings, url, priority, observers) as portal,
    ):
        yield portal


@contextmanager
def address_of(settings: PortalSettings) -> Iterator[str]:
    """Give the portal's URL; the embedded one lives as long as the block.

    Raises:
        Misconfigured: The sandbox is not installed.
    """
    if settings.portal_url is not None:
        yield settings.portal_url
        return
    with embedded_portal(settings.root / SANDBOX_FILE) as url:
        yield url


@contextmanager
def portal_at(
    settings: PortalSettings,
    url: str,
    priority: Priority = "batch",
    observers: Sequence[Observer] = (),
) -> Iterator[Portal]:
    """Give the portal at `url`, ready for calls; `observers` are told of each.

    Where the operational store is one of several machines, its limits are kept there.

    Raises:
        Misconfigured: No token for a real portal.
    """
    if settings.is_sandbox:
        with connect(settings, url, observers=observers) as portal:
            yield portal
        return
    with (
        tokens_of(settings, url) as tokens,
        inspecting(settings) as inspector,
        connect(
            settings,
            url,
            tokens=tokens,
            priority=priority,
            shelf=open_shelf(settings, _limits_of(settings)),
            observers=(inspector, *observers),
        ) as portal,
    ):
        yield portal


def told_budget(settings: PortalSettings) -> Budget | None:
    """Return what HubSpot last told of the day's calls of a portal, if it did."""
    shelf = open_shelf(settings, _limits_of(settings))
    return budget_told(settings.portal_dir) if shelf is None else budget_of(OnShelf(shelf))


def _limits_of(settings: PortalSettings) -> str:
    return f"limits {settings.portal}"


@contextmanager
def portal_to_plan(settings: PortalSettings, document: MappingDocument) -> Iterator[Portal | None]:
    """Give the portal where a plan depends on what HubSpot holds; otherwise nothing.

    Raises:
        Misconfigured: As `open_portal`.
    """
    if not reads_hubspot(document):
        yield None
        return
    with open_portal(settings) as portal:
        yield portal


@contextmanager
def tokens_of(settings: PortalSettings, url: str) -> Iterator[TokenProvider]:
    """Give what gives tokens: `access_token` where it is set, else the portal's connection.

    Raises:
        Misconfigured: There is neither, or the app of the connection is not set.
    """
    if settings.access_token is not None:
        yield static_token(settings)
        return
    store = open_store(settings)
    try:
        if store.connections.get(settings.portal) is None:
            yield static_token(settings)
            return
        app, clockwork = app_of(settings), Clockwork()
        with http_client(settings, url) as http:
            authority = Authority(http, app, settings.api_version, clockwork=clockwork)
            yield OAuthToken(settings.portal, store.connections, authority, clockwork.wall)
    finally:
        store.close()


def app_of(settings: PortalSettings) -> App:
    """Return the OAuth app of the settings.

    Raises:
        Misconfigured: It is not set.
    """
    if settings.client_id is None or settings.client_secret is None:
        raise Misconfigured(
            f"Portal {settings.portal!r} is connected by OAuth: set `client_id` and "
            "`client_secret` (TARGET_HUBSPOT_CLIENT_ID, TARGET_HUBSPOT_CLIENT_SECRET) of the app."
        )
    return App(settings.client_id, settings.client_secret)
