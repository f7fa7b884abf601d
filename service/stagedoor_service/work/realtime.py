"""Follows what happens on both sides as it happens.

A shift holds the portal for as long as something comes, and its state stays open meanwhile. It
lets go as soon as somebody waits for the portal, or when nothing comes any more. Events that come
while another run holds it wait, and are taken together.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from structlog.contextvars import bound_contextvars

from stagedoor.config import HubSpotSettings
from stagedoor.errors import Busy, StagedoorError
from stagedoor.hubspot.portal import Portal
from stagedoor.state.lease import is_wanted
from stagedoor.sync.session import Session, open_session
from stagedoor_service.application.office import Office
from stagedoor_service.application.problem import Problem
from stagedoor_service.application.running import REALTIME

logger = logging.getLogger("stagedoor.service")

SHIFT = 60.0
"""Seconds that a shift holds the portal at most; then how it went is kept with its run."""
IDLE = 3.0
"""Seconds without an event after which it lets go."""
LOOK = 0.02
"""Seconds between two looks into the inbox during a shift."""
PATIENCE = 5.0
"""Seconds that a shift waits for a run to let go of the portal."""
RECHECK = 1.0
"""Seconds between two looks whether mapping and connection are still those of the shift."""
FOLD = 64_000_000
"""Bytes of the state's log from which it is folded into the file."""


class Way(Protocol):
    """What is followed in one direction."""

    title: str
    """Whose events these are, for the log."""

    def has_open(self) -> bool:
        """Return whether something waits."""

    def follow(self, session: Session, portal: Portal) -> float | None:
        """Follow what waits; nothing where nothing does, else seconds until the next look.

        Raises:
            StagedoorError: A system could not be reached; nothing is lost.
        """


@dataclass
class _Turn:
    """A way, and when it may be followed again."""

    way: Way
    not_before: float = 0.0

    def is_due(self) -> bool:
        return time.monotonic() >= self.not_before and self.way.has_open()


class Follower:
    """Follows the events of one portal, one shift after another."""

    def __init__(
        self, office: Office, portal: str, ways: Sequence[Way], stopping: threading.Event
    ) -> None:
        """Follow `ways` of a portal until `stopping`."""
        self._office = office
        self._portal = portal
        self._turns = [_Turn(way) for way in ways]
        self._stopping = stopping

    def is_due(self) -> bool:
        """Return whether a shift would have something to do."""
        return any(turn.is_due() for turn in self._turns)

    def shift(self) -> None:
        """Follow what waits, until nothing does or somebody else wants the portal.

        Raises:
            Busy: Somebody has it, and does not let go.
            StagedoorError: It cannot be opened; nothing is lost.
            Problem: It is not connected.
        """
        settings = self._office.portal_settings(self._portal)
        stamp = self._stamp(settings)
        portal = self._office.open(self._portal)
        opened = settings.model_copy(update={"lease_timeout": PATIENCE})
        with (
            bound_contextvars(portal=self._portal),
            open_session(opened, purpose=REALTIME, takes_input=True) as session,
        ):
            self._work(session, portal, stamp)
            if session.database.wal_size() > FOLD:
                session.database.checkpoint()

    def _work(self, session: Session, portal: Portal, stamp: object) -> None:
        begun = last = checked = time.monotonic()
        while not self._stopping.is_set():
            due = [turn for turn in self._turns if turn.is_due()]
            if not all(_followed(turn, session, portal) for turn in due):
                return  # the state is opened anew after whatever it was
            now = time.monotonic()
            last = now if due else last
            if now - begun > SHIFT or now - last > IDLE or is_wanted(session.settings.portal_dir):
                return
            if now - checked > RECHECK:
                checked = now
                if self._stamp(session.settings) != stamp:
                    return
            if not due:
                time.sleep(LOOK)

    def _stamp(self, settings: HubSpotSettings) -> object:
        """Return what changes when mapping or connection do."""
        store = self._office.store
        connection = store.connections.stamp(self._portal)
        if settings.mapping is None:
            saved = store.mappings.current(self._portal)
            return connection, saved and saved.version
        return connection, settings.mapping.stat().st_mtime_ns if settings.mapping.exists() else 0


def _followed(turn: _Turn, session: Session, portal: Portal) -> bool:
    """Follow one way; return whether the shift may go on."""
    wait = 0.0
    try:
        wait = turn.way.follow(session, portal) or 0.0
    except Exception as error:  # noqa: BLE001 - the other way goes on whatever this one meets
        turn.not_before = time.monotonic() + _wait_after(turn.way.title, error)
        return False
    turn.not_before = time.monotonic() + wait
    return True


def _wait_after(title: str, error: Exception) -> float:
    """Log why events wait; return for how many seconds they do."""
    if isinstance(error, StagedoorError | Problem):
        logger.warning("%s wait: %s: %s", title, error.code, error)
        return 10.0
    logger.error("%s wait", title, exc_info=error)
    return 30.0


def follow(follower: Follower) -> float:
    """Let a follower work a shift; return how many seconds to wait before the next."""
    try:
        follower.shift()
    except Busy:
        return 0.5
    except Exception as error:  # noqa: BLE001 - a worker outlives whatever one portal meets
        return _wait_after("Events", error)
    return 0.0
