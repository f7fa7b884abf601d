"""Follows what the platform tells: events become rows, and rows become calls of HubSpot."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from stagedoor.arrivals import Arrival
from stagedoor.config import load_platform
from stagedoor.engine.platform_events import SOURCE, rows_of
from stagedoor.extension import Hint
from stagedoor.hubspot.portal import Portal
from stagedoor.mapping.document import MappingDocument
from stagedoor.store.inbox import Entry, Inbox
from stagedoor.sync.arriving import send, take_rows
from stagedoor.sync.platforms import open_hints
from stagedoor.sync.provision import ensure_provisioned
from stagedoor.sync.session import Session
from stagedoor_service.application.hearing import SOURCE as HINTS

SOURCES = (HINTS, SOURCE)
"""What is followed, as the inbox calls it."""
MOST = 500
"""Events that are taken together."""


class PlatformEvents:
    """The events of one portal's platform."""

    title = "Events of the platform"

    def __init__(self, inbox: Inbox) -> None:
        """Follow what comes into `inbox`."""
        self._inbox = inbox
        self._provisioned: MappingDocument | None = None
        self._run_id = ""

    def has_open(self) -> bool:
        """Return whether something waits."""
        return any(map(self._inbox.has_open, SOURCES))

    def follow(self, session: Session, portal: Portal) -> float | None:
        """Take the rows of what waits together, in their order, and send what follows.

        Raises:
            StagedoorError: HubSpot or the platform could not be reached; the events wait on.
        """
        token = secrets.token_hex(16)
        entries = [e for s in SOURCES for e in self._inbox.take(token, MOST, source=s)]
        if not entries:
            return None
        self._ensure_provisioned(session, portal)
        self._send(session, portal, entries)
        self._inbox.confirm(token)
        return 0.0

    def _ensure_provisioned(self, session: Session, portal: Portal) -> None:
        """Make sure, once for each mapping, that HubSpot has what is written."""
        if self._run_id != session.run_id and self._provisioned != session.document:
            ensure_provisioned(session, portal)
            self._provisioned = session.document
        self._run_id = session.run_id

    def _send(self, session: Session, portal: Portal, entries: Sequence[Entry]) -> None:
        rows: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
        hints = [entry.arrival for entry in entries if entry.arrival.source == HINTS]
        told = [entry.arrival for entry in entries if entry.arrival.source == SOURCE]
        for given in (_read_again(session, hints), *map(rows_of, told)):
            for stream, listed in given.items():
                rows[stream] += listed
        taken = take_rows(session, rows)
        send(session, portal, taken)
        outcome = f"{taken.changed} rows changed" + (
            f", {taken.stale} were older than what was known" if taken.stale else ""
        )
        self._inbox.note([entry.id for entry in entries], outcome)


def _read_again(
    session: Session, hints: Sequence[Arrival]
) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return the rows that hints name, as the platform has them now."""
    found = open_hints(load_platform(), session.plugins) if hints else None
    if found is None:
        return {}
    source, settings = found
    return source.read_again(
        settings, [Hint(h.event_key, h.kind, h.object_type, h.object_id) for h in hints]
    )
