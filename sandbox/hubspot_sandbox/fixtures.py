"""For pytest: `pytest_plugins = ["hubspot_sandbox.fixtures"]` gives each test a portal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hubspot_sandbox.testing import RunningSandbox, running_sandbox


@pytest.fixture
def hubspot_sandbox(tmp_path: Path) -> Iterator[RunningSandbox]:
    """An empty portal in a process of its own, as long as the test lasts."""
    with running_sandbox(tmp_path / "portal.db") as running:
        yield running
