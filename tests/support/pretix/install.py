"""pretix in a virtual environment of its own, made once and kept between runs.

pretix is AGPL and brings Django with 130 pinned packages: it never shares our environment, and
is only ever talked to over HTTP.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

VERSION = "2026.8.0"
FOLDER = "STAGEDOOR_PRETIX_HOME"
"""Names the folder that pretix is installed in; the user's cache otherwise."""
REQUIRED = "STAGEDOOR_REQUIRE_PRETIX"
"""Set where a pretix that cannot be installed must fail the tests, as in .ci/run."""


def pretix_python() -> str:
    """Return the Python of an installed pretix; skip the test, or fail, when there is none."""
    home = _home()
    home.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{home}.lock"):
        if not (home / "complete").exists():
            _install(home)
    return str(home / "bin" / "python")


def _home() -> Path:
    given = os.environ.get(FOLDER)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return (Path(given) if given else cache / "stagedoor" / "pretix") / VERSION


def _install(home: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)
    python, package = str(home / "bin" / "python"), f"pretix=={VERSION}"
    # `uv run` says where uv is, also when it came as a package of some Python.
    if uv := os.environ.get("UV") or shutil.which("uv"):
        steps = [
            [uv, "venv", "--quiet", "--python", sys.executable, str(home)],
            [uv, "pip", "install", "--quiet", "--python", python, package],
        ]
    else:
        steps = [
            [sys.executable, "-m", "venv", str(home)],
            [python, "-m", "pip", "install", "--quiet", package],
        ]
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            missing(f"pretix {VERSION} cannot be installed:\n{done.stderr[-2000:]}")
    (home / "complete").touch()


def missing(why: str) -> None:
    """Skip the test, or fail it where pretix is required."""
    if os.environ.get(REQUIRED):
        pytest.fail(f"{why}\n{REQUIRED} is set, so this is no reason to skip")
    pytest.skip(f"NOT TESTED AGAINST PRETIX: {why}")
