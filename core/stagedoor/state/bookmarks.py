"""Singer bookmarks in DuckDB: a state backend for Meltano.

Configured by `state_backend.uri: duckdb:///.stagedoor/bookmarks.duckdb`; three slashes are
relative to the Meltano project, four make an absolute path.

The file is small, and a change to it is made on a copy that then takes its place. So a process
killed at any moment leaves either the old file or the new one, a reader needs no lock, and the
file is open for milliseconds. https://docs.meltano.com/concepts/state_backends
"""

from __future__ import annotations

import fnmatch
import logging
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from time import sleep
from typing import Any
from urllib.parse import unquote, urlparse

import duckdb
from filelock import FileLock, Timeout
from meltano.core.state_store.base import (
    MeltanoState,
    StateIDLockedError,
    StateStoreManager,
)

from stagedoor.errors import Busy
from stagedoor.state.database import is_corrupt
from stagedoor.state.lease import private_folder

logger = logging.getLogger(__name__)

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
        # One object, so that it may be taken again by whoever holds it.
        self._writer = FileLock(self._path.with_suffix(".lock"), timeout=_OPEN_TIMEOUT, mode=0o600)

    def set(self, state: MeltanoState) -> None:
        """Keep the state of one id."""
        self._change(
            ("DELETE FROM bookmarks WHERE state_id = ?", [state.state_id]),
            ("INSERT INTO bookmarks VALUES (?, ?)", [state.state_id, state.json()]),
        )

    def get(self, state_id: str) -> MeltanoState | None:
        """Return the state of one id."""
        rows = self._rows("SELECT state FROM bookmarks WHERE state_id = ?", [state_id])
        return MeltanoState.from_json(state_id, rows[0][0]) if rows else None

    def delete(self, state_id: str) -> None:
        """Forget the state of one id."""
        self._change(("DELETE FROM bookmarks WHERE state_id = ?", [state_id]))

    def get_state_ids(self, pattern: str | None = None) -> Iterable[str]:
        """Return all ids, or those that match a glob pattern."""
        ids = [str(row[0]) for row in self._rows("SELECT state_id FROM bookmarks ORDER BY 1", [])]
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

    def _rows(self, sql: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
        if not self._path.exists():
            return []
        with closing(self._open()) as connection:
            return connection.execute(sql, parameters).fetchall()

    def _change(self, *statements: tuple[str, list[Any]]) -> None:
        """Carry out all statements, or none, on a copy that then takes the file's place."""
        private_folder(self._path.parent)
        draft = self._path.with_suffix(".draft")
        with self._writer:
            _remove(draft)
            if self._path.exists():
                with closing(self._open()):  # nobody else writes to it meanwhile
                    shutil.copyfile(self._path, draft)
            with closing(duckdb.connect(str(draft))) as connection:
                for sql, parameters in ((_TABLE, []), *statements):
                    connection.execute(sql, parameters)
            _settle(draft)
            self._keep_copy()
            draft.replace(self._path)

    def _keep_copy(self) -> None:
        """Let the file that is about to be replaced live on as `.previous`."""
        if self._path.exists():
            copy = self._path.with_suffix(".copy")
            shutil.copyfile(self._path, copy)
            _settle(copy)
            copy.replace(self._path.with_suffix(".previous"))

    def _open(self) -> duckdb.DuckDBPyConnection:
        """Open the file for reading; wait while another program writes to it.

        Raises:
            Busy: Another program, such as DuckDB's shell, keeps it open.
        """
        deadline = time.monotonic() + _OPEN_TIMEOUT
        while True:
            try:
                return _connect(self._path)
            except duckdb.Error as error:
                if is_corrupt(error):
                    self._restore()
                elif "lock" not in str(error).lower():
                    raise
                elif time.monotonic() > deadline:
                    raise Busy(
                        f"The bookmarks in {self._path} are open in another program. Close it, "
                        "then run again."
                    ) from error
                else:
                    sleep(0.1)

    def _restore(self) -> None:
        """Put the previous file in the place of one that cannot be read, which is kept aside."""
        with self._writer:
            if self._is_readable():
                return  # another process was first
            self._path.replace(self._path.with_suffix(".unreadable"))
            previous = self._path.with_suffix(".previous")
            if previous.exists():
                logger.warning("%s is unreadable; its previous state is restored.", self._path)
                previous.replace(self._path)
            else:
                logger.warning("%s is unreadable; bookmarks start empty.", self._path)
                with closing(duckdb.connect(str(self._path))) as connection:
                    connection.execute(_TABLE)
                _settle(self._path)

    def _is_readable(self) -> bool:
        try:
            _connect(self._path).close()
        except duckdb.Error as error:
            return not is_corrupt(error)
        return True


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    """Open a file for reading, and read all of it: damage may sit anywhere."""
    connection = duckdb.connect(str(path), read_only=True)
    try:
        connection.execute("SELECT max(state_id), max(state) FROM bookmarks").fetchall()
    except duckdb.Error:
        connection.close()
        raise
    return connection


def _remove(path: Path) -> None:
    for part in (path, path.with_name(path.name + ".wal")):
        part.unlink(missing_ok=True)


def _settle(path: Path) -> None:
    """Make sure that a file is private, and on the disk."""
    path.chmod(0o600)
    with path.open("rb+") as file:
        os.fsync(file.fileno())
