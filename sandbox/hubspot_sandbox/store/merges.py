"""Merges of records, and erasure.

https://developers.hubspot.com/docs/guides/api/crm/objects/contacts
"""

from __future__ import annotations

import sqlite3

from hubspot_sandbox.model.types import ObjectType
from hubspot_sandbox.store.associations import Associations
from hubspot_sandbox.store.objects import Objects, Record


class Merges:
    """Remembers which record an old id leads to."""

    def __init__(
        self, connection: sqlite3.Connection, objects: Objects, associations: Associations
    ) -> None:
        """Merge records of `objects`; the caller opens the transaction."""
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
        """Make one record of two, with a new id to which both old ids lead.

        The primary's values win; the other's address stays as an additional one, by which the
        record is still found.
        """
        values = {**_filled(other), **_filled(primary)}
        unique = self._connection.execute(
            "SELECT property, value FROM unique_values WHERE type = ? AND id IN (?, ?)",
            [kind.name, primary.id, other.id],
        ).fetchall()
        self._objects.archive(kind, [primary.id, other.id])
        addresses = [r["value"] for r in unique if r["property"] == "email"]
        extra = [address for address in addresses if address != values.get("email")]
        if extra:
            values["hs_additional_emails"] = ";".join(extra)
        values["hs_merged_object_ids"] = f"{primary.id};{other.id}"
        merged = self._objects.create(kind, values, now)
        for address in extra:
            self._connection.execute(
                "INSERT OR REPLACE INTO unique_values VALUES (?, 'email', ?, ?)",
                [kind.name, address, merged.id],
            )
        for old in (primary.id, other.id):
            row = [kind.name, old, merged.id]
            self._connection.execute("INSERT OR REPLACE INTO merged VALUES (?, ?, ?)", row)
            self._associations.move(kind.name, old, merged.id)
        return merged

    def erase(self, kind: ObjectType, record_id: int) -> None:
        """Delete a record and its history for good."""
        self._objects.archive(kind, [record_id])
        self._associations.drop(kind.name, record_id)
        for table in ("objects", "history"):
            self._connection.execute(
                f"DELETE FROM {table} WHERE type = ? AND id = ?", [kind.name, record_id]
            )


def _filled(record: Record) -> dict[str, str]:
    """Return the values that a merge takes over: all but what the portal computes anew."""
    computed = {"createdate", "hs_object_id", "lastmodifieddate", "hs_lastmodifieddate"}
    return {n: v for n, v in record.properties.items() if v != "" and n not in computed}
