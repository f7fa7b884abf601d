"""Which column of the replica holds a field of a Singer schema; any tap's schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_TYPES = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DECIMAL(38, 9)",
    "boolean": "BOOLEAN",
    "object": "VARCHAR",
    "array": "VARCHAR",
}
_FORMATS = {"date-time": "TIMESTAMP", "date": "DATE"}

DELETED_AT = "_sdc_deleted_at"
"""Column by which a tap says that a row was deleted at its source."""

_VOLATILE = {
    "_sdc_extracted_at",
    "_sdc_received_at",
    "_sdc_batched_at",
    "_sdc_sequence",
    "_sdc_table_version",
    "_sdc_sync_started_at",
}
"""Columns that are new at each run, whatever the row says."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a replica table."""

    name: str
    type: str
    """DuckDB's name of the type."""
    is_nested: bool = False
    """Whether the column holds JSON text of objects or lists, and of nothing else."""


def columns_of(schema: Mapping[str, Any]) -> tuple[Column, ...]:
    """Return the replica columns of a Singer schema."""
    fields = schema.get("properties") or {}
    return tuple(
        Column(name, column_type(spec), _is_nested(spec))
        for name, spec in fields.items()
        if name not in _VOLATILE
    )


def schema_of(columns: Mapping[str, str]) -> dict[str, Any]:
    """Return a Singer schema for columns by name, with the types that the replica tells."""
    back: dict[str, dict[str, str]] = {
        kind.replace(" ", ""): {"type": name} for name, kind in _TYPES.items() if kind != "VARCHAR"
    }
    back |= {kind: {"type": "string", "format": name} for name, kind in _FORMATS.items()}
    return {"properties": {n: back.get(kind, {"type": "string"}) for n, kind in columns.items()}}


def column_type(spec: Any) -> str:
    """Return the type that holds every value of a field; text where nothing narrower does."""
    found = set(_types(spec))
    if found == {"BIGINT", "DECIMAL(38, 9)"}:
        return "DECIMAL(38, 9)"
    return found.pop() if len(found) == 1 else "VARCHAR"


def _is_nested(spec: Any) -> bool:
    names = {name for name, _ in _named(spec)}
    return bool(names) and names <= {"object", "array"}


def _types(spec: Any) -> Iterator[str]:
    for name, shape in _named(spec):
        if name == "string":
            yield _FORMATS.get(shape, "VARCHAR")
        else:
            yield _TYPES.get(name, "VARCHAR")


def _named(spec: Any) -> Iterator[tuple[str, str]]:
    """Yield the JSON types that a field may have, null aside, each with its format."""
    if not isinstance(spec, Mapping):
        return
    for word in ("anyOf", "oneOf", "allOf"):
        for choice in spec.get(word) or ():
            yield from _named(choice)
    given = spec.get("type") or ()
    for name in [given] if isinstance(given, str) else given:
        if name != "null":
            yield str(name), str(spec.get("format"))
