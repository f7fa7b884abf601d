"""The default database schema: one table per stream, one column per field."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Index,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeEngine

from stagedoor.streams import STREAMS, Field, FieldType, StreamSpec

_TYPES: dict[FieldType, TypeEngine[Any]] = {
    "string": Text(),
    "integer": BigInteger(),
    "decimal": Numeric(18, 2),
    "boolean": Boolean(),
    "timestamp": DateTime().with_variant(DateTime(timezone=False), "postgresql"),
    "json": Text(),
}

metadata = MetaData()


def _column(spec: StreamSpec, column: Field) -> Column[Any]:
    is_key = column.name == spec.key
    kind: TypeEngine[Any] = String(64) if is_key else _TYPES[column.type]
    return Column(column.name, kind, primary_key=is_key, nullable=not column.required)


TABLES: dict[str, Table] = {
    spec.name: Table(
        spec.name,
        metadata,
        *(_column(spec, column) for column in spec.fields),
        Index(f"{spec.name}_by_change", spec.replication_key, spec.key),
    )
    for spec in STREAMS.values()
}

META = Table(
    "sample_meta", metadata, Column("name", String(32), primary_key=True), Column("value", Text)
)
