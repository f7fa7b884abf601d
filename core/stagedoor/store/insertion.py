"""Adds rows that are not there yet, whichever database it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert the rows that break no unique constraint, and return how many those were."""
    # Row by row in the driver: one statement with all values costs ten times as much to build.
    match connection.dialect.name:
        case "sqlite":
            fresh = sqlite.insert(table).on_conflict_do_nothing()
            return connection.execute(fresh, list(rows)).rowcount
        case "postgresql":
            known = postgresql.insert(table).on_conflict_do_nothing()
            return len(connection.execute(known.returning(*table.primary_key), list(rows)).all())
        case _:
            return sum(_inserted(connection, table, row) for row in rows)


def _inserted(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    try:
        with connection.begin_nested():
            connection.execute(insert(table).values(row))
    except IntegrityError:
        return False
    return True
