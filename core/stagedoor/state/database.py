"""Opens a portal's DuckDB file so that no `kill -9` costs more than the run it interrupts.

DuckDB loses nothing that was committed, but a process killed during a checkpoint has left an
unreadable file about once in two thousand. So checkpoints happen only here, at the end of a
good run, after file and write-ahead log were copied aside; an unreadable file is replaced by
that copy, and what the copy lacks is computed again from platform and portal.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from stagedoor.errors import Misconfigured
from stagedoor.state.files import IN_MEMORY, copy_aside, restore_copy, set_aside, wal_of
from stagedoor.state.inbound_tables import INBOUND
from stagedoor.state.lease import private_folder
from stagedoor.state.ledger_tables import LEDGER

SCHEMA_VERSION = 1

_CORRUPT = ("corrupt", "not a valid duckdb", "enough bytes", "checksum", "deserialize")
"""Words of DuckDB's errors about a file that nobody can read; others leave the file alone."""

_MEGABYTE = 1_000_000
_LEAST_MEMORY = 192 * _MEGABYTE
_MOST_MEMORY = 2_400 * _MEGABYTE
_MEMORY_OF_A_ROW = 64
"""Bytes; some queries need memory for every row at once, whatever they may spill."""

_NO_OTHER_FILES = "SET enable_external_access=false"
"""SQL of mappings and plugins reads the state; no other file, no address, no extension."""

logger = logging.getLogger(__name__)


