"""Reads the platform into a portal's replica, by tap and target as Meltano would run them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from stagedoor.config import HubSpotSettings
from stagedoor.errors import Unavailable

STATE_FILE = "tap-state.json"
"""Bookmarks of the reads that the service itself makes, beside the portal's state."""


def read_platform(settings: HubSpotSettings, *, full: bool = False) -> None:
    """Take what changed on the platform into the replica; nothing is pushed.

    Raises:
        Unavailable: The platform could not be read; what came is kept.
    """
    kept = settings.portal_dir / STATE_FILE
    environment = {
        **os.environ,
        "TARGET_HUBSPOT_PUSH": "false",
        "TARGET_HUBSPOT_PORTAL": settings.portal,
    }
    python = [sys.executable, "-m"]
    state = [] if full or not kept.exists() else ["--state", str(kept)]
    tap = subprocess.Popen(
        [*python, "tap_platform", "--config", "ENV", *state],
        stdout=subprocess.PIPE,
        env=environment,
    )
    target = subprocess.run(
        [*python, "target_hubspot", "--config", "ENV"],
        stdin=tap.stdout,
        stdout=subprocess.PIPE,
        env=environment,
        check=False,
    )
    if tap.stdout is not None:
        tap.stdout.close()  # so that a tap whose target has ended ends too
    codes = (tap.wait(), target.returncode)
    _keep(kept, target.stdout)
    if any(codes):
        raise Unavailable(
            f"The platform could not be read (tap ended with {codes[0]}, target with {codes[1]}); "
            "the service's log says why. What came is kept; run again."
        )


def _keep(path: Path, output: bytes) -> None:
    """Keep the last state that the target has acknowledged, whole or not at all."""
    lines = [line for line in output.splitlines() if line.strip()]
    if not lines:
        return
    json.loads(lines[-1])
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as draft:
        draft.write(lines[-1])
        draft.flush()
        os.fsync(draft.fileno())
    Path(draft.name).replace(path)
