"""The files of a state on disk: where they lie, and copies of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stagedoor.state.lease import private_folder

FILE_NAME = "state.duckdb"
KEPT_NAME = "kept.duckdb"
IN_MEMORY = Path(":memory:")


def kept_path(path: Path) -> Path | None:
    """Return where relations are kept beside a state's file; nowhere when it is in memory."""
    return None if path == IN_MEMORY else path.with_name(KEPT_NAME)


def wal_of(path: Path) -> Path:
    """Return where DuckDB writes ahead of a file."""
    return path.with_name(path.name + ".wal")


def copy_aside(path: Path) -> None:
    """Copy file and log to `*.safe`, replacing the older copies only when whole."""
    for source in (path, wal_of(path)):
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


def restore_copy(path: Path) -> bool:
    """Put the copy of a state in its place; return whether there is one."""
    safe = path.with_name(path.name + ".safe")
    if not safe.exists():
        return False
    for source in (path, wal_of(path)):
        kept = source.with_name(source.name + ".safe")
        if kept.exists():
            shutil.copyfile(kept, source)
            source.chmod(0o600)
    return True


def set_aside(path: Path) -> None:
    """Rename file and log to `*.unreadable`."""
    for source in (path, wal_of(path)):
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
        for source in (path, wal_of(path), *((kept, wal_of(kept)) if with_kept else ())):
            if source.exists():
                shutil.copyfile(source, folder / source.name)
        yield folder / path.name
    finally:
        shutil.rmtree(folder, ignore_errors=True)
