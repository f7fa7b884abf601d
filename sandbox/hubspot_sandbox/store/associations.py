"""Associations, kept from both sides.

https://developers.hubspot.com/docs/api-reference/crm-associations-v4/guide
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

DEFAULTS = {
    ("contacts", "companies"): 279,
    ("companies", "contacts"): 280,
    ("deals", "contacts"): 3,
    ("contacts", "deals"): 4,
    ("deals", "companies"): 341,
    ("companies", "deals"): 342,
    ("contacts", "tickets"): 15,
    ("tickets", "contacts"): 16,
    ("tickets", "companies"): 339,
    ("companies", "tickets"): 340,
    ("deals", "tickets"): 27,
    ("tickets", "deals"): 28,
    ("companies", "companies"): 450,
    ("contacts", "contacts"): 449,
    ("deals", "deals"): 451,
    ("tickets", "tickets"): 452,
}
PRIMARIES = {1: 2, 2: 1, 5: 6, 6: 5, 25: 26, 26: 25}
_INVERSE = {
    **PRIMARIES,
    **{number: DEFAULTS[to, from_] for (from_, to), number in DEFAULTS.items()},
    13: 14,
    14: 13,
}
LABELS = {13: "Child Company", 14: "Parent Company", **dict.fromkeys(PRIMARIES, "Primary")}


def inverse(type_id: int) -> int:
    """Return the type of the same association, seen from the other side."""
    return _INVERSE.get(type_id, type_id)


class Associations:
    """The pairs of a portal's records."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Keep pairs through `connection`."""
        self._connection = connection

    def add(
        self,
        from_type: str,
        to_type: str,
        pairs: Sequence[tuple[int, int]],
        types: Iterable[tuple[str, int]],
    ) -> None:
        """Associate pairs by all `types` (category, type id), from both sides."""
        rows = []
        for category, type_id in types:
            back = inverse(type_id)
            for one, other in pairs:
                rows.append((from_type, one, to_type, other, type_id, category))
                rows.append((to_type, other, from_type, one, back, category))
        self._connection.executemany(
            "INSERT OR IGNORE INTO associations VALUES (?, ?, ?, ?, ?, ?)", rows
        )

    def remove(self, from_type: str, to_type: str, pairs: Iterable[tuple[int, int]]) -> None:
        """Take all associations of pairs away, from both sides."""
        sql = (
            "DELETE FROM associations WHERE from_type = ? AND from_id = ? "
            "AND to_type = ? AND to_id = ?"
        )
        for one, other in pairs:
            self._connection.execute(sql, [from_type, one, to_type, other])
            self._connection.execute(sql, [to_type, other, from_type, one])

    def of(self, from_type: str, from_id: int, to_type: str) -> list[sqlite3.Row]:
        """Return the associations of one record with records of one type."""
        return self._connection.execute(
            "SELECT * FROM associations WHERE from_type = ? AND from_id = ? AND to_type = ? "
            "ORDER BY to_id, type_id",
            [from_type, from_id, to_type],
        ).fetchall()

    def move(self, object_type: str, old: int, new: int) -> None:
        """Give the associations of one record to another."""
        for side in ("from", "to"):
            self._connection.execute(
                f"UPDATE OR IGNORE associations SET {side}_id = ? "
                f"WHERE {side}_type = ? AND {side}_id = ?",
                [new, object_type, old],
            )
        self.drop(object_type, old)

    def drop(self, object_type: str, record_id: int) -> None:
        """Take away all associations of a record."""
        for side in ("from", "to"):
            self._connection.execute(
                f"DELETE FROM associations WHERE {side}_type = ? AND {side}_id = ?",
                [object_type, record_id],
            )
