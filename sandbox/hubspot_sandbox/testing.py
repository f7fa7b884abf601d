"""A portal for tests: `with running_sandbox(path) as portal: ...`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hubspot_sandbox.store.accounts import TOKEN


@dataclass(frozen=True)
class RunningSandbox:
    """A portal that listens on loopback, in a process of its own."""

    url: str
    portal_id: int
    token: str = TOKEN


@contextmanager
def running_sandbox(data: Path, *options: str) -> Iterator[RunningSandbox]:
    """Serve the portal kept in `data` as long as the block lasts."""
    command = [sys.executable, "-m", "hubspot_sandbox", "--port", "0", "--data", str(data)]
    process = subprocess.Popen(
        [*command, "--exit-with-parent", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        told = json.loads(line)
        yield RunningSandbox(told["url"], told["portal_id"])
    finally:
        if process.stdin:
            process.stdin.close()
        process.wait(10)
