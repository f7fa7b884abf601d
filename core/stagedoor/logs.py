"""What is logged by default: our own lines, and nobody's chatter."""

from __future__ import annotations

import logging


def quiet_libraries() -> None:
    """Keep libraries from logging every call at level INFO, and our own lines at it."""
    logging.getLogger("stagedoor").setLevel(logging.INFO)
    for name in ("httpx", "httpcore", "filelock", "sqlalchemy"):
        logging.getLogger(name).setLevel(logging.WARNING)
