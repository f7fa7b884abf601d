"""Open portals, kept for as long as their connection stays the same."""

from __future__ import annotations

import threading
from contextlib import ExitStack

from stagedoor.config import HubSpotSettings
from stagedoor.hubspot.portal import Portal
from stagedoor.sync.portals import open_portal


class PortalPool:
    """Portals by name; safe for several threads."""

    def __init__(self) -> None:
        """Begin without an open portal."""
        self._open: dict[str, tuple[str | None, ExitStack, Portal]] = {}
        self._lock = threading.Lock()

    def get(self, settings: HubSpotSettings, stamp: str | None) -> Portal:
        """Return the open portal of these settings; calls in it go before those of long runs.

        One that was opened when its connection had another `stamp` is opened anew.

        Raises:
            Misconfigured: It is not connected.
        """
        with self._lock:
            held = self._open.get(settings.portal)
            if held is not None and held[0] == stamp:
                return held[2]
            stack = ExitStack()
            portal = stack.enter_context(open_portal(settings, "realtime"))
            self._open[settings.portal] = (stamp, stack, portal)
        if held is not None:
            held[1].close()
        return portal

    def drop(self, portal: str) -> None:
        """Forget a portal whose connection has changed."""
        with self._lock:
            held = self._open.pop(portal, None)
        if held is not None:
            held[1].close()

    def close(self) -> None:
        """Close all of them."""
        for portal in list(self._open):
            self.drop(portal)
