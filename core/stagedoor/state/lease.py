"""The lease on a portal: one process at a time syncs it; the next waits, or says who has it."""

from __future__ import annotations

import json
import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from stagedoor.errors import Busy

logger = logging.getLogger("stagedoor")


def private_folder(path: Path) -> Path:
    """Make `path` readable by its owner only, and return it."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


@contextmanager
def lease(portal_dir: Path, *, purpose: str, timeout: float) -> Iterator[None]:
    """Hold the portal in `portal_dir`; the operating system frees it when the process dies.

    Raises:
        Busy: Another process held it for `timeout` seconds, naming that process.
    """
    private_folder(portal_dir)
    holder = portal_dir / "lease.json"
    lock = FileLock(portal_dir / "lease.lock", mode=0o600)
    try:
        _wait(lock, holder, purpose, timeout)
    except Timeout:
        raise Busy(
            f"Portal {portal_dir.name!r} is held by {_describe(holder)}; this run ({purpose}) "
            f"waited {timeout:g} s for it. Wait until it ends, or stop it; the setting "
            "`lease_timeout` says how long to wait."
        ) from None
    try:
        holder.write_text(
            json.dumps(
                {
                    "pid": os.getpid(),
                    "host": socket.gethostname(),
                    "purpose": purpose,
                    "since": datetime.now(UTC).isoformat(timespec="seconds"),
                }
            )
        )
        yield
        holder.unlink(missing_ok=True)
    finally:
        lock.release()


def _wait(lock: FileLock, holder: Path, purpose: str, timeout: float) -> None:
    """Get the lock; say who waits for whom where it is not free.

    Raises:
        Timeout: It was not free for `timeout` seconds.
    """
    try:
        lock.acquire(timeout=0)
    except Timeout:
        if timeout <= 0:
            raise
        logger.info("This run (%s) waits for %s.", purpose, _describe(holder))
        lock.acquire(timeout=timeout)


def _describe(holder: Path) -> str:
    try:
        who = json.loads(holder.read_text())
    except (OSError, ValueError):
        return "another process"
    return f"process {who['pid']} on {who['host']} ({who['purpose']} since {who['since']})"
