"""Which rows a full read of the platform no longer shows; twice in a row means deleted.

Only a read that is known to be full and whole counts. Whatever shows a row, full or not, takes
back what was counted against it, in the same moment as the row is absorbed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from stagedoor.state.columns import Column
from stagedoor.state.database import StateDatabase
from stagedoor.state.replica import cast_to, literal, quoted

ENOUGH = 2
"""Full reads in a row without a row, after which the platform has deleted it."""
SEPARATOR = chr(31)


@dataclass(frozen=True, slots=True)
class Vanished:
    """Rows of one stream that are taken for deleted and that no push has confirmed yet."""

    stream: str
    rows: int
    of: int
    """Rows of the stream that were alive before."""


class Sightings:
    """What one run sees of the platform, and what earlier full reads lacked."""

    def __init__(self, database: StateDatabase) -> None:
        """Begin a read that has seen nothing."""
        self._database = database
        self._keys: dict[str, tuple[str, ...]] = {}
        self._doubtful: set[str] = set()
        self._doubt_all = False

    def watch(self, stream: str, keys: Sequence[str]) -> None:
        """Begin to note the rows of a stream; one without keys is never seen in full."""
        if not keys or stream in self._keys:
            return
        self._keys[stream] = tuple(keys)
        self._database.execute(f"CREATE OR REPLACE TEMP TABLE {_seen(stream)} (row_key VARCHAR)")
        if known_keys(self._database, stream) != tuple(keys):
            with self._database.transaction():
                for table in ("keys", "missing"):
                    self._database.execute(
                        f"DELETE FROM sightings.{table} WHERE stream = ?", [stream]
                    )
                self._database.execute(
                    "INSERT INTO sightings.keys VALUES (?, ?)", [stream, list(keys)]
                )

    def see(self, stream: str, columns: Iterable[Column], incoming: pa.Table) -> None:
        """Note the rows of a batch, also those that the replica could not hold."""
        if stream not in self._keys or not incoming.num_rows:
            return
        by_name = {column.name: column for column in columns}
        keys = [by_name.get(name) for name in self._keys[stream]]
        if any(key is None or key.name not in incoming.column_names for key in keys):
            self.doubt(stream)
            return
        parts = ", ".join(f"{cast_to(key)}::VARCHAR" for key in keys if key is not None)
        whole = " AND ".join(f"{cast_to(key)} IS NOT NULL" for key in keys if key is not None)
        with self._database.registered("incoming", incoming):
            self._database.execute(
                "CREATE OR REPLACE TEMP TABLE sighted AS "
                f"SELECT concat_ws({literal(SEPARATOR)}, {parts}) AS row_key "
                f"FROM incoming WHERE {whole}"
            )
        sighted = int(self._database.scalar("SELECT count(*) FROM sighted"))
        if sighted < incoming.num_rows:
            self.doubt(stream)
        self._note(stream)

    def _note(self, stream: str) -> None:
        self._database.execute(f"INSERT INTO {_seen(stream)} SELECT row_key FROM sighted")
        missing = self._database.scalar(
            "SELECT count(*) FROM sightings.missing WHERE stream = ?", [stream]
        )
        if missing:
            self._database.execute(
                "DELETE FROM sightings.missing m USING sighted s "
                "WHERE m.stream = ? AND m.row_key = s.row_key",
                [stream],
            )

    def doubt(self, stream: str | None = None) -> None:
        """Do not count this read of a stream, or of any: something of it could not be read."""
        if stream is None:
            self._doubt_all = True
        else:
            self._doubtful.add(stream)

    def version_is_new(self, stream: str, version: str) -> bool:
        """Whether a table version begins with this run; remember it.

        A version that an earlier run began goes on here: this run sees only the rest of it.
        """
        known = self._database.scalar(
            "SELECT count(*) FROM sightings.versions WHERE stream = ? AND version = ?",
            [stream, version],
        )
        if not known:
            with self._database.transaction():
                self._database.execute("DELETE FROM sightings.versions WHERE stream = ?", [stream])
                self._database.execute(
                    "INSERT INTO sightings.versions VALUES (?, ?)", [stream, version]
                )
        return not known

    def settle(self, full: Collection[str]) -> None:
        """Count what the full reads among `full` lacked; the input has ended well."""
        if self._doubt_all:
            return
        for stream in sorted(set(full) & self._keys.keys() - self._doubtful):
            with self._database.transaction():
                self._count(stream)

    def _count(self, stream: str) -> None:
        living = "WHERE NOT coalesce(is_deleted, false)" if _flags(self._database, stream) else ""
        self._database.execute(
            "CREATE OR REPLACE TEMP TABLE absent AS "
            f"SELECT DISTINCT {row_key(self._keys[stream])} AS row_key "
            f"FROM replica.{quoted(stream)} {living}"
        )
        self._database.execute(
            f"DELETE FROM absent WHERE row_key IN (SELECT row_key FROM {_seen(stream)})"
        )
        self._database.execute(
            "DELETE FROM sightings.missing WHERE stream = ? "
            "AND row_key NOT IN (SELECT row_key FROM absent)",
            [stream],
        )
        self._database.execute(
            "UPDATE sightings.missing SET times = times + 1 WHERE stream = ?", [stream]
        )
        self._database.execute(
            "INSERT INTO sightings.missing SELECT ?, row_key, 1, false FROM absent WHERE row_key "
            "NOT IN (SELECT row_key FROM sightings.missing WHERE stream = ?)",
            [stream, stream],
        )
        self._database.execute("DROP TABLE absent")


def known_keys(database: StateDatabase, stream: str) -> tuple[str, ...]:
    """Return the key columns that a stream's rows are told apart by; empty when not known."""
    names = database.scalar("SELECT names FROM sightings.keys WHERE stream = ?", [stream])
    return tuple(map(str, names or ()))


