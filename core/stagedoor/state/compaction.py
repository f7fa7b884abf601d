"""Writes the state anew, so that no byte of what was erased stays in a file.

DuckDB and its write-ahead log keep deleted rows until the space is used again; the copies that
are kept for emergencies hold them too.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from stagedoor.state.files import FILE_NAME, KEPT_NAME


def compact(path: Path) -> None:
    """Rewrite the closed database at `path` and drop its copies; the caller holds the lease.

    A process killed at any moment leaves the old file or the new one.
    """
    fresh = path.with_name("compacted.duckdb")
    _remove(fresh)
    if path.exists():
        with duckdb.connect() as connection:
            connection.execute("SET memory_limit='192MB'")
            connection.execute(f"SET temp_directory='{_text(path.parent / 'spill')}'")
            connection.execute(f"ATTACH '{_text(path)}' AS old")
            connection.execute(f"ATTACH '{_text(fresh)}' AS fresh")
            connection.execute("COPY FROM DATABASE old TO fresh")
            connection.execute("CHECKPOINT fresh")
            connection.execute("DETACH fresh")
            connection.execute("CHECKPOINT old")  # its log must not outlive it
            connection.execute("DETACH old")
        fresh.chmod(0o600)
        path.with_name(path.name + ".wal").unlink(missing_ok=True)
        fresh.replace(path)
        _remove(fresh)
    drop_copies(path.parent)


def drop_copies(portal_dir: Path) -> None:
    """Delete every copy of the state: of the last good run, of rebuilds, of dry runs.

    What is kept beside it goes too: it has the addresses of people, and is computed anew.
    """
    for copy in portal_dir.glob(f"{FILE_NAME}*"):
        if copy.name not in (FILE_NAME, f"{FILE_NAME}.wal"):
            copy.unlink()
    _remove(portal_dir / KEPT_NAME)
    for folder in (portal_dir / "spill", *portal_dir.glob("dry-run-*")):
        shutil.rmtree(folder, ignore_errors=True)


def _remove(path: Path) -> None:
    for part in (path, path.with_name(path.name + ".wal")):
        part.unlink(missing_ok=True)


def _text(path: Path) -> str:
    return str(path).replace("'", "''")
