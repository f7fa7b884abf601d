"""Lists of records: those that somebody fills, and those that a filter fills.

https://developers.hubspot.com/docs/guides/api/crm/lists/overview
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

from hubspot_sandbox.model.list_filters import matches
from hubspot_sandbox.model.types import ObjectType, Registry
from hubspot_sandbox.store.documents import Documents
from hubspot_sandbox.store.objects import Objects, Record

KIND = "lists"
DEEPEST = 5
"""How many lists may lean on each other."""


class Lists:
    """The lists of a portal; the caller opens the transaction."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        documents: Documents,
        objects: Objects,
        types: Registry,
    ) -> None:
        """Keep lists as documents, and the members of manual ones in a table."""
        self._connection = connection
        self._documents = documents
        self._objects = objects
        self._types = types

    def add(self, body: dict[str, Any]) -> dict[str, Any]:
        """Make a list; it gets the next number."""
        entry = {**body, "listId": str(self._documents.number(KIND))}
        self.put(entry)
        return entry

    def put(self, entry: dict[str, Any]) -> None:
        """Keep a list as it is now."""
        self._documents.put(KIND, entry["listId"], entry)

    def get(self, list_id: Any, *, deleted: bool = False) -> dict[str, Any] | None:
        """Return a list."""
        entry = self._documents.get(KIND, list_id)
        return entry if entry and bool(entry.get("deletedAt")) == deleted else None

    def all(self) -> list[dict[str, Any]]:
        """Return all lists, oldest first."""
        return [entry for entry in self._documents.all(KIND) if not entry.get("deletedAt")]

    def members(self, entry: dict[str, Any]) -> list[tuple[int, int]]:
        """Return the ids of a list's records and when each came to it, by id."""
        kind = self._types.resolve(entry["objectTypeId"])
        if entry["processingType"] == "DYNAMIC":
            found = (r for r in self._objects.all(kind) if self._fits(entry, kind, r, 0))
            return [(record.id, record.updated) for record in found]
        rows = self._connection.execute(
            "SELECT record, at FROM list_members JOIN objects ON objects.id = record "
            "AND objects.type = ? AND archived = 0 WHERE list = ? ORDER BY record",
            [kind.name, int(entry["listId"])],
        )
        return [(row["record"], row["at"]) for row in rows]

    def size(self, entry: dict[str, Any]) -> int:
        """Return how many records a list has."""
        return len(self.members(entry))

    def has(self, list_id: Any, kind: ObjectType, record: Record, depth: int = 0) -> bool:
        """Whether a record is on a list."""
        entry = self.get(list_id)
        if entry is None or self._types.resolve(entry["objectTypeId"]) != kind:
            return False
        if entry["processingType"] == "DYNAMIC":
            return depth <= DEEPEST and self._fits(entry, kind, record, depth)
        row = self._connection.execute(
            "SELECT 1 FROM list_members WHERE list = ? AND record = ?", [int(list_id), record.id]
        ).fetchone()
        return row is not None

    def _fits(self, entry: dict[str, Any], kind: ObjectType, record: Record, depth: int) -> bool:
        def in_list(list_id: str) -> bool:
            return self.has(list_id, kind, record, depth + 1)

        return matches(entry["filterBranch"], record.properties, in_list)

    def add_members(self, entry: dict[str, Any], ids: Iterable[int], now: int) -> list[int]:
        """Put records on a manual list; return those that were not on it."""
        added = []
        for record_id in ids:
            put = self._connection.execute(
                "INSERT OR IGNORE INTO list_members VALUES (?, ?, ?)",
                [int(entry["listId"]), record_id, now],
            )
            if put.rowcount:
                added.append(record_id)
        return added

    def remove_members(self, entry: dict[str, Any], ids: Iterable[int]) -> list[int]:
        """Take records off a manual list; return those that were on it."""
        removed = []
        for record_id in ids:
            gone = self._connection.execute(
                "DELETE FROM list_members WHERE list = ? AND record = ?",
                [int(entry["listId"]), record_id],
            )
            if gone.rowcount:
                removed.append(record_id)
        return removed
