"""What is pending: desired minus ledger, spooled so that a plan of any size fits in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import duckdb
import msgspec
import pyarrow as pa

from stagedoor.engine.scope import EVERYTHING, Scope
from stagedoor.errors import Misconfigured
from stagedoor.extension import AssociationSource
from stagedoor.model import Action, Base, Change, ObjectRef, Pair
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
        database.execute(
            "CREATE OR REPLACE TEMP TABLE planned ("
            "object_type VARCHAR, action VARCHAR, rank INTEGER, key VARCHAR, payload VARCHAR)"
        )

    def adopt(self, object_type: str, match_column: str | None) -> None:
        """Let an object whose key changed keep its HubSpot object.

        A guest who opened an account, or a household whose first member left, has a new key and
        the same match value: the link moves to the new key.
        """
        if match_column is None:
            return
        table = quoted(f"desired_{object_type}")
        self._database.execute(
            f"CREATE OR REPLACE TEMP TABLE adopted AS SELECT o.key AS old, d.key AS new "
            f"FROM ledger.objects o JOIN {table} d ON d.{quoted(match_column)} = o.match_value "
            f"WHERE o.object_type = ? AND o.key NOT IN (SELECT key FROM {table}) "
            "AND d.key NOT IN (SELECT key FROM ledger.objects WHERE object_type = ?)",
            [object_type, object_type],
        )

    def apply_adoption(self, object_type: str, associations: Sequence[AssociationSource]) -> None:
        """Rename the adopted keys in the ledger."""
        with self._database.transaction():
            self._database.execute(
                "UPDATE ledger.objects SET key = a.new FROM adopted a "
                "WHERE object_type = ? AND key = a.old",
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
        self._database.execute(
            f"CREATE OR REPLACE TEMP TABLE {_phase(object_type, action)} AS "
            "SELECT payload, row_number() OVER (ORDER BY rank, key) AS ordinal FROM planned "
            "WHERE object_type = ? AND action = ?",
            [object_type, action.value],
        )
        return int(self._database.scalar(f"SELECT count(*) FROM {_phase(object_type, action)}"))

    def changes(self, object_type: str, action: Action) -> Iterator[Change]:
        """Yield the changes of one phase, in order; may be called again."""
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


def check_pairs(database: StateDatabase, source: AssociationSource) -> None:
    """Make sure that the SQL of an association gives pairs; its tables must be there.

    Raises:
        Misconfigured: Naming the association and what DuckDB says.
    """
    try:
        database.execute(
            "CREATE OR REPLACE TEMP VIEW checked_pairs AS "
            f"SELECT from_key, to_key FROM ({source.sql})"
        )
    except duckdb.Error as error:
        raise Misconfigured(
            f"The SQL of association {source.type.name} fails: {str(error).splitlines()[0]}. "
            "It must give `from_key` and `to_key`; mend the mapping document, or the plugin that "
            "registers it."
        ) from error


class PendingPairs:
    """The difference of one association: desired pairs minus settled ones, and the reverse."""

    def __init__(
        self, database: StateDatabase, source: AssociationSource, scope: Scope = EVERYTHING
    ) -> None:
        """Materialise the desired pairs; their SQL may use streams and relations."""
        self._database = database
        self._scope = scope
        self._source = source
        self.association = source.type
        self._missing = quoted(f"missing_{source.type.name}")
        self._surplus = quoted(f"surplus_{source.type.name}")
        database.execute(
            "CREATE OR REPLACE TEMP TABLE pairs AS "
            f"SELECT DISTINCT from_key, to_key FROM ({source.sql}) "
            "WHERE from_key IS NOT NULL AND to_key IS NOT NULL"
        )

    def find(self) -> tuple[int, int]:
        """Make the lists of missing and surplus pairs; return their sizes.

        A pair is missing when both its ends are, or are planned to be, in HubSpot. It is surplus
        when we made it, the platform no longer has it, and either both its ends are still there
        or its first end has another partner now: who merely left keeps their history.
        """
        kind, from_end, to_end = self.association, self._source.from_end, self._source.to_end
        self._database.execute(
            f"CREATE OR REPLACE TEMP TABLE {self._missing} AS "
            "SELECT p.*, row_number() OVER (ORDER BY p.from_key, p.to_key) AS ordinal FROM pairs p "
            "LEFT JOIN ledger.objects f ON f.object_type = ? AND f.key = p.from_key "
            "LEFT JOIN ledger.objects t ON t.object_type = ? AND t.key = p.to_key "
            "LEFT JOIN planned pf ON pf.object_type = ? AND pf.action = 'create' "
            "AND pf.key = p.from_key "
            "LEFT JOIN planned pt ON pt.object_type = ? AND pt.action = 'create' "
            "AND pt.key = p.to_key "
            "LEFT JOIN ledger.associations a ON a.name = ? AND a.from_key = p.from_key "
            "AND a.to_key = p.to_key AND a.from_id = f.hubspot_id AND a.to_id = t.hubspot_id "
            "WHERE a.name IS NULL AND (f.key IS NOT NULL OR pf.key IS NOT NULL) "
            "AND (t.key IS NOT NULL OR pt.key IS NOT NULL)",
            [from_end, to_end, from_end, to_end, kind.name],
        )
        self._database.execute(
            f"CREATE OR REPLACE TEMP TABLE {self._surplus} AS "
            "SELECT a.from_key, a.to_key, "
            "row_number() OVER (ORDER BY a.from_key, a.to_key) AS ordinal "
            "FROM ledger.associations a ANTI JOIN pairs p USING (from_key, to_key) "
            f"SEMI JOIN {quoted('desired_' + from_end)} df ON df.key = a.from_key "
            f"LEFT JOIN {quoted('desired_' + to_end)} dt ON dt.key = a.to_key "
            "LEFT JOIN (SELECT DISTINCT from_key FROM pairs) other ON other.from_key = a.from_key "
            "WHERE a.name = ? AND (dt.key IS NOT NULL OR other.from_key IS NOT NULL)",
            [kind.name],
        )
        self._database.execute("DROP TABLE pairs")
        if self._scope.is_partial:
            self._narrow(self._missing)
            self._narrow(self._surplus)
        return self._count(self._missing), self._count(self._surplus)

    def _narrow(self, table: str) -> None:
        """Leave the pairs of the scope, numbered anew."""
        from_end, to_end = self._source.from_end, self._source.to_end
        inside = [
            ordinal
            for from_key, to_key, ordinal in self._database.rows(
                f"SELECT from_key, to_key, ordinal FROM {table}"
            )
            if self._scope.has_pair(ObjectRef(from_end, from_key), ObjectRef(to_end, to_key))
        ]
        self._database.execute(
            f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT from_key, to_key, "
            f"row_number() OVER (ORDER BY ordinal) AS ordinal FROM {table} "
            "WHERE list_contains(?::BIGINT[], ordinal)",
            [inside],
        )

    def _count(self, table: str) -> int:
        return int(self._database.scalar(f"SELECT count(*) FROM {table}"))

    def missing(self) -> Iterator[Pair]:
        """Yield the pairs to make whose ends are in HubSpot now."""
        return self._read(self._missing)

    def surplus(self) -> Iterator[Pair]:
        """Yield the pairs to take away."""
        return self._read(self._surplus)

    def keys(self, *, remove: bool) -> Iterator[tuple[str, str]]:
        """Yield the keys of all planned pairs, in HubSpot already or not."""
        table = self._surplus if remove else self._missing
        yield from self._database.rows(f"SELECT from_key, to_key FROM {table} ORDER BY ordinal")

    def _read(self, table: str) -> Iterator[Pair]:
        from_end, to_end = self._source.from_end, self._source.to_end
        last = self._count(table)
        for start in range(0, last, CHUNK):
            for from_key, to_key, from_id, to_id in self._database.rows(
                "SELECT p.from_key, p.to_key, f.hubspot_id, t.hubspot_id "
                f"FROM {table} p "
                "JOIN ledger.objects f ON f.object_type = ? AND f.key = p.from_key "
                "JOIN ledger.objects t ON t.object_type = ? AND t.key = p.to_key "
                "WHERE p.ordinal > ? AND p.ordinal <= ? ORDER BY p.ordinal",
                [from_end, to_end, start, start + CHUNK],
            ):
                yield Pair(
                    ObjectRef(from_end, from_key),
                    ObjectRef(to_end, to_key),
                    from_id,
                    to_id,
                )