def row_key(keys: Iterable[str]) -> str:
    """Return SQL for the text that names one row of a replica table."""
    parts = ", ".join(f"{quoted(key)}::VARCHAR" for key in keys)
    return f"concat_ws({literal(SEPARATOR)}, {parts})"


def gone_condition(database: StateDatabase, stream: str) -> str | None:
    """Return the SQL condition of rows that have vanished; nothing when none has."""
    gone = database.scalar(
        "SELECT count(*) FROM sightings.missing WHERE stream = ? AND times >= ?", [stream, ENOUGH]
    )
    if not gone:
        return None
    return (
        f"{row_key(known_keys(database, stream))} IN (SELECT row_key FROM sightings.missing "
        f"WHERE stream = {literal(stream)} AND times >= {ENOUGH})"
    )


def with_gone(database: StateDatabase) -> set[str]:
    """Return the streams of which rows have vanished."""
    rows = database.rows("SELECT DISTINCT stream FROM sightings.missing WHERE times >= ?", [ENOUGH])
    return {str(stream) for (stream,) in rows}


def views_of(database: StateDatabase, stream: str, gone_from: Collection[str]) -> tuple[str, str]:
    """Return SELECTs of a stream as all SQL reads it, and of its vanished rows.

    What has vanished, as of the streams `gone_from`, counts as flagged deleted, or is left out
    where the stream has no flag.
    """
    gone = gone_condition(database, stream) if stream in gone_from else None
    all_gone = f"SELECT * FROM replica.{quoted(stream)} WHERE {gone or 'false'}"
    return _rows_left(database, stream, gone), all_gone


def seen_rows(database: StateDatabase, stream: str, columns: str = "*", where: str = "") -> str:
    """Return a SELECT of a stream as all SQL reads it; `columns` end with all of them."""
    return _rows_left(database, stream, gone_condition(database, stream), columns, where)


def _rows_left(
    database: StateDatabase, stream: str, gone: str | None, columns: str = "*", where: str = ""
) -> str:
    table = f"replica.{quoted(stream)}"
    if gone is None:
        return f"SELECT {columns} FROM {table}" + (f" WHERE {where}" if where else "")
    if _flags(database, stream):
        flag = f"coalesce(is_deleted, false) OR {gone} AS is_deleted"
        narrowed = f" WHERE {where}" if where else ""
        return f"SELECT {columns} REPLACE ({flag}) FROM {table}{narrowed}"
    return f"SELECT {columns} FROM {table} WHERE NOT ({gone})" + (f" AND {where}" if where else "")


def _flags(database: StateDatabase, stream: str) -> bool:
    return database.streams().get(stream, {}).get("is_deleted") == "BOOLEAN"


def vanished(database: StateDatabase) -> list[Vanished]:
    """Return what has vanished by stream and waits for a push to confirm it."""
    waiting = database.rows(
        "SELECT stream, count(*) FROM sightings.missing WHERE times >= ? AND NOT confirmed "
        "GROUP BY stream ORDER BY stream",
        [ENOUGH],
    )
    return [Vanished(stream, rows, _living(database, stream)) for stream, rows in waiting]


def _living(database: StateDatabase, stream: str) -> int:
    living = "WHERE NOT coalesce(is_deleted, false)" if _flags(database, stream) else ""
    total = int(database.scalar(f"SELECT count(*) FROM replica.{quoted(stream)} {living}"))
    before = database.scalar(
        "SELECT count(*) FROM sightings.missing WHERE stream = ? AND confirmed", [stream]
    )
    return total - int(before)


def confirm(database: StateDatabase) -> None:
    """Take what has vanished for deleted from now on: a push has passed its guard."""
    database.execute(
        "UPDATE sightings.missing SET confirmed = true WHERE times >= ? AND NOT confirmed",
        [ENOUGH],
    )


def _seen(stream: str) -> str:
    return quoted(f"seen:{stream}")
