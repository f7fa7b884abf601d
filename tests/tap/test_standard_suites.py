"""The SDK's own suite for taps, on the sample platform."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from tap_platform.tap import TapPlatform

SAMPLE = {"source": "sample", "sample": {"customers": 120, "seed": 5}}

_Suite = get_tap_test_class(
    tap_class=TapPlatform,
    config=SAMPLE,
    suite_config=SuiteConfig(max_records_limit=200),
)


@pytest.fixture(scope="module", autouse=True)
def _elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the suite's sample out of the repository's folder."""
    here, before = tmp_path_factory.mktemp("suite"), Path.cwd()
    os.environ["MELTANO_PROJECT_ROOT"] = str(here)
    os.chdir(here)
    yield
    os.chdir(before)
    del os.environ["MELTANO_PROJECT_ROOT"]


class TestTapOnSample(_Suite):  # type: ignore[misc, valid-type] # the SDK makes it
    """The standard suite."""
