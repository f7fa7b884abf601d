"""Runs a tap into a target, as Meltano would, with bookmarks of the service's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stagedoor.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Pipe:
    """A tap and a target, by the names of their packages, and where their bookmarks are kept."""

    tap: str
    target: str
    bookmarks: Path
    catalog: Path | None = None
    """Which of its streams the tap reads; without one, all."""

    def run(self, environment: Mapping[str, str], *, full: bool = False) -> dict[str, Any]:
        """Run both to their end and return the last state that the target acknowledged.

        With `full` the tap begins anew.

        Raises:
            Unavailable: One of them failed; what came before that is kept.
        """
        chosen = ["--catalog", str(self.catalog)] if self.catalog else []
        known = [] if full or not self.bookmarks.exists() else ["--state", str(self.bookmarks)]
        python, variables = [sys.executable, "-m"], {**os.environ, **environment}
        tap = subprocess.Popen(
            [*python, self.tap, "--config", "ENV", *chosen, *known],
            stdout=subprocess.PIPE,
            env=variables,
        )
        target = subprocess.run(
            [*python, self.target, "--config", "ENV"],
            stdin=tap.stdout,
            stdout=subprocess.PIPE,
            env=variables,
            check=False,
        )
        if tap.stdout is not None:
            tap.stdout.close()  # so that a tap whose target has ended ends too
        codes = (tap.wait(), target.returncode)
        state = self._keep(target.stdout)
        if any(codes):
            raise Unavailable(
                f"{self.tap} ended with {codes[0]}, {self.target} with {codes[1]}; the service's "
                "log says why. What came is kept; run again."
            )
        return state

    def _keep(self, output: bytes) -> dict[str, Any]:
        """Keep the last acknowledged state, whole or not at all, and return it."""
        lines = [line for line in output.splitlines() if line.strip()]
        if not lines:
            return {}
        state = json.loads(lines[-1])
        folder = self.bookmarks.parent
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as draft:
            draft.write(lines[-1])
            draft.flush()
            os.fsync(draft.fileno())
        Path(draft.name).replace(self.bookmarks)
        return dict(state)
