"""One portal: its file, its clock, and what hangs together in one transaction."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hubspot_sandbox.store.associations import Associations
from hubspot_sandbox.store.database import connect
from hubspot_sandbox.store.merges import Merges
from hubspot_sandbox.store.objects import Objects
from hubspot_sandbox.store.schema import Schema


class PortalStore:
    """Everything that a portal remembers."""

    def __init__(self, path: Path, *, seed: int = 1) -> None:
        """Open the portal kept in `path`, made when absent."""
        self.path = path
        self.connection = connect(path)
        self.random = random.Random(seed)  # noqa: S311 - shuffles results, guards nothing
        with self.transaction():
            self.portal_id = self._identity()
            self.schema = Schema(self.connection)
        self.objects = Objects(self.connection, self.schema)
        self.associations = Associations(self.connection)
        self.merges = Merges(self.connection, self.objects, self.associations)

    def _identity(self) -> int:
        row = self.connection.execute("SELECT value FROM facts WHERE name='portal_id'").fetchone()
        if row is not None:
            return int(row["value"])
        portal_id = random.SystemRandom().randrange(10_000_000, 99_999_999)
        self.connection.execute("INSERT INTO facts VALUES ('portal_id', ?)", [str(portal_id)])
        return portal_id

    def now(self) -> int:
        """Return the portal's time, in ms since 1970."""
        return time.time_ns() // 1_000_000

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Keep everything inside, or nothing."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield self.connection
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def empty(self) -> None:
        """Forget all records, associations and properties that were added."""
        with self.transaction():
            for table in ("objects", "unique_values", "history", "associations", "merged"):
                self.connection.execute(f"DELETE FROM {table}")
            for table in ("definitions", "groups", "pipelines"):
                self.connection.execute(f"DELETE FROM {table}")
            self.schema = Schema(self.connection)
            self.objects = Objects(self.connection, self.schema)
            self.merges = Merges(self.connection, self.objects, self.associations)

    def close(self) -> None:
        """Close the file."""
        self.connection.close()
