"""pretix in a virtual environment of its own, made once and kept between runs.

pretix is AGPL and brings Django with 130 pinned packages: it never shares our environment, and
is only ever talked to over HTTP.
"""

from __future__ import annotations

import os
from pathlib import Path

from support.environments import environment_of, kept

VERSION = "2026.8.0"
FOLDER = "STAGEDOOR_PRETIX_HOME"
"""Names the folder that pretix is installed in; the user's cache otherwise."""


def pretix_python() -> str:
    """Return the Python of an installed pretix; skip the test, or fail, when there is none."""
    given = os.environ.get(FOLDER)
    home = (Path(given) if given else kept("pretix")) / VERSION
    return str(environment_of("pretix", VERSION, home) / "bin" / "python")
