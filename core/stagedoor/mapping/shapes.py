"""What is known of streams and sources: columns, types, and what values look like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ColumnShape:
    """One column of a stream."""

    name: str
    type: str
    """DuckDB's name of the type."""
    looks: str = ""
    """What all values of a text column are: `email`, `object`, `integer`, `number`, `date`,
    `datetime`, `bool`, `text`, or `empty` when there is none."""
    is_unique: bool = False
    """Whether every row has a value, and no two the same."""


@dataclass(frozen=True, slots=True)
class StreamShape:
    """One stream of a tap, as the replica holds it."""

    name: str
    rows: int
    columns: tuple[ColumnShape, ...]
    keys: tuple[str, ...] = ()

    def column(self, name: str) -> ColumnShape | None:
        """Return a column by its name."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True)
class SourceShape:
    """What an entry's source offers, or why it offers nothing."""

    columns: Mapping[str, str] = field(default_factory=dict)
    """DuckDB's types by name."""
    details: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    """Fields by the name of the detail; nothing where any name may be a field."""
    unseen: bool = False
    """Whether the stream has not come yet."""
    sql_error: str | None = None
    filter_error: str | None = None
