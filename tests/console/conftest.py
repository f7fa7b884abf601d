"""One service for all tests of the console, connected and filled."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.console import Person, signed_in
from support.project import Portal, running_portal
from support.service import Service, filled_service


@pytest.fixture(scope="session")
def hubspot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with running_portal(tmp_path_factory.mktemp("portal") / "portal.db") as portal:
        yield portal


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory, hubspot: Portal) -> Iterator[Service]:
    """A service whose portal is connected by OAuth, and filled from the sample platform."""
    with filled_service(tmp_path_factory.mktemp("console"), hubspot) as running:
        yield running


@pytest.fixture(scope="session")
def administrator(service: Service) -> Person:
    return signed_in(service, "admin")


@pytest.fixture(scope="session")
def reader(service: Service) -> Person:
    """Somebody who may only look."""
    return signed_in(service, "read")
