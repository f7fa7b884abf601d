"""The replica: what the platform says, one table per stream, kept by set-based absorption."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import pyarrow as pa

from stagedoor.errors import Misconfigured
from stagedoor.state.columns import DELETED_AT, Column, columns_of
from stagedoor.state.database import StateDatabase
from stagedoor.state.touching import touch_fresh
from stagedoor.streams import STREAMS

KeepAway: TypeAlias = Callable[[str, Iterable[str]], None]
"""Empties what blocked people say in `staged`, a batch of a stream with these columns."""

ORDINAL = "_ordinal"
"""Column of incoming tables that holds a row's place in its batch."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """An incoming row that the replica cannot hold."""

    ordinal: int
    key: str | None
    column: str


@dataclass(frozen=True, slots=True)
class Absorbed:
    """What became of one batch of rows."""

    rows: int
    changed: int
    bad: tuple[BadRow, ...]


def quoted(name: str) -> str:
    """Return an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


class Replica:
    """One table per platform stream."""

    def __init__(self, database: StateDatabase, keep_away: KeepAway | None = None) -> None:
        """Make the tables of the neutral streams, so that SQL may always read them."""
        self._database = database
        self._keep_away = keep_away
        for spec in STREAMS.values():
            self.prepare(spec.name, columns_of(spec.json_schema()))
        for stream in set(self.streams()) - STREAMS.keys():
            self._mark_deletions(stream)

    def prepare(self, stream: str, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        """Make the stream's table, or add the columns that it lacks; return them as it has them.

        A column of a stream that is not the platform's own becomes text when its type changes.

        Raises:
            Misconfigured: A column's type contradicts the one that the table has, or two names
                differ by nothing but their case.
        """
        self._refuse_twins(stream, columns)
        known = self.columns(stream)
        if not known:
            body = ", ".join(f"{quoted(c.name)} {c.type}" for c in columns)
            self._database.alter(f"CREATE TABLE replica.{quoted(stream)} ({body})")
        elif stream in STREAMS:
            self._add(stream, columns, known)
        else:
            columns = tuple(self._widened(stream, columns, known))
            self._add(stream, columns, self.columns(stream))
        if stream not in STREAMS:
            self._mark_deletions(stream)
        return columns

    def _mark_deletions(self, stream: str) -> None:
        if DELETED_AT not in self.columns(stream):
            self._database.alter(
                f"ALTER TABLE replica.{quoted(stream)} "
                f"ADD COLUMN IF NOT EXISTS {quoted(DELETED_AT)} TIMESTAMP"
            )

    def _refuse_twins(self, stream: str, columns: tuple[Column, ...]) -> None:
        """DuckDB tells names of tables and columns apart whatever their case."""
        for other in self.streams():
            if other != stream and other.lower() == stream.lower():
                raise Misconfigured(
                    f"The streams {stream!r} and {other!r} differ only by the case of their "
                    "letters. Rename one by `stream_maps` of its tap."
                )
        seen: dict[str, str] = {}
        for column in columns:
            twin = seen.setdefault(column.name.lower(), column.name)
            if twin != column.name:
                raise Misconfigured(
                    f"The fields {twin!r} and {column.name!r} of stream {stream!r} differ only by "
                    "the case of their letters. Rename one by `stream_maps` of its tap."
                )

    def _widened(
        self, stream: str, columns: tuple[Column, ...], known: dict[str, str]
    ) -> Iterator[Column]:
        """Yield the columns; those whose type is another now are text, in the table too."""
        for column in columns:
            there = known.get(column.name, column.type).replace(" ", "")
            if there == column.type.replace(" ", ""):
                yield column
                continue
            if there != "VARCHAR":
                self._database.alter(
                    f"ALTER TABLE replica.{quoted(stream)} "
                    f"ALTER COLUMN {quoted(column.name)} SET DATA TYPE VARCHAR"
                )
            yield Column(column.name, "VARCHAR")

    def _add(self, stream: str, columns: tuple[Column, ...], known: dict[str, str]) -> None:
        for column in columns:
            if column.name not in known:
                self._database.alter(
                    f"ALTER TABLE replica.{quoted(stream)} "
                    f"ADD COLUMN {quoted(column.name)} {column.type}"
                )
            elif known[column.name] != column.type.replace(" ", ""):
                raise Misconfigured(
                    f"Stream {stream!r} declares {column.name!r} as {column.type}; the replica "
                    f"has it as {known[column.name]}. Mend the tap's schema, or rename the field."
                )

    def columns(self, stream: str) -> dict[str, str]:
        """Return the stream's columns and their types; empty when there is no table."""
        return dict(self._database.streams().get(stream, {}))

    def streams(self) -> Iterator[str]:
        """Yield the names of all streams that the replica holds."""
        yield from sorted(self._database.streams())

    def absorb(
        self, stream: str, columns: tuple[Column, ...], keys: Sequence[str], incoming: pa.Table
    ) -> Absorbed:
        """Take over `incoming` rows, durable on return; the last row of a key wins.

        A stream without keys is a set of rows. Values that do not fit their column make their
        row bad; it is left out and named.
        """
        present = [c for c in columns if c.name in incoming.column_names]
        with self._database.registered("incoming", incoming):
            bad = self._bad_rows(present, keys)
            self._stage(present, keys or [c.name for c in present], [row.ordinal for row in bad])
        if self._keep_away is not None:
            self._keep_away(stream, [c.name for c in present])
        changed = self._take_over(stream, present, keys or [c.name for c in present])
        return Absorbed(incoming.num_rows, changed, bad)

    def _bad_rows(self, columns: list[Column], keys: Sequence[str]) -> tuple[BadRow, ...]:
        cases = [(f"{quoted(key)} IS NULL", key) for key in keys]
        cases += [
            (f"{quoted(c.name)} IS NOT NULL AND {cast_to(c)} IS NULL", c.name)
            for c in columns
            if c.type != "VARCHAR"
        ]
        if not cases:
            return ()
        whens = " ".join(f"WHEN {condition} THEN {literal(name)}" for condition, name in cases)
        key = f"concat_ws(' ', {', '.join(map(quoted, keys))})" if keys else "NULL"
        rows = self._database.rows(
            f"SELECT * FROM (SELECT {ORDINAL}, {key} AS key, CASE {whens} END AS misfit "
            "FROM incoming) WHERE misfit IS NOT NULL"
        )
        return tuple(BadRow(*row) for row in rows)

    def _stage(self, columns: list[Column], keys: Sequence[str], without: list[int]) -> None:
        body = ", ".join(f"{cast_to(c)} AS {quoted(c.name)}" for c in columns)
        self._database.execute(
            f"CREATE OR REPLACE TEMP TABLE staged AS SELECT {body} FROM incoming "
            f"WHERE NOT list_contains(?::BIGINT[], {ORDINAL}) QUALIFY row_number() OVER "
            f"(PARTITION BY {', '.join(map(quoted, keys))} ORDER BY {ORDINAL} DESC) = 1",
            [without],
        )

    def _take_over(self, stream: str, columns: list[Column], keys: Sequence[str]) -> int:
        table = f"replica.{quoted(stream)}"
        names = ", ".join(quoted(c.name) for c in columns)
        same = " AND ".join(f"t.{quoted(k)} IS NOT DISTINCT FROM s.{quoted(k)}" for k in keys)
        equal = " AND ".join(
            f"t.{quoted(c.name)} IS NOT DISTINCT FROM s.{quoted(c.name)}" for c in columns
        )
        self._database.execute(
            f"CREATE OR REPLACE TEMP TABLE fresh AS SELECT s.* FROM staged s "
            f"ANTI JOIN {table} t ON {equal}"
        )
        changed = int(self._database.scalar("SELECT count(*) FROM fresh"))
        if changed:
            with self._database.transaction():
                self._database.execute(f"DELETE FROM {table} t USING fresh s WHERE {same}")
                self._database.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM fresh")
                touch_fresh(self._database, stream, keys)
        self._database.execute("DROP TABLE staged; DROP TABLE fresh")
        return changed


def literal(text: str) -> str:
    """Return an SQL text literal."""
    return "'" + text.replace("'", "''") + "'"


def cast_to(column: Column) -> str:
    """Return SQL for an incoming column as the replica keeps it; null where it does not fit."""
    name = quoted(column.name)
    if column.type == "TIMESTAMP":
        # A cast straight to TIMESTAMP drops the offset of the text.
        return f"(TRY_CAST({name} AS TIMESTAMPTZ) AT TIME ZONE 'UTC')"
    return f"TRY_CAST({name} AS {column.type})"
