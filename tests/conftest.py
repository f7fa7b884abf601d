"""Markers from folders, and the fixtures that several folders use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from support.project import Portal, Project, make_project, running_portal

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with the name of its folder."""
    for item in items:
        folder = item.path.relative_to(HERE).parts[0]
        item.add_marker(getattr(pytest.mark, folder))


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
