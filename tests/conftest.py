"""Markers from folders, and the fixtures that several folders use."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

from support.project import Portal, Project, make_project, running_portal

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")

HERE = Path(__file__).parent


LONGEST_FIRST = ("pretix", "e2e", "target")
"""Folders that begin first where tests run side by side, so that none of them is left over."""


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Run the whole suite side by side, and what is named on the command line in one process."""
    named = config.args_source is not pytest.Config.ArgsSource.TESTPATHS
    return 0 if named else min(os.cpu_count() or 1, 4)


class Together(LoadFileScheduling):  # type: ignore[misc] # xdist ships no types
    """Gives each file to one process, and to one all files that share the one pretix."""

    def _split_scope(self, nodeid: str) -> str:
        path = str(super()._split_scope(nodeid))
        return "pretix" if path.startswith("tests/pretix/") else path


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    """Keep together what shares a server."""
    return Together(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark each test with the name of its folder."""
    for item in items:
        folder = item.path.relative_to(HERE).parts[0]
        item.add_marker(getattr(pytest.mark, folder))
    if hasattr(config, "workerinput"):
        items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    folder = item.path.relative_to(HERE).parts[0]
    return LONGEST_FIRST.index(folder) if folder in LONGEST_FIRST else len(LONGEST_FIRST)


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    """A portal of its own for one test."""
    with running_portal(tmp_path / "portal.db") as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, portal: Portal) -> Project:
    """A small project that writes to the test's portal."""
    small = {"TAP_PLATFORM_SAMPLE": '{"customers": 300, "seed": 3}'}
    return make_project(tmp_path / "project", {**portal.settings, **small})


@pytest.fixture
def new_project(tmp_path: Path) -> Callable[..., Project]:
    """Makes further projects, by name."""
    return lambda name, settings=None: make_project(tmp_path / name, settings)
