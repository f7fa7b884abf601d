"""What is pending: desired minus ledger, spooled so that a plan of any size fits in memory."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pyarrow as pa

from stagedoor.extension import AssociationSource
from stagedoor.model import Action, Base, Change, ObjectRef
from stagedoor.state.database import StateDatabase
from stagedoor.state.ledger import PAIR_TABLES
from stagedoor.state.replica import quoted

CHUNK = 2_000
"""Rows that pass through Python at a time."""


class Pending:
    """Reads differences between the temporary `desired_*` tables and the ledger."""

    def __init__(self, database: StateDatabase) -> None:
        """Start with an empty spool."""
        self._database = database
        self._spooled: Counter[tuple[str, Action]] = Counter()
        database.execute(
            "CREATE OR REPLACE TEMP TABLE planned ("
            "object_type VARCHAR, action VARCHAR, rank INTEGER, key VARCHAR, payload VARCHAR)"
        )

    def adopt(self, object_type: str, match_column: str | None) -> None:
        """Let an object whose key changed keep its HubSpot object.

        A guest who opened an account, or a household whose first member left, has a new key and
        the same match value: the link moves to the new key. So it does to one that was left alone
        since its contact was merged or deleted, unless that was for privacy's sake.
        """
        if match_column is None:
            return
        table = quoted(f"desired_{object_type}")
        self._database.execute(
            f"CREATE OR REPLACE TEMP TABLE adopted AS SELECT o.key AS old, d.key AS new "
            f"FROM ledger.objects o JOIN {table} d ON d.{quoted(match_column)} = o.match_value "
            f"WHERE o.object_type = ? AND o.key NOT IN (SELECT key FROM {table}) "
            "AND d.key NOT IN (SELECT key FROM ledger.objects WHERE object_type = ?) "
            "AND d.key NOT IN (SELECT key FROM inbound.held WHERE object_type = ? "
            "AND reason = 'privacy')",
            [object_type] * 3,
        )

    def apply_adoption(self, object_type: str, associations: Sequence[AssociationSource]) -> None:
        """Rename the adopted keys in the ledger."""
        if not self._database.scalar("SELECT count(*) FROM adopted"):
            return
        with self._database.transaction():
            self._database.execute(
                "UPDATE ledger.objects SET key = a.new FROM adopted a "
                "WHERE object_type = ? AND key = a.old",
                [object_type],
            )
            self._database.execute(
                "DELETE FROM inbound.held WHERE object_type = ? "
                "AND key IN (SELECT new FROM adopted)",
                [object_type],
            )
            for source in associations:
                for side, end in (("from", source.from_end), ("to", source.to_end)):
                    for table in PAIR_TABLES if end == object_type else ():
                        self._database.execute(
                            f"UPDATE {table} SET {side}_key = a.new FROM adopted a "
                            f"WHERE name = ? AND {side}_key = a.old",
                            [source.type.name],
                        )

    def find(self, object_type: str) -> tuple[int, int]:
        """Make `candidates`: desired rows whose hash the ledger does not have.

        Returns how many objects are desired, and how many of them are unchanged or were refused
        as they are now.
        """
        table = quoted(f"desired_{object_type}")
        self._database.execute(
            f"CREATE OR REPLACE TEMP TABLE candidates AS SELECT d.*, "
            "o.hubspot_id AS _hubspot_id, o.match_value AS _match_value, "
            "o.properties AS _properties, row_number() OVER () AS _ordinal "
            f"FROM {table} d LEFT JOIN ledger.objects o ON o.object_type = ? AND o.key = d.key "
            "LEFT JOIN ledger.refused r ON r.object_type = ? AND r.key = d.key "
            "AND r.source_hash = d.source_hash "
            "WHERE o.source_hash IS DISTINCT FROM d.source_hash AND r.key IS NULL "
            "AND d.key NOT IN (SELECT key FROM inbound.held WHERE object_type = ?)",
            [object_type, object_type, object_type],
        )
        total = int(self._database.scalar(f"SELECT count(*) FROM {table}"))
        candidates = int(self._database.scalar("SELECT count(*) FROM candidates"))
        return total, total - candidates

    def candidates(self, object_type: str) -> Iterator[list[tuple[dict[str, Any], Base | None]]]:
        """Yield chunks of source rows with the base that the ledger has for them."""
        last = int(self._database.scalar("SELECT coalesce(max(_ordinal), 0) FROM candidates"))
        for start in range(0, last, CHUNK):
            result = self._database.execute(
                "SELECT * FROM candidates WHERE _ordinal > ? AND _ordinal <= ? ORDER BY _ordinal",
                [start, start + CHUNK],
            )
            names = [column[0] for column in result.description]
            rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
            yield [(row, _base(object_type, row)) for row in rows]

    def spool(self, changes: Sequence[Change]) -> None:
        """Add changes to the plan."""
        if not changes:
            return
        self._spooled.update((change.ref.object_type, change.action) for change in changes)
        table = pa.table(
            {
                "object_type": [change.ref.object_type for change in changes],
                "action": [change.action.value for change in changes],
                # Whoever gives up an address goes before whoever may take it.
                "rank": [0 if change.match_property in change.after else 1 for change in changes],
                "key": [change.ref.key for change in changes],
                "payload": [msgspec.json.encode(change).decode() for change in changes],
            }
        )
        with self._database.registered("spooled", table):
            self._database.execute("INSERT INTO planned SELECT * FROM spooled")

    def number(self, object_type: str, action: Action) -> int:
        """Fix the order of one phase and return its size."""
        if not self._spooled[object_type, action]:
            return 0
        self._database.execute(
            f"CREATE OR REPLACE TEMP TABLE {_phase(object_type, action)} AS "
            "SELECT payload, row_number() OVER (ORDER BY rank, key) AS ordinal FROM planned "
            "WHERE object_type = ? AND action = ?",
            [object_type, action.value],
        )
        return int(self._database.scalar(f"SELECT count(*) FROM {_phase(object_type, action)}"))

    def changes(self, object_type: str, action: Action) -> Iterator[Change]:
        """Yield the changes of one phase, in order; may be called again."""
        if not self._spooled[object_type, action]:
            return
        table = _phase(object_type, action)
        last = int(self._database.scalar(f"SELECT count(*) FROM {table}"))
        for start in range(0, last, CHUNK):
            for (payload,) in self._database.rows(
                f"SELECT payload FROM {table} WHERE ordinal > ? AND ordinal <= ? ORDER BY ordinal",
                [start, start + CHUNK],
            ):
                yield msgspec.json.decode(payload, type=Change)


def _phase(object_type: str, action: Action) -> str:
    return quoted(f"planned_{object_type}_{action.value}")


def _base(object_type: str, row: dict[str, Any]) -> Base | None:
    hubspot_id, match_value = row.pop("_hubspot_id"), row.pop("_match_value")
    properties = row.pop("_properties")
    if hubspot_id is None:
        return None
    ref = ObjectRef(object_type, row["key"])
    return Base(ref, hubspot_id, match_value, json.loads(properties), row["source_hash"])
