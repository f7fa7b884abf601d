"""Writes the sample platform into a database."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock
from sqlalchemy import Engine, create_engine, event, insert, inspect, select

from stagedoor.errors import Misconfigured
from stagedoor_plugins.platform_sources.tables import META, TABLES, metadata
from stagedoor_plugins.sample_platform.generator import generate
from stagedoor_plugins.sample_platform.size import Size


def today() -> datetime:
    """Return the start of the day, UTC, as databases keep it."""
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)


def ensure_sample(path: Path, *, customers: int, seed: int) -> None:
    """Make the SQLite sample at `path` unless it is there.

    It is made beside and renamed, so a killed process leaves nothing half made.
    """
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with FileLock(path.with_suffix(".lock"), mode=0o600):
        if path.exists():
            return
        partial = path.with_suffix(".partial")
        partial.unlink(missing_ok=True)
        os.close(os.open(partial, os.O_CREAT, 0o600))
        engine = create_engine(f"sqlite:///{partial}")
        _careless(engine)
        fill(engine, Size(customers, seed, today()))
        engine.dispose()
        partial.replace(path)


def _careless(engine: Engine) -> None:
    """Write without syncing: the file counts only once it is whole and renamed."""

    @event.listens_for(engine, "connect")
    def _set(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA journal_mode=OFF")
        connection.execute("PRAGMA synchronous=OFF")


def fill(engine: Engine, size: Size, *, replace: bool = False) -> int:
    """Make all tables and rows of a sample; return how many rows there are.

    Raises:
        Misconfigured: The database has such tables already and `replace` is off.
    """
    there = set(inspect(engine).get_table_names()).intersection(metadata.tables)
    if there and not replace:
        raise Misconfigured(
            f"The database already has the tables {', '.join(sorted(there))}. Give --replace to "
            "drop them, or name another database."
        )
    metadata.drop_all(engine)
    metadata.create_all(engine)
    rows = 0
    for chunk in generate(size):
        with engine.begin() as connection:
            for stream, listed in chunk.items():
                if listed:
                    connection.execute(insert(TABLES[stream]), listed)
                    rows += len(listed)
    with engine.begin() as connection:
        facts = {"customers": size.customers, "seed": size.seed, "today": size.today.isoformat()}
        values = [{"name": name, "value": str(value)} for name, value in facts.items()]
        connection.execute(insert(META), values)
    return rows


def size_of(engine: Engine) -> Size:
    """Return the size that a sample was made with.

    Raises:
        Misconfigured: The database holds no sample.
    """
    if not inspect(engine).has_table(META.name):
        raise Misconfigured("The database holds no sample platform. Make one: stagedoor sample")
    with engine.connect() as connection:
        facts = {row.name: row.value for row in connection.execute(select(META))}
    return Size(int(facts["customers"]), int(facts["seed"]), datetime.fromisoformat(facts["today"]))
