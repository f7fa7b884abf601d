"""Singer bookmarks in DuckDB: a state backend for Meltano.

Configured by `state_backend.uri: duckdb:///.stagedoor/bookmarks.duckdb`; three slashes are
relative to the Meltano project, four make an absolute path. DuckDB takes one process, so the
file is opened for milliseconds per call, under a file lock that frees itself when its holder dies.
https://docs.meltano.com/concepts/state_backends
"""

from __future__ import annotations

import fnmatch
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import duckdb
from filelock import FileLock, Timeout
from meltano.core.state_store.base import (
    MeltanoState,
    StateIDLockedError,
    StateStoreManager,
)

from stagedoor.state.lease import private_folder

_TABLE = "CREATE TABLE IF NOT EXISTS bookmarks (state_id VARCHAR, state VARCHAR)"
_OPEN_TIMEOUT = 60.0
_LOCK_TIMEOUT = 60.0


def path_of(uri: str) -> Path:
    """Return the file that a `duckdb:` URI names."""
    path = unquote(urlparse(uri).path)
    if path.startswith("//"):
        return Path(path[1:])
    return Path(os.environ.get("MELTANO_PROJECT_ROOT", ".")).resolve() / path.lstrip("/")


class DuckDBStateStoreManager(StateStoreManager):
    """Keeps Meltano's state in one DuckDB file."""

    label = "DuckDB"

    def __init__(self, uri: str, **options: Any) -> None:
        """Keep state in the file that `uri` names."""
        super().__init__(**options)
        self.uri = uri
        self._path = path_of(uri)

    @contextmanager
    def _opened(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give the open file; a copy is kept before each change to it is folded in."""
        private_folder(self._path.parent)
        with FileLock(self._path.with_suffix(".lock"), timeout=_OPEN_TIMEOUT, mode=0o600):
            connection = self._connect()
            try:
                yield connection
            finally:
                connection.close()
                self._path.chmod(0o600)

    def _connect(self) -> duckdb.DuckDBPyConnection:
        """Open the file; one that a killed process left unreadable is replaced by its copy."""
        safe = self._path.with_suffix(".safe")
        try:
            connection = duckdb.connect(str(self._path))
            connection.execute(_TABLE)
        except duckdb.Error:
            self._path.replace(self._path.with_suffix(".unreadable"))
            self._path.with_name(self._path.name + ".wal").unlink(missing_ok=True)
            if safe.exists():
                shutil.copyfile(safe, self._path)
            connection = duckdb.connect(str(self._path))
            connection.execute(_TABLE)
            return connection
        partial = self._path.with_suffix(".part")
        shutil.copyfile(self._path, partial)
        partial.chmod(0o600)
        partial.replace(safe)
        return connection

    def set(self, state: MeltanoState) -> None:
        """Keep the state of one id."""
        with self._opened() as connection:
            connection.execute("BEGIN")
            connection.execute("DELETE FROM bookmarks WHERE state_id = ?", [state.state_id])
            row = [state.state_id, state.json()]
            connection.execute("INSERT INTO bookmarks VALUES (?, ?)", row)
            connection.execute("COMMIT")

    def get(self, state_id: str) -> MeltanoState | None:
        """Return the state of one id."""
        with self._opened() as connection:
            rows = connection.execute(
                "SELECT state FROM bookmarks WHERE state_id = ?", [state_id]
            ).fetchall()
        return MeltanoState.from_json(state_id, rows[0][0]) if rows else None

    def delete(self, state_id: str) -> None:
        """Forget the state of one id."""
        with self._opened() as connection:
            connection.execute("DELETE FROM bookmarks WHERE state_id = ?", [state_id])

    def get_state_ids(self, pattern: str | None = None) -> Iterable[str]:
        """Return all ids, or those that match a glob pattern."""
        with self._opened() as connection:
            rows = connection.execute("SELECT state_id FROM bookmarks ORDER BY 1").fetchall()
        ids = [str(row[0]) for row in rows]
        return ids if pattern is None else fnmatch.filter(ids, pattern)

    @contextmanager
    def acquire_lock(self, state_id: str, *, retry_seconds: float) -> Iterator[None]:
        """Hold one id against other Meltano processes; a killed holder frees it."""
        private_folder(self._path.parent)
        name = f"{self._path.stem}-{sha256(state_id.encode()).hexdigest()[:16]}.lock"
        lock = FileLock(self._path.parent / name, mode=0o600)
        try:
            lock.acquire(timeout=_LOCK_TIMEOUT, poll_interval=min(retry_seconds, 0.2))
        except Timeout:
            raise StateIDLockedError(
                f"State {state_id!r} is in use by another Meltano process."
            ) from None
        try:
            yield
        finally:
            lock.release()
