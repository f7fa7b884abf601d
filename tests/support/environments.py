"""Virtual environments beside ours, for other people's packages that must not share it.

Each is made once and kept in the user's cache.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from filelock import FileLock

from support.requirements import missing


def executable_of(package: str, version: str, name: str) -> str:
    """Return a command of a package; skip the test, or fail it in CI, when it cannot be had."""
    return str(environment_of(package, version) / "bin" / name)


def environment_of(package: str, version: str, home: Path | None = None) -> Path:
    """Return the folder of an environment that holds a package, in `home` or in the cache."""
    home = home or kept("packages") / f"{package}-{version}"
    home.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{home}.lock"):
        if not (home / "complete").exists():
            _make(home, f"{package}=={version}")
    return home


def kept(part: str) -> Path:
    """Return the folder of the user's cache for what several runs of the tests share."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "stagedoor" / part


def _make(home: Path, requirement: str) -> None:
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
            missing(f"{requirement} cannot be installed:\n{done.stderr[-2000:]}")
    (home / "complete").touch()
