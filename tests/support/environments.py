"""Virtual environments beside ours, for packages that must not share it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path


def make_environment(home: Path, requirement: str) -> str | None:
    """Install a package into a new environment; return why not, or nothing."""
    shutil.rmtree(home, ignore_errors=True)
    python = str(home / "bin" / "python")
    # `uv run` says where uv is, also when it came as a package of some Python.
    if uv := os.environ.get("UV") or shutil.which("uv"):
        steps = [
            [uv, "venv", "--quiet", "--python", sys.executable, str(home)],
            [uv, "pip", "install", "--quiet", "--python", python, requirement],
        ]
    else:
        steps = [
            [sys.executable, "-m", "venv", str(home)],
            [python, "-m", "pip", "install", "--quiet", requirement],
        ]
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return f"{requirement} cannot be installed:\n{done.stderr[-2000:]}"
    (home / "complete").touch()
    return None
