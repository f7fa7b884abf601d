"""One worker process: claims runs, carries them out, one at a time a portal, and ends in order."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

from sqlalchemy.exc import SQLAlchemyError

from stagedoor.store.run_queue import CLAIM
from stagedoor.store.runs import RunRecord
from stagedoor_service.application.office import Office
from stagedoor_service.work.executing import execute
from stagedoor_service.work.inbound import HubspotHints
from stagedoor_service.work.platform_events import PlatformEvents
from stagedoor_service.work.realtime import Follower, follow
from stagedoor_service.work.schedule import start_schedule

logger = logging.getLogger("stagedoor.service")

POLL = 0.1
"""Seconds between two looks at the queue."""
PORTALS_AT_ONCE = 4
RENEW = CLAIM / 3


class Worker:
    """Carries out the runs of all portals."""

    def __init__(self, office: Office) -> None:
        """Work on what `office`'s store has."""
        self._office = office
        self._name = f"{socket.gethostname()[:32]}-{os.getpid()}-{secrets.token_hex(4)}"
        self._pool = ThreadPoolExecutor(PORTALS_AT_ONCE, thread_name_prefix="run")
        self._followers_pool = ThreadPoolExecutor(PORTALS_AT_ONCE, thread_name_prefix="follow")
        self._schedule = start_schedule(office)
        self._active: dict[str, tuple[RunRecord, Future[None]]] = {}
        self._shifts: dict[str, Future[float]] = {}
        self._stopping = threading.Event()
        self._renewed = 0.0
        self._followers: dict[str, Follower] = {}
        self._not_before: dict[str, float] = {}

    def stop(self) -> None:
        """Claim nothing more, and end what goes on."""
        self._stopping.set()

    def run(self) -> None:
        """Work until told to stop; then let runs end, or hand them back."""
        while not self._stopping.is_set():
            try:
                self._step()
            except SQLAlchemyError as error:
                # The database is away for a moment; whatever was claimed comes back by itself.
                logger.warning(
                    "The store does not answer (%s); trying again.", type(error).__name__
                )
                self._stopping.wait(2)
            self._stopping.wait(POLL)
        self._end()

    def _step(self) -> None:
        self._reap()
        queue = self._office.store.queue
        if time.monotonic() - self._renewed > RENEW:
            self._renewed = time.monotonic()
            queue.renew(self._name, [run.run_id for run, _ in self._active.values()])
            queue.recover()
        if len(self._active) < PORTALS_AT_ONCE:
            run = queue.claim(self._name, without=list(self._active))
            if run is not None:
                future = self._pool.submit(execute, self._office, run)
                self._active[run.portal] = (run, future)
        self._follow()

    def _follow(self) -> None:
        """Begin a shift for each portal of which either side has told something.

        A run of the same portal may go on: it reads the platform, or waits its turn.
        """
        for portal in self._office.names():
            if portal in self._shifts or time.monotonic() < self._not_before.get(portal, 0.0):
                continue
            follower = self._followers.get(portal) or self._follower(portal)
            if follower.is_due():
                self._shifts[portal] = self._followers_pool.submit(follow, follower)

    def _follower(self, portal: str) -> Follower:
        inbox = self._office.store.inbox(portal)
        ways = (PlatformEvents(inbox), HubspotHints(inbox))
        self._followers[portal] = Follower(self._office, portal, ways, self._stopping)
        return self._followers[portal]

    def _reap(self) -> None:
        for portal, (_, future) in list(self._active.items()):
            if future.done():
                del self._active[portal]
        for portal, shift in list(self._shifts.items()):
            if shift.done():
                del self._shifts[portal]
                self._not_before[portal] = time.monotonic() + shift.result()

    def _end(self) -> None:
        self._schedule.shutdown(wait=False)
        deadline = time.monotonic() + self._office.settings.grace_seconds
        while (self._active or self._shifts) and time.monotonic() < deadline:
            self._reap()
            time.sleep(POLL)
        if self._active or self._shifts:
            handed = self._office.store.queue.hand_back(self._name)
            logger.warning("Handed %d runs back that did not end in time.", handed)
            # Their threads cannot be stopped otherwise; what they wrote is settled.
            logging.shutdown()
            os._exit(0)
        self._pool.shutdown()
        self._followers_pool.shutdown()
