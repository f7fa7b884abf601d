"""Opens a portal's DuckDB file so that no `kill -9` costs more than the run it interrupts.

DuckDB loses nothing that was committed, but a process killed during a checkpoint has left an
unreadable file about once in two thousand. So checkpoints happen only here, at the end of a
good run, after file and write-ahead log were copied aside; an unreadable file is replaced by
that copy, and what the copy lacks is computed again from platform and portal.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from stagedoor.errors import Misconfigured
from stagedoor.state.inbound_tables import INBOUND
from stagedoor.state.lease import private_folder

FILE_NAME = "state.duckdb"
KEPT_NAME = "kept.duckdb"
_IN_MEMORY = Path(":memory:")
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

_SCHEMA = """
CREATE SCHEMA IF NOT EXISTS replica;
CREATE SCHEMA IF NOT EXISTS ledger;
CREATE TABLE IF NOT EXISTS ledger.facts (name VARCHAR, value VARCHAR);
CREATE TABLE IF NOT EXISTS ledger.objects (
    object_type VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    hubspot_id VARCHAR NOT NULL,
    match_value VARCHAR NOT NULL,
    properties VARCHAR NOT NULL,  -- JSON object, canonical text or null
    source_hash VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL
);
-- JSON object: the run that agreed on a property, and by an empty name the one that made the row
ALTER TABLE ledger.objects ADD COLUMN IF NOT EXISTS origins VARCHAR;
CREATE TABLE IF NOT EXISTS ledger.associations (
    name VARCHAR NOT NULL,
    from_key VARCHAR NOT NULL,
    to_key VARCHAR NOT NULL,
    from_id VARCHAR NOT NULL,
    to_id VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL
);
-- associations that were sent and of which nothing has been heard: HubSpot may have them
CREATE TABLE IF NOT EXISTS ledger.pairs_in_flight (
    name VARCHAR NOT NULL,
    from_key VARCHAR NOT NULL,
    to_key VARCHAR NOT NULL
);
CREATE TABLE IF NOT EXISTS ledger.labels (
    name VARCHAR NOT NULL,
    from_key VARCHAR NOT NULL,
    to_key VARCHAR NOT NULL,
    from_id VARCHAR NOT NULL,
    to_id VARCHAR NOT NULL,
    standing VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL
);
CREATE TABLE IF NOT EXISTS ledger.refused (
    object_type VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    source_hash VARCHAR NOT NULL
);
CREATE TABLE IF NOT EXISTS ledger.erased_orders (order_id VARCHAR NOT NULL);
CREATE TABLE IF NOT EXISTS ledger.touched (stream VARCHAR NOT NULL, row_key VARCHAR NOT NULL);
CREATE SCHEMA IF NOT EXISTS sightings;
CREATE TABLE IF NOT EXISTS sightings.keys (stream VARCHAR NOT NULL, names VARCHAR[] NOT NULL);
CREATE TABLE IF NOT EXISTS sightings.missing (
    stream VARCHAR NOT NULL,
    row_key VARCHAR NOT NULL,
    times INTEGER NOT NULL,  -- full reads in a row without it
    confirmed BOOLEAN NOT NULL  -- a push has taken it for deleted
);
CREATE TABLE IF NOT EXISTS sightings.versions (stream VARCHAR NOT NULL, version VARCHAR NOT NULL);
CREATE TABLE IF NOT EXISTS ledger.calculated (
    object_type VARCHAR NOT NULL,
    calculator VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    input_hash VARCHAR NOT NULL,
    value VARCHAR
);
CREATE TABLE IF NOT EXISTS ledger.lists (
    key VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    list_id VARCHAR,  -- null from before the list is made until HubSpot has said its id
    filters VARCHAR,  -- JSON; null for static lists
    run_id VARCHAR NOT NULL
);
CREATE TABLE IF NOT EXISTS ledger.memberships (
    list VARCHAR NOT NULL,
    hubspot_id VARCHAR NOT NULL,
    refused BOOLEAN NOT NULL,  -- whether HubSpot did not take it: not tried again
    run_id VARCHAR NOT NULL
);
CREATE TABLE IF NOT EXISTS ledger.members_in_flight (  -- put on a list, and not answered yet
    list VARCHAR NOT NULL,
    hubspot_id VARCHAR NOT NULL
);
CREATE TABLE IF NOT EXISTS ledger.participations (
    event_id VARCHAR NOT NULL,
    contact_id VARCHAR NOT NULL,
    attendance VARCHAR NOT NULL,
    happened_at BIGINT NOT NULL,  -- milliseconds since 1970
    refused BOOLEAN NOT NULL,
    run_id VARCHAR NOT NULL
);
CREATE TABLE IF NOT EXISTS ledger.occurrences (
    event VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    refused BOOLEAN NOT NULL,
    run_id VARCHAR NOT NULL
);
"""


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
        database.path = _IN_MEMORY
        database.connection = duckdb.connect()
        database.connection.execute(f"SET TimeZone='UTC'; {_SCHEMA}{INBOUND}")
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
            _set_aside(self.path)
            if not _restore_copy(self.path):
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
        _copy_aside(self.path)
        self.connection.execute("CHECKPOINT")

    def wal_size(self) -> int:
        """Return how many bytes wait to be folded into the file."""
        wal = _wal(self.path)
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
    for private in (path, _wal(path)):
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
    connection.execute(_SCHEMA + INBOUND)
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


def kept_path(path: Path) -> Path | None:
    """Return where relations are kept beside a state's file; nowhere when it is in memory."""
    return None if path == _IN_MEMORY else path.with_name(KEPT_NAME)


def _wal(path: Path) -> Path:
    return path.with_name(path.name + ".wal")


def _copy_aside(path: Path) -> None:
    """Copy file and log to `*.safe`, replacing the older copies only when whole."""
    for source in (path, _wal(path)):
        kept = source.with_name(source.name + ".safe")
        if not source.exists():
            kept.unlink(missing_ok=True)
            continue
        partial = source.with_name(source.name + ".part")
        shutil.copyfile(source, partial)
        partial.chmod(0o600)
        with partial.open("rb+") as written:
            os.fsync(written.fileno())
        partial.replace(kept)


def _restore_copy(path: Path) -> bool:
    safe = path.with_name(path.name + ".safe")
    if not safe.exists():
        return False
    for source in (path, _wal(path)):
        kept = source.with_name(source.name + ".safe")
        if kept.exists():
            shutil.copyfile(kept, source)
            source.chmod(0o600)
    return True


def _set_aside(path: Path) -> None:
    for source in (path, _wal(path)):
        if source.exists():
            source.replace(source.with_name(source.name + ".unreadable"))


@contextmanager
def throwaway_copy(path: Path, *, with_kept: bool = False) -> Iterator[Path]:
    """Give the path of a copy of the state, for a dry run; it is deleted afterwards.

    With what is kept beside it, the run need not compute that anew.
    """
    folder = private_folder(path.parent / f"dry-run-{os.getpid()}")
    try:
        kept = path.with_name(KEPT_NAME)
        for source in (path, _wal(path), *((kept, _wal(kept)) if with_kept else ())):
            if source.exists():
                shutil.copyfile(source, folder / source.name)
        yield folder / path.name
    finally:
        shutil.rmtree(folder, ignore_errors=True)
