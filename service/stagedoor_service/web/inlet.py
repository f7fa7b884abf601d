"""Lets many calls share one commit: each is answered when what it brought is on the disk.

A commit costs a few milliseconds whether it holds one event or a thousand. Calls that come while
one is under way wait for the next, which takes them all.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from stagedoor.arrivals import Arrival
from stagedoor.store import Store
from stagedoor.store.inbox import PutResult
from stagedoor_service.application.problem import Problem

logger = logging.getLogger("stagedoor.service")

MOST_WAITING = 20_000
"""Events that wait for a commit; more than that are asked to come again."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    arrivals: Mapping[str, Sequence[Arrival]]
    done: asyncio.Future[None]


class Inlet:
    """The way into the inboxes of one process."""

    def __init__(self, store: Store) -> None:
        """Write into `store` from a thread of its own; `start` begins."""
        self._store = store
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: list[_Waiting] = []
        self._events = 0
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._over = False
        self._thread = threading.Thread(target=self._write, name="inlet", daemon=True)

    def start(self) -> None:
        """Begin; to be called on the loop that answers calls."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, and end."""
        self._over = True
        self._wake.set()
        self._thread.join(30)

    async def put(self, arrivals: Mapping[str, Sequence[Arrival]]) -> None:
        """Return when events are on the disk, by the portal whose inbox they belong into.

        Raises:
            Problem: The store does not take them now: they should come again.
        """
        size = sum(map(len, arrivals.values()))
        if not size:
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with self._lock:
            if self._over or self._events + size > MOST_WAITING:
                raise _again()
            self._waiting.append(_Waiting(arrivals, done))
            self._events += size
        self._wake.set()
        await done

    def _write(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            with self._lock:
                waiting, self._waiting, self._events = self._waiting, [], 0
            if waiting:
                self._tell(waiting, self._kept(waiting))
            elif self._over:
                return

    def _kept(self, waiting: Sequence[_Waiting]) -> Problem | None:
        together: dict[str, list[Arrival]] = {}
        for one in waiting:
            for portal, arrivals in one.arrivals.items():
                together.setdefault(portal, []).extend(arrivals)
        try:
            for portal, arrivals in together.items():
                told: PutResult = self._store.inbox(portal).put(arrivals)
                logger.debug("%d events in, %d known before", told.new, told.duplicates)
        except SQLAlchemyError as error:
            kind = type(error).__name__
            logger.error("Events could not be kept: %s", kind)  # noqa: TRY400 - it tells bodies
            return _again()
        return None

    def _tell(self, waiting: Sequence[_Waiting], problem: Problem | None) -> None:
        def tell() -> None:
            for one in waiting:
                if one.done.done():
                    continue  # who called has gone
                if problem is None:
                    one.done.set_result(None)
                else:
                    one.done.set_exception(problem)

        if self._loop is not None:
            self._loop.call_soon_threadsafe(tell)


def _again() -> Problem:
    return Problem(
        "UNAVAILABLE",
        "The events cannot be kept now; send them again.",
        headers={"Retry-After": "5"},
    )
