"""Keeps a child process alive for as long as this one is."""

from __future__ import annotations

import logging
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

logger = logging.getLogger("stagedoor.service")

AGAIN = 1.0
"""Seconds until a process that died is started again."""
PATIENCE = 60.0
"""Seconds that it has to end when told to."""


@contextmanager
def kept_alive(command: Sequence[str]) -> Iterator[None]:
    """Run a command as long as the block lasts, again and again.

    The process reads a pipe that ends with this process, and ends then.
    """
    over = threading.Event()
    process = _start(command)
    current = [process]

    def watch() -> None:
        while not over.is_set():
            code = current[0].wait()
            if over.wait(AGAIN):
                return
            logger.warning("The worker ended with %d; starting it again.", code)
            current[0] = _start(command)

    watcher = threading.Thread(target=watch, daemon=True, name="worker")
    watcher.start()
    try:
        yield
    finally:
        over.set()
        _end(current[0])


def _start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdin=subprocess.PIPE)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
