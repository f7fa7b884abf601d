"""One service for the tests that only use it, connected and filled."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.project import Portal, running_portal
from support.service import Service, filled_service


@pytest.fixture(scope="session")
def hubspot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """The portal behind the shared service."""
    with running_portal(tmp_path_factory.mktemp("portal") / "portal.db") as portal:
        yield portal


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory, hubspot: Portal) -> Iterator[Service]:
    """A service whose portal is connected by OAuth, and filled from the sample platform."""
    with filled_service(tmp_path_factory.mktemp("service"), hubspot) as running:
        yield running
