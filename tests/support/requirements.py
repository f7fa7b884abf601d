"""What a test cannot do without: it is skipped elsewhere, and fails where everything must be."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

REQUIRED = "STAGEDOOR_REQUIRE_ALL"
"""Set where nothing may be skipped, as in .ci/run."""


def missing(what: str) -> NoReturn:
    """Skip the test that lacks something, or fail it where everything is required."""
    if os.environ.get(REQUIRED):
        pytest.fail(f"{what}\n{REQUIRED} is set, so this is no reason to skip")
    pytest.skip(f"NOT TESTED: {what}")  # the one skip: a desk may lack what .ci/run installs
