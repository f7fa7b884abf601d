"""Platform source `sample`: a database made up on first use, and kept."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from stagedoor.streams import STREAMS
from stagedoor_plugins.platform_sources.sql import SqlSettings, SqlSource
from stagedoor_plugins.platform_sources.sql_writer import SqlWriter
from stagedoor_plugins.platform_sources.stream import PlatformStream
from stagedoor_plugins.sample_platform.database import ensure_sample

DEFAULT_CUSTOMERS = 5_000


class SampleSettings(BaseModel):
    """Settings of the source `sample`."""

    model_config = ConfigDict(extra="forbid")

    customers: int = Field(DEFAULT_CUSTOMERS, ge=1, description="Customers, when it is made.")
    seed: int = Field(1, description="Seed, when it is made.")
    path: Path | None = Field(None, description="SQLite file; `.stagedoor/sample.db` by default.")


def default_path() -> Path:
    """Return where the sample platform is kept."""
    return Path(os.environ.get("MELTANO_PROJECT_ROOT", ".")).resolve() / ".stagedoor" / "sample.db"


class SampleSource:
    """The embedded sample platform."""

    name = "sample"
    description = "A sample platform, made on first use by a seeded generator and kept."
    settings: type[BaseModel] = SampleSettings

    def streams(self, tap: Any, settings: Any) -> Sequence[PlatformStream]:
        """Make the sample when there is none, and return its streams."""
        return SqlSource().streams(tap, _database(settings))

    def writer(self, settings: Any) -> SqlWriter:
        """Return what writes to the sample: everything in it may be written."""
        return SqlSource().writer(_database(settings))


def _database(settings: SampleSettings) -> SqlSettings:
    """Return the sample as a database; it is made when there is none."""
    path = settings.path or default_path()
    ensure_sample(path, customers=settings.customers, seed=settings.seed)
    writable = {name: [field.name for field in spec.fields] for name, spec in STREAMS.items()}
    return SqlSettings(url=SecretStr(f"sqlite:///{path}"), writable=writable)
