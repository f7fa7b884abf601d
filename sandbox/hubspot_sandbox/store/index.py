"""The search index: it may lag behind the records, as HubSpot's does.

What a write replaces is kept until the index has caught up with it; searches look at that.
"""

from __future__ import annotations

import sqlite3

from hubspot_sandbox.model.types import ObjectType

_FIELDS = "type, id, properties, created, updated, archived, label"
_LAGGING = f"""(
    SELECT {_FIELDS} FROM objects AS live WHERE type = :type AND NOT EXISTS (
        SELECT 1 FROM unindexed AS old
        WHERE old.type = live.type AND old.id = live.id AND old.until > :now)
    UNION ALL
    SELECT {_FIELDS} FROM unindexed AS old WHERE type = :type AND there AND rowid = (
        SELECT rowid FROM unindexed AS other
        WHERE other.type = old.type AND other.id = old.id AND other.until > :now
        ORDER BY until, rowid LIMIT 1)
)"""


class Index:
    """Knows which records the search sees, and in which state."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Keep replaced states through `connection`."""
        self._connection = connection
        self._latest = 0
        self.delay_ms = 0

    def before_write(self, kind: ObjectType, record_id: int, now: int) -> None:
        """Keep what the search will see of a record until the index has caught up."""
        if not self.delay_ms:
            return
        until = now + self.delay_ms
        self._latest = max(self._latest, until)
        kept = self._connection.execute(
            f"INSERT INTO unindexed (until, there, {_FIELDS}) "
            f"SELECT ?, 1, {_FIELDS} FROM objects WHERE type = ? AND id = ?",
            [until, kind.name, record_id],
        )
        if not kept.rowcount:
            self._connection.execute(
                "INSERT INTO unindexed VALUES (?, ?, ?, 0, '{}', 0, 0, 0, '')",
                [kind.name, record_id, until],
            )

    def table(self, now: int) -> str:
        """Return what to search in, as SQL with the parameters `:type` and `:now`."""
        if self._latest <= now:
            if self._latest:
                self._connection.execute("DELETE FROM unindexed")
                self._latest = 0
            return "objects"
        return _LAGGING

    def forget(self) -> None:
        """Catch up at once."""
        self._connection.execute("DELETE FROM unindexed")
        self._latest = 0
