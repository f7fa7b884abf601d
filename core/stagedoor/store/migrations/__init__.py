"""Brings the store's tables to what this version knows, step by step, by Alembic.

https://alembic.sqlalchemy.org/en/latest/cookbook.html#sharing-a-connection-across-one-or-more-programmatic-migration-commands
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, String, Table, inspect, select

from stagedoor.errors import Misconfigured

HEAD = "0007"
"""The newest revision; a test compares it with the files beside this one."""

VERSION_TABLE = "stagedoor_revision"

_version = Table(VERSION_TABLE, MetaData(), Column("version_num", String(32), primary_key=True))


def current(connection: Connection) -> str | None:
    """Return the revision of the tables; nothing where they are absent, or older than revisions."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found = connection.execute(select(_version.c.version_num)).scalar_one_or_none()
    return None if found is None else str(found)


def upgrade(connection: Connection) -> None:
    """Bring the tables to `HEAD`; costs one question when they are there already.

    Raises:
        Misconfigured: A newer Stagedoor wrote them.
    """
    revision = current(connection)
    if revision == HEAD:
        return
    if revision is not None and revision > HEAD:
        raise Misconfigured(
            f"The operational store has revision {revision}, this Stagedoor knows {HEAD}. "
            "Install the newer Stagedoor that wrote it."
        )
    # Imported here: a store that is up to date, as at nearly every start, does without.
    from alembic import command  # noqa: PLC0415 - few starts migrate
    from alembic.config import Config  # noqa: PLC0415 - few starts migrate

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)
