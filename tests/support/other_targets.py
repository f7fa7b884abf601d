"""Other people's Singer targets, each in a virtual environment of its own, made once and kept."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from filelock import FileLock

from support.environments import make_environment


def executable_of(package: str, version: str, name: str) -> str:
    """Return a command of a package; skip the test, or fail it in CI, when it cannot be had."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    home = cache / "stagedoor" / "packages" / f"{package}-{version}"
    home.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{home}.lock"):
        if not (home / "complete").exists():
            why = make_environment(home, f"{package}=={version}")
            if why and os.environ.get("CI"):
                pytest.fail(why)
            if why:
                pytest.skip(why)
    return str(home / "bin" / name)
