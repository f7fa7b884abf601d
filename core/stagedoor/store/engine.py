"""Opens the database behind the operational store."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from filelock import FileLock
from sqlalchemy import Connection, Engine, create_engine, event, insert, select
from sqlalchemy.exc import SQLAlchemyError

from stagedoor.errors import Misconfigured
from stagedoor.state.lease import private_folder
from stagedoor.store.migrations import upgrade
from stagedoor.store.tables import SCHEMA_VERSION, facts

FILE_NAME = "store.db"
_PATIENCE = 30.0
"""Seconds to wait for another process that writes."""

_ONE_AT_A_TIME = {
    "sqlite": "BEGIN IMMEDIATE",
    "postgresql": "SELECT pg_advisory_xact_lock(7380142)",
}
"""What makes other processes wait that open the same absent store."""


def open_engine(url: str | None, root: Path) -> Engine:
    """Return an engine for `url`, or for the SQLite file in `root`, with all its tables.

    Raises:
        Misconfigured: The URL is wrong, the database cannot be opened, or is of a newer version.
    """
    try:
        # Without parameters: they are records, and errors end up in logs.
        engine = create_engine(url, hide_parameters=True) if url else _sqlite(root)
        with engine.begin() as connection:
            if engine.dialect.name in _ONE_AT_A_TIME:
                connection.exec_driver_sql(_ONE_AT_A_TIME[engine.dialect.name])
            upgrade(connection)
            _check_version(connection)
    except (SQLAlchemyError, sqlite3.Error, ImportError) as error:
        raise Misconfigured(
            f"The operational store cannot be opened: {type(error).__name__}. "
            "Check the setting `store_url`, and that its database accepts connections."
        ) from error
    return engine


def _sqlite(root: Path) -> Engine:
    path = private_folder(root) / FILE_NAME
    if not path.exists():
        path.touch(mode=0o600)
    _write_ahead(path)
    engine = create_engine(
        f"sqlite:///{path}", connect_args={"timeout": _PATIENCE}, hide_parameters=True
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        # What the ledger knows as refused must have its letter, even after a power failure.
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.close()

    return engine


def _write_ahead(path: Path) -> None:
    """Let the file have a write-ahead log, one process after the other.

    SQLite does not wait for others while it changes a file's journal mode, which the file keeps.
    https://www.sqlite.org/wal.html#persistence_of_wal_mode
    """
    with (
        FileLock(path.with_suffix(".lock"), mode=0o600),
        closing(sqlite3.connect(path, timeout=_PATIENCE)) as connection,
    ):
        connection.execute("PRAGMA journal_mode=WAL")


def _check_version(connection: Connection) -> None:
    query = select(facts.c.value).where(facts.c.name == "schema")
    version = connection.execute(query).scalar_one_or_none()
    if version is None:
        row = {"name": "schema", "value": str(SCHEMA_VERSION)}
        connection.execute(insert(facts).values(row))
    elif int(version) > SCHEMA_VERSION:
        raise Misconfigured(
            f"The operational store has schema version {version}, this Stagedoor knows "
            f"{SCHEMA_VERSION}. Install the newer Stagedoor that wrote it."
        )
