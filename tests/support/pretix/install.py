"""pretix in a virtual environment of its own, made once and kept between runs.

pretix is AGPL and brings Django with 130 pinned packages: it never shares our environment, and
is only ever talked to over HTTP.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from filelock import FileLock

from support.environments import make_environment

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
    if why := make_environment(home, f"pretix=={VERSION}"):
        missing(why)


def missing(why: str) -> None:
    """Skip the test, or fail it where pretix is required."""
    if os.environ.get(REQUIRED):
        pytest.fail(f"{why}\n{REQUIRED} is set, so this is no reason to skip")
    pytest.skip(f"NOT TESTED AGAINST PRETIX: {why}")
