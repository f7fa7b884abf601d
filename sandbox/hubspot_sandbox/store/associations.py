"""Associations, kept from both sides.

https://developers.hubspot.com/docs/api-reference/crm-associations-v4/guide
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from hubspot_sandbox.store.association_types import HUBSPOT, AssociationTypes
from hubspot_sandbox.store.feed import Feed

Spec = tuple[str, int]
"""Category and number of an association type."""


class Associations:
    """The pairs of a portal's records."""

    def __init__(self, connection: sqlite3.Connection, types: AssociationTypes, feed: Feed) -> None:
        """Keep pairs through `connection`."""
        self._connection = connection
        self._feed = feed
        self.types = types
        self.source = "INTEGRATION"

    def add(
        self,
        from_type: str,
        to_type: str,
        pairs: Sequence[tuple[int, int]],
        specs: Iterable[Spec],
        now: int,
    ) -> None:
        """Associate pairs by all `specs`, from both sides; a record has one primary company."""
        for spec in specs:
            back = self.types.inverse(spec)
            for one, other in pairs:
                if self.types.is_primary(spec):
                    self._demote(from_type, one, to_type, spec)
                    self._demote(to_type, other, from_type, back, only_companies=True)
                self._insert((from_type, one, to_type, other), spec, now)
                self._insert((to_type, other, from_type, one), back, now)

    def _insert(self, ends: tuple[str, int, str, int], spec: Spec, now: int) -> None:
        made = self._connection.execute(
            "INSERT OR IGNORE INTO associations VALUES (?, ?, ?, ?, ?, ?)",
            [*ends, spec[1], spec[0]],
        )
        if made.rowcount:
            self._tell("ASSOCIATION_ADDED", ends, spec, now)

    def _tell(self, action: str, ends: tuple[str, int, str, int], spec: Spec, now: int) -> None:
        self._feed.add(
            action,
            ends[0],
            ends[1],
            now,
            self.source,
            to_type=ends[2],
            to_id=ends[3],
            type_id=spec[1],
            category=spec[0],
            primary=self.types.is_primary(spec),
        )

    def _demote(
        self, from_type: str, one: int, to_type: str, spec: Spec, *, only_companies: bool = False
    ) -> None:
        """Take the label Primary from what had it; a company is primary to many records."""
        if from_type == "companies" or (only_companies and to_type != "companies"):
            return
        for row in self.of(from_type, one, to_type):
            if (row["category"], row["type_id"]) == spec:
                self._delete((from_type, one, to_type, row["to_id"]), spec)
                back = self.types.inverse(spec)
                self._delete((to_type, row["to_id"], from_type, one), back)

    def _delete(self, ends: tuple[str, int, str, int], spec: Spec) -> None:
        self._connection.execute(
            "DELETE FROM associations WHERE from_type = ? AND from_id = ? AND to_type = ? "
            "AND to_id = ? AND type_id = ? AND category = ?",
            [*ends, spec[1], spec[0]],
        )

    def remove(
        self, from_type: str, to_type: str, pairs: Iterable[tuple[int, int]], now: int
    ) -> None:
        """Take all associations of pairs away, from both sides."""
        for one, other in pairs:
            for ends in ((from_type, one, to_type, other), (to_type, other, from_type, one)):
                for row in self._between(ends):
                    spec = (row["category"], row["type_id"])
                    self._delete(ends, spec)
                    self._tell("ASSOCIATION_REMOVED", ends, spec, now)

    def _between(self, ends: tuple[str, int, str, int]) -> list[sqlite3.Row]:
        return self._connection.execute(
            "SELECT * FROM associations WHERE from_type = ? AND from_id = ? AND to_type = ? "
            "AND to_id = ? ORDER BY type_id",
            ends,
        ).fetchall()

    def remove_labels(
        self,
        from_type: str,
        to_type: str,
        pair: tuple[int, int],
        specs: Iterable[Spec],
        now: int,
    ) -> None:
        """Take single types of a pair away; without the plain one nothing stays."""
        one, other = pair
        for spec in specs:
            if spec == (HUBSPOT, self.types.default(from_type, to_type)):
                self.remove(from_type, to_type, [pair], now)
                return
            back = self.types.inverse(spec)
            for ends, kind in (
                ((from_type, one, to_type, other), spec),
                ((to_type, other, from_type, one), back),
            ):
                self._delete(ends, kind)
                self._tell("ASSOCIATION_REMOVED", ends, kind, now)

    def replace(
        self,
        from_type: str,
        to_type: str,
        pair: tuple[int, int],
        specs: Sequence[Spec],
        now: int,
    ) -> None:
        """Give a pair exactly these types."""
        one, other = pair
        keep = set(specs)
        for row in self._between((from_type, one, to_type, other)):
            spec = (row["category"], row["type_id"])
            if spec not in keep:
                self._delete((from_type, one, to_type, other), spec)
                self._delete((to_type, other, from_type, one), self.types.inverse(spec))
        self.add(from_type, to_type, [pair], specs, now)

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
