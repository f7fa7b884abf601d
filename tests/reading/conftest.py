"""A portal, something that fills it, and the tap that reads it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hubspot_sandbox.testing import running_sandbox
from stagedoor.hubspot import portal as portals
from stagedoor.hubspot.limiter import Limiter
from support.project import Portal
from support.reading import Maker, Reader


@pytest.fixture(scope="session")
def _shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with running_sandbox(tmp_path_factory.mktemp("reading") / "portal.db") as running:
        yield Portal(running)


@pytest.fixture
def portal(_shared: Portal) -> Portal:
    """An empty portal; its process serves all tests of this folder."""
    _shared.post("/_sandbox/reset", {}).raise_for_status()
    _shared.post("/_sandbox/clock", {"still": False}).raise_for_status()
    return _shared


@pytest.fixture
def maker(portal: Portal) -> Maker:
    """Fills the portal."""
    return Maker(portal)


@pytest.fixture
def reader(portal: Portal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """The tap; without limits on calls, which have tests of their own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MELTANO_PROJECT_ROOT", raising=False)
    monkeypatch.setattr(
        portals,
        "_limiter",
        lambda _settings, clockwork, _shelf: Limiter(
            portals.NO_LIMIT, clockwork.now, clockwork.sleep
        ),
    )
    return Reader(portal, tmp_path / "state")
