"""Brings what the Webhooks Journal tells into the inbox, and notices when it tells too little."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from stagedoor.config import PortalSettings
from stagedoor.errors import Misconfigured
from stagedoor.hubspot.authority import Authority
from stagedoor.hubspot.client import HubSpotClient
from stagedoor.hubspot.clockwork import Clockwork
from stagedoor.hubspot.journal import RETENTION, SCOPES, Gap, Journal
from stagedoor.hubspot.limiter import Limiter
from stagedoor.hubspot.portal import NO_LIMIT, http_client, send, static_token
from stagedoor.hubspot.tokens import AppToken, TokenProvider
from stagedoor.hubspot.webhook_events import from_journal
from stagedoor.store.inbox import Inbox
from stagedoor.sync.portals import app_of


@dataclass(frozen=True, slots=True)
class Followed:
    """How far the journal was followed."""

    bookmark: dict[str, Any]
    """What STATE keeps: the last file's `offset`, and when it was `read_at`, in seconds."""
    gap: bool
    """Whether something may be missing between then and now, so that a poll must look."""
    events: int = 0
    """New events."""


def follow(
    journal: Journal, inbox: Inbox, bookmark: Mapping[str, Any], portal_id: int, now: float
) -> Followed:
    """Put what the journal tells since the bookmark into the inbox.

    After a gap, as at the very beginning, the journal is followed from its end on: the poll that
    fills the gap must begin later than this.
    """
    read_at, offset, events = bookmark.get("read_at"), bookmark.get("offset"), 0
    if read_at is None or now - float(read_at) > RETENTION:
        return _from_now_on(journal, now)
    try:
        for file in journal.files(offset):
            events += inbox.put(list(from_journal(file.content, portal_id))).new
            offset = file.offset
    except Gap:
        return _from_now_on(journal, now)
    return Followed({"offset": offset, "read_at": now}, gap=False, events=events)


def _from_now_on(journal: Journal, now: float) -> Followed:
    return Followed({"offset": journal.latest(), "read_at": now}, gap=True)


@contextmanager
def open_journal(settings: PortalSettings, url: str) -> Iterator[Journal]:
    """Give the journal of the settings' app; its calls count against no limit of the portal.

    Raises:
        Misconfigured: The app is not set.
    """
    clockwork = Clockwork()
    with http_client(settings, url) as http:
        client = HubSpotClient(
            http,
            _tokens(settings, http, clockwork.wall),
            Limiter(NO_LIMIT, clockwork.now, clockwork.sleep),
            clockwork=clockwork,
        )
        yield Journal(lambda request: send(client, request), http, settings.api_version)


def _tokens(settings: PortalSettings, http: Any, clock: Callable[[], float]) -> TokenProvider:
    if settings.is_sandbox and settings.client_id is None:
        return static_token(settings)
    try:
        app = app_of(settings)
    except Misconfigured:
        raise Misconfigured(
            "The mode `journal` reads with a token of the app itself: set `client_id` and "
            "`client_secret` of the app, or take `journal` out of `modes`."
        ) from None
    return AppToken(Authority(http, app, settings.api_version), SCOPES, clock)
