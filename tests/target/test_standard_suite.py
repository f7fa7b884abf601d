"""The SDK's own suite for targets, on the embedded portal."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from singer_sdk.testing import get_target_test_class

from target_hubspot.target import TargetHubSpot

# Two tests of the suite want a bad record to end the run, which is our setting `stop`.
_Suite = get_target_test_class(
    target_class=TargetHubSpot, config={"portal": "suite", "bad_records": "stop"}
)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path) -> Iterator[None]:
    """Keep each test's state in a folder of its own."""
    before = Path.cwd()
    os.environ["MELTANO_PROJECT_ROOT"] = str(tmp_path)
    os.chdir(tmp_path)
    yield
    os.chdir(before)
    del os.environ["MELTANO_PROJECT_ROOT"]


class TestTarget(_Suite):  # type: ignore[misc, valid-type] # the SDK makes it
    """The standard suite."""
