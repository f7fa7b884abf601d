"""What is logged by default: our own lines, and nobody's chatter."""

from __future__ import annotations

import logging
import os


def quiet_libraries() -> None:
    """Keep libraries from logging every call at level INFO, and our own lines at it."""
    logging.getLogger("stagedoor").setLevel(logging.INFO)
    for name in ("httpx", "httpcore", "filelock", "sqlalchemy", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)


def follow_level(plugin: str) -> None:
    """Let the SDK's own lines of a tap or target follow `TARGET_HUBSPOT_LOGLEVEL` and its like."""
    level = os.environ.get(f"{plugin.upper().replace('-', '_')}_LOGLEVEL", "INFO")
    logging.getLogger(plugin).setLevel(level.upper())
