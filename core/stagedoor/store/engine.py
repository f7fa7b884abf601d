"""Opens the database behind the operational store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, insert, select
from sqlalchemy.exc import ArgumentError, IntegrityError, SQLAlchemyError

from stagedoor.errors import Misconfigured
from stagedoor.state.lease import private_folder
from stagedoor.store.tables import SCHEMA_VERSION, facts, metadata

FILE_NAME = "store.db"


def open_engine(url: str | None, root: Path) -> Engine:
    """Return an engine for `url`, or for the SQLite file in `root`, with all tables made.

    Raises:
        Misconfigured: The URL is wrong, the database cannot be opened, or is of a newer version.
    """
    try:
        engine = create_engine(url) if url else _sqlite(root)
        metadata.create_all(engine)
        _check_version(engine)
    except (ArgumentError, SQLAlchemyError, ImportError) as error:
        raise Misconfigured(
            f"The operational store cannot be opened: {type(error).__name__}. "
            "Check the setting `store_url`, and that its database accepts connections."
        ) from error
    return engine


def _sqlite(root: Path) -> Engine:
    path = private_folder(root) / FILE_NAME
    if not path.exists():
        path.touch(mode=0o600)
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.close()

    return engine


def _check_version(engine: Engine) -> None:
    with engine.begin() as connection:
        query = select(facts.c.value).where(facts.c.name == "schema")
        version = connection.execute(query).scalar_one_or_none()
        if version is None:
            try:
                with connection.begin_nested():
                    row = {"name": "schema", "value": str(SCHEMA_VERSION)}
                    connection.execute(insert(facts).values(row))
            except IntegrityError:
                return  # another process was first
        elif int(version) > SCHEMA_VERSION:
            raise Misconfigured(
                f"The operational store has schema version {version}, this Stagedoor knows "
                f"{SCHEMA_VERSION}. Install the newer Stagedoor that wrote it."
            )
