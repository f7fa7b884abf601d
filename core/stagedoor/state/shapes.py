"""What the replica's streams and a mapping's sources look like: columns, types, contents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import duckdb

from stagedoor.errors import Misconfigured
from stagedoor.extension import ObjectType
from stagedoor.mapping.document import ObjectMapping
from stagedoor.mapping.shapes import ColumnShape, SourceShape, StreamShape
from stagedoor.state.columns import DELETED_AT, Column
from stagedoor.state.database import StateDatabase
from stagedoor.state.desired import DesiredState
from stagedoor.state.replica import Replica, quoted
from stagedoor.streams import STREAMS

_SAMPLE = 1_000

_LOOKS: Mapping[str, str] = {
    "email": r"regexp_full_match(trim(c), '[^@\s]+@[^@\s]+\.[^@\s]+')",
    "object": "json_valid(c) AND starts_with(trim(c), '{')",
    "integer": r"regexp_full_match(c, '-?(0|[1-9]\d{0,14})')",
    "number": r"regexp_full_match(c, '-?(0|[1-9]\d*)(\.\d+)?')",
    "date": r"regexp_full_match(c, '\d{4}-\d\d-\d\d') AND TRY_CAST(c AS DATE) IS NOT NULL",
    "datetime": "length(c) > 10 AND TRY_CAST(c AS TIMESTAMPTZ) IS NOT NULL",
    "bool": "lower(c) IN ('true', 'false')",
}
"""What all values of a text column have in common, from the narrowest on."""


def foreign_streams(database: StateDatabase) -> Iterator[StreamShape]:
    """Yield the streams that are not the platform's own, with what their values look like."""
    replica = Replica(database)
    for stream in replica.streams():
        if stream not in STREAMS:
            columns = tuple(
                _column(database, stream, name, kind)
                for name, kind in replica.columns(stream).items()
                if name != DELETED_AT
            )
            rows = int(database.scalar(f"SELECT count(*) FROM replica.{quoted(stream)}"))
            yield StreamShape(stream, rows, columns)


def _column(database: StateDatabase, stream: str, name: str, kind: str) -> ColumnShape:
    table, column = f"replica.{quoted(stream)}", quoted(name)
    ((rows, filled, different),) = database.rows(
        f"SELECT count(*), count({column}), count(DISTINCT {column}) FROM {table}"
    )
    unique = rows > 0 and rows == filled == different
    if kind != "VARCHAR":
        return ColumnShape(name, kind, "", unique)
    checks = ", ".join(f"count(*) FILTER ({test})" for test in _LOOKS.values())
    ((total, *fits),) = database.rows(
        f"SELECT count(*), {checks} FROM (SELECT {column} AS c FROM {table} "
        f"WHERE trim({column}) <> '' LIMIT {_SAMPLE})"
    )
    looks = next((look for look, n in zip(_LOOKS, fits, strict=True) if n == total), "text")
    return ColumnShape(name, kind, looks if total else "empty", unique)


@dataclass
class Sources:
    """Binds SQL against tables without rows, so that nothing is computed."""

    database: StateDatabase
    """A database that is thrown away."""
    desired: DesiredState
    streams: set[str] = field(default_factory=set)

    @classmethod
    def over(
        cls,
        database: StateDatabase,
        streams: tuple[StreamShape, ...],
        registered: Mapping[str, ObjectType],
        now: datetime,
    ) -> Sources:
        """Make empty tables of the platform's streams and of `streams`."""
        replica = Replica(database)
        for stream in streams:
            replica.prepare(stream.name, tuple(Column(c.name, c.type) for c in stream.columns))
        desired = DesiredState(database, now)
        for object_type in registered.values():
            desired.define_relations(object_type)
        return cls(database, desired, set(replica.streams()))

    def shape(self, object_type: ObjectType, mapping: ObjectMapping) -> SourceShape:
        """Return the columns of an entry's source, or why there are none."""
        if mapping.stream is not None and mapping.stream not in self.streams:
            return SourceShape(unseen=True)
        try:
            columns = self._bind(f"SELECT * FROM ({object_type.sql})")
        except Misconfigured as error:
            return SourceShape(sql_error=_reason(error))
        filter_error = None
        if mapping.filter:
            try:
                self._bind(f"SELECT * FROM ({object_type.sql}) WHERE {mapping.filter}")
            except Misconfigured as error:
                filter_error = _reason(error)
        details = {name: self._fields(sql) for name, sql in object_type.details.items()}
        return SourceShape(columns, details, filter_error=filter_error)

    def _bind(self, sql: str) -> dict[str, str]:
        self.desired.run(f"CREATE OR REPLACE TEMP TABLE bound AS {sql} LIMIT 0", "the entry")
        rows = self.database.rows("SELECT column_name, column_type FROM (DESCRIBE bound)")
        return {str(name): str(kind) for name, kind in rows}

    def _fields(self, sql: str) -> tuple[str, ...] | None:
        """Return the fields of a detail; nothing when it is JSON, whose fields are anybody's."""
        self._bind(sql)
        try:
            rows = self.database.rows("DESCRIBE SELECT value.* FROM bound")
        except duckdb.Error:
            return None
        return tuple(str(row[0]) for row in rows)


def _reason(error: Misconfigured) -> str:
    """Return DuckDB's sentence without ours around it."""
    return str(error.__cause__ or error).splitlines()[0].rstrip(".")
