"""A portal, and plain HTTP to it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from support.project import Portal, running_portal


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with running_portal(tmp_path_factory.mktemp("portal") / "portal.db") as running:
        yield running


@pytest.fixture
def api(shared: Portal) -> Iterator[httpx.Client]:
    """A client of an empty portal."""
    shared.post("/_sandbox/reset", {"data": True}).raise_for_status()
    headers = {"Authorization": f"Bearer {shared.sandbox.token}"}
    with httpx.Client(base_url=shared.sandbox.url, headers=headers, timeout=30) as client:
        yield client
