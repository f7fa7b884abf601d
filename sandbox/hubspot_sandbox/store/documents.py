"""Small JSON documents: what is neither a record nor an association."""

from __future__ import annotations

import json
import sqlite3
from typing import Any


class Documents:
    """Documents of several kinds, by id; the caller opens the transaction."""

    def __init__(self, connection: sqlite3.Connection, table: str = "documents") -> None:
        """Keep documents in a table."""
        self._connection = connection
        self._table = table

    def get(self, kind: str, key: Any) -> dict[str, Any] | None:
        """Return one document."""
        row = self._connection.execute(
            f"SELECT body FROM {self._table} WHERE kind = ? AND id = ?", [kind, str(key)]
        ).fetchone()
        return json.loads(row["body"]) if row else None

    def all(self, kind: str) -> list[dict[str, Any]]:
        """Return all documents of a kind, oldest id first where ids are numbers."""
        rows = self._connection.execute(
            f"SELECT body FROM {self._table} WHERE kind = ? ORDER BY CAST(id AS INTEGER), id",
            [kind],
        )
        return [json.loads(row["body"]) for row in rows]

    def put(self, kind: str, key: Any, body: dict[str, Any]) -> None:
        """Keep a document, in the place of an older one."""
        self._connection.execute(
            f"INSERT OR REPLACE INTO {self._table} VALUES (?, ?, ?)",
            [kind, str(key), json.dumps(body)],
        )

    def remove(self, kind: str, key: Any) -> bool:
        """Remove a document; whether there was one."""
        removed = self._connection.execute(
            f"DELETE FROM {self._table} WHERE kind = ? AND id = ?", [kind, str(key)]
        )
        return removed.rowcount > 0

    def clear(self, kind: str) -> None:
        """Remove all documents of a kind."""
        self._connection.execute(f"DELETE FROM {self._table} WHERE kind = ?", [kind])

    def number(self, kind: str, first: int = 1) -> int:
        """Return the next free number of a kind; numbers are not used twice."""
        last = self.get("numbers", kind)
        number = int(last["last"]) + 1 if last else first
        self.put("numbers", kind, {"last": number})
        return number
