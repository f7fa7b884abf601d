"""Opens the portal that the settings name: HubSpot's own, or the embedded sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from stagedoor.config import HubSpotSettings
from stagedoor.hubspot.portal import Portal, connect
from stagedoor.hubspot.sandbox import embedded_portal

SANDBOX_FILE = "sandbox.db"


@contextmanager
def open_portal(settings: HubSpotSettings) -> Iterator[Portal]:
    """Give the portal, ready for calls; the embedded one lives as long as the block.

    Raises:
        Misconfigured: No token for a real portal, or the sandbox is not installed.
    """
    if settings.portal_url is not None:
        with connect(settings, settings.portal_url) as portal:
            yield portal
        return
    with embedded_portal(settings.root / SANDBOX_FILE) as url, connect(settings, url) as portal:
        yield portal
