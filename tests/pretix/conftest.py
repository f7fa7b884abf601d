"""One real pretix for all tests, filled once; and one portal that was filled from it."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from support.pretix.buyers import Seeded
from support.pretix.client import Organizer
from support.pretix.facts import read
from support.pretix.filled import Filled, expected_now, pretix_project
from support.pretix.participation import told
from support.pretix.seed import seed
from support.pretix.server import RunningPretix, running_pretix
from support.project import running_portal


@pytest.fixture(scope="session")
def pretix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPretix]:
    """A running pretix with two organizers."""
    with running_pretix(tmp_path_factory.mktemp("pretix"), "acme", "bulk") as running:
        yield running


@pytest.fixture(scope="session")
def seeded(pretix: RunningPretix) -> Seeded:
    """The organizer with 400 orders; tests change it further."""
    return seed(Organizer(pretix, "acme"), random.Random(5))


@pytest.fixture(scope="session")
def filled(seeded: Seeded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """The first run of the main job."""
    folder = tmp_path_factory.mktemp("filled")
    with running_portal(folder / "portal.db") as portal:
        project = pretix_project(folder / "project", seeded.organizer, portal)
        facts = read(seeded.organizer)
        project.main_job()
        yield Filled(
            seeded.organizer,
            project,
            portal,
            facts,
            expected_now(facts),
            portal.export(),
            told(portal),
        )
