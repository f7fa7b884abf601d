"""Keeps what may be shown of a portal's calls, while somebody has asked for it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict

from sqlalchemy.exc import SQLAlchemyError

from stagedoor.config import PortalSettings
from stagedoor.errors import StagedoorError
from stagedoor.hubspot.calls import Call
from stagedoor.store import Store, open_store
from stagedoor.store.engine import FILE_NAME
from stagedoor.store.inspections import InspectedCall

logger = logging.getLogger("stagedoor.hubspot")

LOOK = 2.0
"""Seconds between two looks whether calls are asked for."""


class Inspecting:
    """An observer of calls; nothing that goes wrong here stops a call. Safe for several threads."""

    def __init__(
        self, settings: PortalSettings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Look into the store of `settings`, which is opened at the first call."""
        self._settings = settings
        self._clock = clock
        self._store: Store | None = None
        self._lock = threading.Lock()
        self._is_on = False
        self._look_at = float("-inf")

    def __call__(self, call: Call) -> None:
        """Keep a call, if that is asked for."""
        try:
            with self._lock:
                store = self._asked()
            if store is not None:
                store.inspections.add(self._settings.portal, _kept(call))
        except (SQLAlchemyError, StagedoorError) as error:
            logger.debug("A call cannot be kept for the inspector: %s", type(error).__name__)

    def _asked(self) -> Store | None:
        """Return the store while calls are asked for."""
        now = self._clock()
        if now >= self._look_at:
            self._look_at = now + LOOK
            self._is_on = False
            if self._store is None and self._is_there():
                self._store = open_store(self._settings)
            if self._store is not None:
                current = self._store.inspections.current(self._settings.portal)
                self._is_on = current is not None
        return self._store if self._is_on else None

    def _is_there(self) -> bool:
        """Whether there is a store: looking must not make one."""
        settings = self._settings
        return settings.store_url is not None or (settings.root / FILE_NAME).exists()

    def close(self) -> None:
        """Close the store."""
        if self._store is not None:
            self._store.close()


def _kept(call: Call) -> InspectedCall:
    return InspectedCall(
        method=call.method,
        route=call.route[:255],
        result=call.result[:64],
        ms=round(call.ms, 1),
        attempt=call.attempt,
        correlation_id=call.correlation_id[:64] if call.correlation_id else None,
        sent=call.sent,
        received=call.received,
        redacted=asdict(call.redacted()),
    )


@contextmanager
def inspecting(settings: PortalSettings) -> Iterator[Inspecting]:
    """Give the observer of a portal's calls."""
    observer = Inspecting(settings)
    try:
        yield observer
    finally:
        observer.close()
