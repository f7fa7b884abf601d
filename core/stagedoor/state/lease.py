"""The lease on a portal: one process at a time syncs it; the next waits, or says who has it.

Who waits holds a second lock meanwhile, the turn. So who holds the portal for long can see that
somebody waits, and who lets go and comes back at once stands behind them.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from stagedoor.errors import Busy

logger = logging.getLogger("stagedoor")

_LOOK = 0.02
"""Seconds between two attempts to get a lock."""


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
        _wait(lock, _turn(portal_dir), holder, purpose, timeout)
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


def is_wanted(portal_dir: Path) -> bool:
    """Return whether somebody waits for the portal in `portal_dir`."""
    turn = _turn(portal_dir)
    try:
        turn.acquire(timeout=0)
    except Timeout:
        return True
    turn.release()
    return False


def _turn(portal_dir: Path) -> FileLock:
    return FileLock(portal_dir / "lease.turn", mode=0o600)


def _wait(lock: FileLock, turn: FileLock, holder: Path, purpose: str, timeout: float) -> None:
    """Get the lock, after those who wait already; say who waits for whom where it is not free.

    Raises:
        Timeout: It was not free for `timeout` seconds.
    """
    until = time.monotonic() + timeout
    try:
        try:
            turn.acquire(timeout=0)
            lock.acquire(timeout=0)
        except Timeout:
            if timeout <= 0:
                raise
            logger.info("This run (%s) waits for %s.", purpose, _describe(holder))
            if not turn.is_locked:
                turn.acquire(timeout=timeout, poll_interval=_LOOK)
            lock.acquire(timeout=max(until - time.monotonic(), 0), poll_interval=_LOOK)
    finally:
        turn.release(force=True)


def _describe(holder: Path) -> str:
    try:
        who = json.loads(holder.read_text())
    except (OSError, ValueError):
        return "another process"
    return f"process {who['pid']} on {who['host']} ({who['purpose']} since {who['since']})"
