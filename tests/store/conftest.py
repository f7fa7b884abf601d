"""A store for each database that it runs on."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from stagedoor.config import HubSpotSettings
from stagedoor.store import Store, open_store
from support.postgres import postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server."""
    with postgres_server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> HubSpotSettings:
    """Settings of an empty store."""
    if request.param == "sqlite":
        return HubSpotSettings(state_dir=tmp_path / "state")
    server = request.getfixturevalue("postgres")
    name = f"store_{uuid.uuid4().hex[:12]}"
    with create_engine(server, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = server.rpartition("/")[0] + f"/{name}"
    return HubSpotSettings(state_dir=tmp_path / "state", store_url=url)


@pytest.fixture
def store(settings: HubSpotSettings) -> Iterator[Store]:
    """An open, empty store."""
    opened = open_store(settings)
    yield opened
    opened.close()
