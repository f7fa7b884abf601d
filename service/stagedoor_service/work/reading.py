"""Reads the platform into a portal's replica."""

from __future__ import annotations

from stagedoor.config import HubSpotSettings
from stagedoor_service.work.pipes import Pipe

STATE_FILE = "tap-platform.json"
"""Bookmarks of the reads that the service itself makes, beside the portal's state."""


def read_platform(settings: HubSpotSettings, *, full: bool = False) -> None:
    """Take what changed on the platform into the replica; nothing is pushed.

    Raises:
        Unavailable: The platform could not be read; what came is kept.
    """
    pipe = Pipe("tap_platform", "target_hubspot", settings.portal_dir / STATE_FILE)
    pipe.run(
        {
            "TARGET_HUBSPOT_PUSH": "false",
            "TARGET_HUBSPOT_PORTAL": settings.portal,
            "TARGET_HUBSPOT_LOGLEVEL": "WARNING",
            "TAP_PLATFORM_LOGLEVEL": "WARNING",
        },
        full=full,
    )
