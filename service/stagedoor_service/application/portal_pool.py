"""Open portals, kept for as long as their connection stays the same."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass

from stagedoor.config import HubSpotSettings
from stagedoor.hubspot.portal import Portal
from stagedoor.sync.portals import open_portal
from stagedoor_service.application.tracing import observers

LINGER = 300.0
"""Seconds until a portal that was taken out is closed: somebody may still be calling through it."""


@dataclass(frozen=True, slots=True)
class _Open:
    stamp: str | None
    stack: ExitStack
    portal: Portal


class PortalPool:
    """Portals by name; safe for several threads."""

    def __init__(self) -> None:
        """Begin without an open portal."""
        self._open: dict[str, _Open] = {}
        self._leaving: list[tuple[float, _Open]] = []
        self._lock = threading.Lock()

    def get(self, settings: HubSpotSettings, stamp: str | None) -> Portal:
        """Return the open portal of these settings; calls in it go before those of long runs.

        One that was opened when its connection had another `stamp` is opened anew.

        Raises:
            Misconfigured: It is not connected.
        """
        with self._lock:
            held = self._open.get(settings.portal)
            if held is not None and held.stamp == stamp:
                return held.portal
            self._take_out(settings.portal)
            stack = ExitStack()
            portal = stack.enter_context(open_portal(settings, "realtime", observers()))
            self._open[settings.portal] = _Open(stamp, stack, portal)
        return portal

    def drop(self, portal: str) -> None:
        """Forget a portal whose connection has changed."""
        with self._lock:
            self._take_out(portal)

    def _take_out(self, portal: str) -> None:
        now = time.monotonic()
        held = self._open.pop(portal, None)
        if held is not None:
            self._leaving.append((now + LINGER, held))
        for until, gone in list(self._leaving):
            if until < now:
                self._leaving.remove((until, gone))
                gone.stack.close()

    def close(self) -> None:
        """Close all of them."""
        with self._lock:
            for held in (*self._open.values(), *(gone for _, gone in self._leaving)):
                held.stack.close()
            self._open.clear()
            self._leaving.clear()
