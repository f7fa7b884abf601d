"""Starts the embedded sandbox portal as a process that lives no longer than this one."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stagedoor.errors import Misconfigured, Unavailable

_STOP_SECONDS = 10.0


@contextmanager
def embedded_portal(data: Path) -> Iterator[str]:
    """Give the URL of a sandbox portal on a free loopback port, kept in the file `data`.

    The portal reads its standard input and ends when that ends, so it goes with this process
    even when that is killed.

    Raises:
        Misconfigured: The sandbox is not installed.
        Unavailable: It did not start.
    """
    if importlib.util.find_spec("hubspot_sandbox") is None:
        raise Misconfigured(
            "The embedded sandbox portal is not installed. Install `stagedoor[sandbox]`, or set "
            "`portal_url` and `access_token` to use HubSpot."
        )
    command = [sys.executable, "-m", "hubspot_sandbox", "--port", "0", "--data", str(data)]
    process = subprocess.Popen(
        [*command, "--exit-with-parent"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield _url(process)
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[str]) -> None:
    """Let the portal end by itself; it does when its standard input ends."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _url(process: subprocess.Popen[str]) -> str:
    line = process.stdout.readline() if process.stdout is not None else ""
    try:
        return str(json.loads(line)["url"])
    except (ValueError, KeyError):
        raise Unavailable(
            "The embedded sandbox portal did not start; its message stands above. "
            "Try `stagedoor sandbox` by itself."
        ) from None
