"""Other people's Singer targets, each in a virtual environment of its own, made once and kept."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock


def executable_of(package: str, version: str, name: str) -> str:
    """Return a command of a package; skip the test, or fail it in CI, when it cannot be had."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    home = cache / "stagedoor" / "packages" / f"{package}-{version}"
    home.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{home}.lock"):
        if not (home / "complete").exists():
            _install(home, f"{package}=={version}")
    return str(home / "bin" / name)


def _install(home: Path, requirement: str) -> None:
    shutil.rmtree(home, ignore_errors=True)
    uv, python = os.environ.get("UV") or shutil.which("uv") or "uv", str(home / "bin" / "python")
    for step in (
        [uv, "venv", "--quiet", "--python", sys.executable, str(home)],
        [uv, "pip", "install", "--quiet", "--python", python, requirement],
    ):
        done = subprocess.run(step, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            why = f"{requirement} cannot be installed:\n{done.stderr[-2000:]}"
            if os.environ.get("CI"):
                pytest.fail(why)
            pytest.skip(why)
    (home / "complete").touch()
