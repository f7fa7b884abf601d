"""What happens in HubSpot to the objects that the ledger links: deleted, restored, made anew.

A held object is left alone by outbound runs: it is neither updated nor made again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import pyarrow as pa

from stagedoor.engine.inbound import DOUBTED
from stagedoor.model import ObjectRef
from stagedoor.state.database import StateDatabase
from stagedoor.state.moments import in_utc


class Held(StrEnum):
    """Why an object is left alone."""

    ARCHIVED = "archived"
    PRIVACY = "privacy"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class HeldObject:
    """One object that is left alone."""

    ref: ObjectRef
    hubspot_id: str
    reason: Held


class Links:
    """Moves the ledger's links as HubSpot's records move; durable on return."""

    def __init__(self, database: StateDatabase, run_id: str) -> None:
        """Write rows in the name of `run_id`."""
        self._database = database
        self._run_id = run_id

    def absorb_deletions(
        self,
        hubspot_type: str,
        deleted: Sequence[tuple[str, Held, datetime | None]],
        now: datetime,
    ) -> None:
        """Keep deletions (id, why, when), for `delete` to follow them.

        A read from before a deletion that comes after it does not bring the record back; nor does
        news of a deletion take away a record that was read after it, being restored.
        """
        if not deleted:
            return
        moments = [at and in_utc(at) for _, _, at in deleted]
        table = pa.table(
            {
                "hubspot_id": [hubspot_id for hubspot_id, _, _ in deleted],
                "kind": [kind.value for _, kind, _ in deleted],
                "deleted_at": pa.array(moments, pa.timestamp("us")),
            }
        )
        with self._database.registered("told", table), self._database.transaction():
            self._database.execute(
                "DELETE FROM inbound.seen s USING told t WHERE s.hubspot_type = ? "
                "AND s.hubspot_id = t.hubspot_id AND NOT s.updated_at > t.deleted_at",
                [hubspot_type],
            )
            self._database.execute(
                "DELETE FROM inbound.deletions d USING told t "
                "WHERE d.hubspot_type = ? AND d.hubspot_id = t.hubspot_id",
                [hubspot_type],
            )
            self._database.execute(
                "INSERT INTO inbound.deletions SELECT DISTINCT ?, * FROM told t WHERE NOT EXISTS ("
                "SELECT 1 FROM inbound.seen s WHERE s.hubspot_type = ? "
                "AND s.hubspot_id = t.hubspot_id) AND NOT EXISTS ("
                "SELECT 1 FROM inbound.settled s WHERE s.hubspot_type = ? "
                "AND s.hubspot_id = t.hubspot_id AND s.updated_at > t.deleted_at)",
                [hubspot_type] * 3,
            )
            self._database.execute(
                "INSERT INTO inbound.settled SELECT ?, hubspot_id, max(deleted_at), ? FROM told "
                "WHERE deleted_at IS NOT NULL GROUP BY hubspot_id",
                [hubspot_type, in_utc(now)],
            )

    def delete(self, hubspot_type: str, entries: Iterable[str]) -> list[HeldObject]:
        """Hold the objects whose records were deleted in HubSpot; return them.

        A deletion is kept in mind until the record is seen again: a link may lead to it later.
        """
        self._database.execute(
            "DELETE FROM inbound.deletions d USING inbound.seen s WHERE d.hubspot_type = ? "
            "AND s.hubspot_type = ? AND s.hubspot_id = d.hubspot_id",
            [hubspot_type, hubspot_type],
        )
        rows = self._database.rows(
            "SELECT DISTINCT o.object_type, o.key, o.hubspot_id, d.kind FROM inbound.deletions d "
            "JOIN ledger.objects o ON o.hubspot_id = d.hubspot_id "
            "WHERE d.hubspot_type = ? AND list_contains(?::VARCHAR[], o.object_type) ORDER BY ALL",
            [hubspot_type, list(entries)],
        )
        found = [HeldObject(ObjectRef(row[0], row[1]), row[2], Held(row[3])) for row in rows]
        with self._database.transaction():
            for item in found:
                self.hold(item)
            self._database.execute(
                "UPDATE inbound.held SET reason = 'privacy', match_value = '', properties = '{}' "
                "FROM inbound.deletions d WHERE d.hubspot_type = ? AND d.kind = 'privacy' "
                "AND held.hubspot_id = d.hubspot_id",
                [hubspot_type],
            )
        return found

    def hold(self, item: HeldObject) -> None:
        """Move one object from the ledger to the held ones, inside a transaction."""
        self._database.execute(
            "INSERT INTO inbound.held SELECT object_type, key, ?, match_value, properties, ?, ? "
            "FROM ledger.objects WHERE object_type = ? AND key = ?",
            [item.hubspot_id, item.reason.value, self._run_id, item.ref.object_type, item.ref.key],
        )
        self._database.execute(
            "DELETE FROM ledger.objects WHERE object_type = ? AND key = ?",
            [item.ref.object_type, item.ref.key],
        )

    def restore(self, hubspot_type: str, entries: Iterable[str]) -> list[HeldObject]:
        """Link again what was archived and is there again; return it."""
        rows = self._database.rows(
            "SELECT h.object_type, h.key, h.hubspot_id FROM inbound.held h "
            "JOIN inbound.seen s ON s.hubspot_id = h.hubspot_id "
            "WHERE s.hubspot_type = ? AND NOT s.archived AND h.reason = 'archived' "
            "AND list_contains(?::VARCHAR[], h.object_type) ORDER BY ALL",
            [hubspot_type, list(entries)],
        )
        found = [HeldObject(ObjectRef(row[0], row[1]), row[2], Held.ARCHIVED) for row in rows]
        for item in found:
            self._link(item.ref, item.hubspot_id, "properties")
        return found

    def relink(self, ref: ObjectRef, hubspot_id: str) -> None:
        """Link a held object to another record that somebody made for it: nothing is agreed."""
        self._link(ref, hubspot_id, "'{}'")

    def _link(self, ref: ObjectRef, hubspot_id: str, properties: str) -> None:
        with self._database.transaction():
            self._database.execute(
                "INSERT INTO ledger.objects SELECT object_type, key, ?, match_value, "
                f"{properties}, '{DOUBTED}', ?, NULL FROM inbound.held "
                "WHERE object_type = ? AND key = ? "
                "AND key NOT IN (SELECT key FROM ledger.objects WHERE object_type = ?)",
                [hubspot_id, self._run_id, ref.object_type, ref.key, ref.object_type],
            )
            self._database.execute(
                "DELETE FROM inbound.held WHERE object_type = ? AND key = ?",
                [ref.object_type, ref.key],
            )

    def held(self, object_type: str) -> dict[str, tuple[ObjectRef, Held]]:
        """Return the held objects of an entry, by match value in lower case."""
        rows = self._database.rows(
            "SELECT lower(match_value), key, reason FROM inbound.held WHERE object_type = ?",
            [object_type],
        )
        return {value: (ObjectRef(object_type, key), Held(why)) for value, key, why in rows}