class StateDatabase:
    """The one connection to a portal's state; not for use by several threads."""

    _in_transaction = False

    def __init__(self, path: Path) -> None:
        """Open `path`, making it when absent and restoring its copy when unreadable."""
        self.path = path
        private_folder(path.parent)
        self.connection = self._open()
        self.look_again()

    @classmethod
    def in_memory(cls) -> StateDatabase:
        """Return an empty state that is gone when it is closed."""
        database = cls.__new__(cls)
        database.path = IN_MEMORY
        database.connection = duckdb.connect()
        database.connection.execute(f"SET TimeZone='UTC'; {LEDGER}{INBOUND}")
        database.connection.execute(_NO_OTHER_FILES)
        database.look_again()
        return database

    def look_again(self) -> None:
        """Know nothing of what tables there are, nor of what was made."""
        self._streams: dict[str, dict[str, str]] | None = None
        self._made: dict[str, object] = {}

    def _open(self) -> duckdb.DuckDBPyConnection:
        try:
            return _connect(self.path)
        except duckdb.Error as error:
            if not is_corrupt(error):
                raise
            logger.warning("State %s is unreadable; restoring its copy.", self.path.name)
            set_aside(self.path)
            if not restore_copy(self.path):
                logger.warning("There is no copy: the state starts empty; run `stagedoor rebuild`.")
            return _connect(self.path)

    def execute(self, sql: str, parameters: Any = None) -> duckdb.DuckDBPyConnection:
        """Run one statement."""
        return self.connection.execute(sql, parameters)

    def rows(self, sql: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        """Return all rows of a small result.

        All of them: from DuckDB 2.0 on, a result that is not read to its end owns the connection.
        """
        return self.connection.execute(sql, parameters).fetchall()

    def scalar(self, sql: str, parameters: Any = None) -> Any:
        """Return the first column of the first row, or nothing."""
        rows = self.rows(sql, parameters)
        return rows[0][0] if rows else None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything inside, or nothing of it; one inside another is part of that."""
        if self._in_transaction:
            yield
            return
        self.connection.execute("BEGIN")
        self._in_transaction = True
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            self.look_again()
            raise
        finally:
            self._in_transaction = False
        self.connection.execute("COMMIT")

    def streams(self) -> dict[str, dict[str, str]]:
        """Return the replica's tables by name, each with its columns and their types."""
        if self._streams is None:
            self._streams = {}
            for stream, column, kind in self.rows(
                "SELECT table_name, column_name, data_type FROM duckdb_columns() "
                "WHERE schema_name = 'replica' ORDER BY table_name, column_index"
            ):
                self._streams.setdefault(stream, {})[column] = str(kind).replace(" ", "")
        return self._streams

    def alter(self, sql: str) -> None:
        """Run a statement that changes the tables of the replica, or their columns."""
        self._streams = None
        self.execute(sql)

    def make(self, name: str, sql: str, mark: object = None) -> None:
        """Run a statement that makes something temporary which stays as it is, once.

        It is made anew when the statement is another, or `mark`, which says on what it stands.
        """
        if self._made.get(name) != (sql, mark):
            self.execute(sql)
            self._made[name] = (sql, mark)

    @contextmanager
    def registered(self, name: str, table: Any) -> Iterator[None]:
        """Let SQL read an Arrow table under `name`."""
        self.connection.register(name, table)
        try:
            yield
        finally:
            self.connection.unregister(name)

    def fact(self, name: str) -> str | None:
        """Return a remembered fact about this state."""
        value = self.scalar("SELECT value FROM ledger.facts WHERE name = ?", [name])
        return None if value is None else str(value)

    def remember(self, name: str, value: str) -> None:
        """Keep a fact about this state."""
        with self.transaction():
            self.execute("DELETE FROM ledger.facts WHERE name = ?", [name])
            self.execute("INSERT INTO ledger.facts VALUES (?, ?)", [name, value])

    def make_room(self) -> None:
        """Let queries use memory in proportion to the replica, at most half of the machine's."""
        rows = self.scalar(
            "SELECT coalesce(sum(estimated_size), 0) FROM duckdb_tables() "
            "WHERE schema_name = 'replica'"
        )
        limit = memory_for(int(rows), _machine_memory())
        self.make("memory limit", f"SET memory_limit='{limit // _MEGABYTE}MB'")

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the file, with a copy of both aside."""
        if self.wal_size() == 0:
            return
        copy_aside(self.path)
        self.connection.execute("CHECKPOINT")

    def wal_size(self) -> int:
        """Return how many bytes wait to be folded into the file."""
        wal = wal_of(self.path)
        return wal.stat().st_size if wal.exists() else 0

    def close(self) -> None:
        """Close the file."""
        self.connection.close()


def memory_for(rows: int, machine: int) -> int:
    """Return how many bytes DuckDB may use for a replica of so many rows."""
    wanted = min(_LEAST_MEMORY + _MEMORY_OF_A_ROW * rows, _MOST_MEMORY, machine // 2)
    return max(wanted, _LEAST_MEMORY)


def _machine_memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    folder = str(path.parent).replace("'", "''")
    connection = duckdb.connect(str(path))
    for private in (path, wal_of(path)):
        if private.exists():
            private.chmod(0o600)
    for statement in (
        "SET checkpoint_threshold='1TB'",
        "PRAGMA disable_checkpoint_on_shutdown",
        "SET TimeZone='UTC'",
        f"SET memory_limit='{_LEAST_MEMORY // _MEGABYTE}MB'",
        f"SET temp_directory='{folder}/spill'",
        "SET preserve_insertion_order=true",
        "SET threads=2",
        f"SET allowed_directories=['{folder}/']",
        _NO_OTHER_FILES,
    ):
        connection.execute(statement)
    connection.execute(LEDGER + INBOUND)
    _check_version(connection)
    return connection


def _check_version(connection: duckdb.DuckDBPyConnection) -> None:
    rows = connection.execute("SELECT value FROM ledger.facts WHERE name='schema'").fetchall()
    if not rows:
        connection.execute("INSERT INTO ledger.facts VALUES ('schema', ?)", [str(SCHEMA_VERSION)])
    elif int(rows[0][0]) > SCHEMA_VERSION:
        raise Misconfigured(
            f"The state has schema version {rows[0][0]}, this Stagedoor knows {SCHEMA_VERSION}. "
            "Install the newer Stagedoor that wrote it."
        )


def is_corrupt(error: duckdb.Error) -> bool:
    """Whether DuckDB could not read a file for what is in it, and not for who has it."""
    return any(word in str(error).lower() for word in _CORRUPT)
