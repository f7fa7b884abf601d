"""Adds rows that are not there yet, whichever database it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert the rows that break no unique constraint, and return how many those were."""
    match connection.dialect.name:
        case "sqlite":
            known = sqlite.insert(table).values(rows).on_conflict_do_nothing()
            added = known.returning(*table.primary_key)
        case "postgresql":
            known_there = postgresql.insert(table).values(rows).on_conflict_do_nothing()
            added = known_there.returning(*table.primary_key)
        case _:
            return sum(_inserted(connection, table, row) for row in rows)
    return len(connection.execute(added).all())


def _inserted(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    try:
        with connection.begin_nested():
            connection.execute(insert(table).values(row))
    except IntegrityError:
        return False
    return True
