"""Indexes on properties that searches compare, made when a portal has grown large enough."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable

from hubspot_sandbox.model.types import ObjectType
from hubspot_sandbox.store.schema import Schema

FROM_RECORDS = 20_000
"""Below this many records a scan is quick enough."""
MOST = 8
"""Indexes that a portal keeps; each makes writes slower."""

_SAFE = re.compile(r"[a-z][a-z0-9_]*")


class Lookups:
    """Makes an index when a property of a large type is first searched by."""

    def __init__(self, connection: sqlite3.Connection, schema: Schema) -> None:
        """Index properties that `schema` defines."""
        self._connection = connection
        self._schema = schema
        rows = connection.execute("SELECT name FROM sqlite_master WHERE name LIKE 'lookup_%'")
        self._made = {row["name"] for row in rows}

    def serve(self, kind: ObjectType, properties: Iterable[str]) -> None:
        """Make the missing indexes of a type with many records."""
        for name in properties:
            index = f"lookup_{kind.id.replace('-', '_')}_{name}"
            if index in self._made or len(self._made) >= MOST or not _SAFE.fullmatch(name):
                continue
            if not self._is_large(kind):
                return
            type_ = self._schema.properties[kind.name][name]["type"]
            self._connection.execute(
                f"CREATE INDEX IF NOT EXISTS {index} ON objects ({value_of(name, type_)}) "
                f"WHERE type = '{kind.name}' AND archived = 0"
            )
            self._made.add(index)

    def _is_large(self, kind: ObjectType) -> bool:
        row = self._connection.execute(
            "SELECT 1 FROM objects WHERE type = ? LIMIT 1 OFFSET ?", [kind.name, FROM_RECORDS]
        ).fetchone()
        return row is not None


def value_of(name: str, kind: str) -> str:
    """Return the SQL of a property's value, the same each time so that an index can serve it."""
    value = f"nullif(json_extract(properties, '$.{name}'), '')"
    if kind == "number":
        return f"CAST({value} AS REAL)"
    return value if kind in ("date", "datetime", "enumeration", "bool") else f"folded({value})"
