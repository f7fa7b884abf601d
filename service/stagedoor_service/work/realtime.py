"""Follows what the platform tells as it happens: events become rows, and rows become calls.

A shift holds the portal for a moment, takes whatever has come, and lets go again, so that a run
of Meltano's gets its turn. Events that come meanwhile wait, and are taken together.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from structlog.contextvars import bound_contextvars

from stagedoor.arrivals import Arrival
from stagedoor.config import load_platform
from stagedoor.engine.platform_events import SOURCE, rows_of
from stagedoor.errors import Busy, StagedoorError
from stagedoor.extension import Hint
from stagedoor.hubspot.portal import Portal
from stagedoor.plugins import load_plugins
from stagedoor.store.inbox import Entry, Inbox
from stagedoor.sync.arriving import send, take_rows
from stagedoor.sync.platforms import open_hints
from stagedoor.sync.provision import ensure_provisioned
from stagedoor.sync.session import Session, open_session
from stagedoor_service.application.hearing import SOURCE as HINTS
from stagedoor_service.application.office import Office
from stagedoor_service.application.running import REALTIME

logger = logging.getLogger("stagedoor.service")

SOURCES = (HINTS, SOURCE)
"""What is followed, as the inbox calls it."""

SHIFT = 2.0
"""Seconds that a shift holds the portal, when more comes all the time."""
IDLE = 0.25
"""Seconds without an event after which it lets go."""
PAUSE = 0.15
"""Seconds between two shifts, in which whoever waits for the portal gets it."""
LOOK = 0.02
"""Seconds between two looks into the inbox during a shift."""
PATIENCE = 5.0
"""Seconds that a shift waits for a run to let go of the portal."""
MOST = 500
"""Events that are taken together."""
FOLD = 64_000_000
"""Bytes of the state's log from which it is folded into the file."""


class Follower:
    """Follows the events of one portal, one shift after another."""

    def __init__(self, office: Office, portal: str) -> None:
        """Follow `portal`'s inbox."""
        self._office = office
        self._portal = portal
        self._inbox: Inbox = office.store.inbox(portal)
        self._is_provisioned = False

    def shift(self) -> None:
        """Take what waits, and send what follows; what fails waits on.

        Raises:
            StagedoorError: HubSpot or the state could not be reached; nothing is lost.
        """
        settings = self._office.portal_settings(self._portal)
        settings = settings.model_copy(update={"lease_timeout": PATIENCE})
        with bound_contextvars(portal=self._portal), ExitStack() as stack:
            portal = self._office.open(self._portal)
            session = stack.enter_context(
                open_session(settings, purpose=REALTIME, takes_input=True)
            )
            if not self._is_provisioned:
                ensure_provisioned(session, portal)
                self._is_provisioned = True
            self._work(session, portal)
            if session.database.wal_size() > FOLD:
                session.database.checkpoint()

    def _work(self, session: Session, portal: Portal) -> None:
        begun = last = time.monotonic()
        while time.monotonic() - begun < SHIFT and time.monotonic() - last < IDLE:
            token = secrets.token_hex(16)
            entries = [
                entry
                for source in SOURCES
                for entry in self._inbox.take(token, MOST, source=source)
            ]
            if not entries:
                time.sleep(LOOK)
                continue
            self._follow(session, portal, entries)
            self._inbox.confirm(token)
            last = time.monotonic()

    def _follow(self, session: Session, portal: Portal, entries: Sequence[Entry]) -> None:
        """Take the rows of some events together, in their order, and send what follows."""
        rows: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
        hints = [entry.arrival for entry in entries if entry.arrival.source == HINTS]
        told = [entry.arrival for entry in entries if entry.arrival.source == SOURCE]
        for given in (self._read_again(hints), *map(rows_of, told)):
            for stream, listed in given.items():
                rows[stream] += listed
        taken = take_rows(session, rows)
        send(session, portal, taken)
        outcome = f"{taken.changed} rows changed" + (
            f", {taken.stale} were older than what was known" if taken.stale else ""
        )
        self._inbox.note([entry.id for entry in entries], outcome)

    def _read_again(self, hints: Sequence[Arrival]) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Return the rows that hints name, as the platform has them now."""
        found = open_hints(load_platform(), load_plugins(self._office.target.plugins))
        if not hints or found is None:
            return {}
        source, settings = found
        return source.read_again(
            settings, [Hint(h.event_key, h.kind, h.object_type, h.object_id) for h in hints]
        )


def follow(follower: Follower) -> float:
    """Let a follower work a shift; return how many seconds to wait before the next."""
    try:
        follower.shift()
    except Busy:
        return 0.5
    except StagedoorError as error:
        logger.warning("Events of the platform wait: %s: %s", error.code, error)
        return 10.0
    except Exception:
        logger.exception("Events of the platform wait")
        return 30.0
    return PAUSE
