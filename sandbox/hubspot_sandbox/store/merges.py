"""Merges of records, and erasure.

https://developers.hubspot.com/docs/guides/api/crm/objects/contacts
"""

from __future__ import annotations

import sqlite3

from hubspot_sandbox.model.types import ObjectType
from hubspot_sandbox.store.associations import Associations
from hubspot_sandbox.store.feed import Feed
from hubspot_sandbox.store.objects import Objects, Record


class Merges:
    """Remembers which record an old id leads to."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        objects: Objects,
        associations: Associations,
        feed: Feed,
    ) -> None:
        """Merge records of `objects`; the caller opens the transaction."""
        self._feed = feed
        self._connection = connection
        self._objects = objects
        self._associations = associations

    def leads_to(self, kind: ObjectType, record_id: int) -> int:
        """Return the id under which a record lives now."""
        row = self._connection.execute(
            "SELECT new_id FROM merged WHERE type = ? AND old_id = ?", [kind.name, record_id]
        ).fetchone()
        return self.leads_to(kind, int(row["new_id"])) if row else record_id

    def merge(self, kind: ObjectType, primary: Record, other: Record, now: int) -> Record:
        """Make one record of two, to which both old ids lead.

        The primary's values win; the other's address stays as an additional one, by which the
        record is still found. The record has a new id, or the primary's where the portal behaves
        so.
        """
        feed_was, self._feed.active = self._feed.active, False
        values = {**_filled(other), **_filled(primary)}
        moved = len(values) - len(_filled(primary))
        addresses = self._addresses(kind, primary, other)
        extra = [address for address in addresses if address != values.get("email")]
        if extra:
            values["hs_additional_emails"] = ";".join(extra)
        values["hs_merged_object_ids"] = f"{primary.id};{other.id}"
        if self._objects.behaviour.merged_id == "new":
            self._objects.archive(kind, [primary.id, other.id], now)
            merged = self._objects.create(kind, values, now)
        else:
            self._objects.archive(kind, [other.id], now)
            self._objects.update(kind, primary, values, now)
            merged = primary
        self._find_by(kind, extra, merged)
        for old in {primary.id, other.id} - {merged.id}:
            row = [kind.name, old, merged.id]
            self._connection.execute("INSERT OR REPLACE INTO merged VALUES (?, ?, ?)", row)
            self._associations.move(kind.name, old, merged.id)
        self._feed.active = feed_was
        self._feed.add(
            "MERGE",
            kind.name,
            merged.id,
            now,
            self._objects.source,
            primary=primary.id,
            merged=[primary.id, other.id] if merged.id != primary.id else [other.id],
            moved=moved,
        )
        return merged

    def _addresses(self, kind: ObjectType, *records: Record) -> list[str]:
        rows = self._connection.execute(
            "SELECT value FROM unique_values WHERE type = ? AND property = 'email' "
            "AND id IN (?, ?) ORDER BY id, value",
            [kind.name, *(record.id for record in records)],
        )
        return [row["value"] for row in rows]

    def _find_by(self, kind: ObjectType, addresses: list[str], record: Record) -> None:
        """Let additional addresses lead to a record."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO unique_values VALUES (?, 'email', ?, ?)",
            [(kind.name, address, record.id) for address in addresses],
        )

    def erase(self, kind: ObjectType, record_id: int, now: int) -> None:
        """Delete a record and its history for good."""
        feed_was, self._feed.active = self._feed.active, False
        self._objects.archive(kind, [record_id], now)
        self._feed.active = feed_was
        self._associations.drop(kind.name, record_id)
        self._connection.execute("DELETE FROM labels WHERE rowid = ?", [record_id])
        for table in ("objects", "history"):
            self._connection.execute(
                f"DELETE FROM {table} WHERE type = ? AND id = ?", [kind.name, record_id]
            )
        self._connection.execute(
            "UPDATE changes SET detail = '{}' WHERE type = ? AND id = ? "
            "AND action IN ('CREATE', 'UPDATE')",
            [kind.name, record_id],
        )
        self._feed.add("PRIVACY_DELETE", kind.name, record_id, now, self._objects.source)


def _filled(record: Record) -> dict[str, str]:
    """Return the values that a merge takes over: all but what the portal computes anew."""
    computed = {
        *("createdate", "hs_createdate", "hs_object_id", "lastmodifieddate"),
        *("hs_lastmodifieddate", "hs_object_source", "hs_object_source_label"),
    }
    return {n: v for n, v in record.properties.items() if v != "" and n not in computed}
