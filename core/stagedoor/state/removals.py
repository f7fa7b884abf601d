"""Finds the objects of the ledger whose row left the platform, and that nobody else wants."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import duckdb
import msgspec
import pyarrow as pa

from stagedoor.engine.removal import Leaving, Removal, RemovalPhase, emptied, removal_of
from stagedoor.errors import Misconfigured
from stagedoor.extension import ObjectType
from stagedoor.mapping.document import ObjectMapping, WhenAnonymised, WhenDeleted
from stagedoor.model import ObjectRef
from stagedoor.state.database import StateDatabase
from stagedoor.state.pending import CHUNK
from stagedoor.state.replica import literal, quoted


class LeavingObjects:
    """What leaves, spooled by object type; made after all desired tables and planned changes."""

    def __init__(self, database: StateDatabase, object_types: Sequence[ObjectType]) -> None:
        """Gather who still wants which HubSpot object."""
        self._database = database
        self._object_types = object_types
        database.execute(
            "CREATE OR REPLACE TEMP TABLE leaving ("
            "object_type VARCHAR, removal VARCHAR, key VARCHAR, payload VARCHAR)"
        )

    def find(self, object_type: ObjectType, mapping: ObjectMapping) -> Iterator[RemovalPhase]:
        """Yield the removals of one object type."""
        name = object_type.name
        off = (WhenDeleted.NONE, WhenAnonymised.NONE)
        if (mapping.when_deleted, mapping.when_anonymised) == off:
            return
        self._candidates(object_type)
        for chunk in self._chunks():
            self._spool([leaving for row in chunk if (leaving := _leaving(name, mapping, row))])
        for removal in Removal:
            count = int(
                self._database.scalar(
                    "SELECT count(*) FROM leaving WHERE object_type = ? AND removal = ?",
                    [name, removal.value],
                )
            )
            if count:
                yield RemovalPhase(
                    name, object_type.hubspot_type, removal, count, self._reader(name, removal)
                )

    def _candidates(self, object_type: ObjectType) -> None:
        """Make `left`: linked objects that are no longer desired, with why."""
        nobody = "SELECT NULL::VARCHAR AS key WHERE false"
        sets = {"deleted": object_type.deleted, "anonymised": object_type.anonymised}
        for table, sql in sets.items():
            try:
                self._database.execute(
                    f"CREATE OR REPLACE TEMP TABLE left_{table} AS "
                    f"SELECT DISTINCT key FROM ({sql or nobody})"
                )
            except duckdb.Error as error:
                first_line = str(error).splitlines()[0]
                raise Misconfigured(
                    f"The SQL `{table}` of object type {object_type.name} fails: {first_line}. "
                    "Mend the mapping, or the plugin that registers it."
                ) from error
        name = literal(object_type.name)
        self._database.execute(
            "CREATE OR REPLACE TEMP TABLE left_objects AS "
            "SELECT o.key, o.hubspot_id, o.match_value, o.properties, "
            "d.key IS NOT NULL AS deleted, a.key IS NOT NULL AS anonymised, "
            "row_number() OVER (ORDER BY o.key) AS ordinal "
            "FROM ledger.objects o LEFT JOIN left_deleted d USING (key) "
            "LEFT JOIN left_anonymised a ON a.key = o.key "
            f"ANTI JOIN {quoted('desired_' + object_type.name)} w ON w.key = o.key "
            f"WHERE o.object_type = {name} AND (d.key IS NOT NULL OR a.key IS NOT NULL) "
            f"AND o.hubspot_id NOT IN ({self._wanted_ids(object_type)}) "
            f"AND lower(o.match_value) NOT IN ({self._wanted_values(object_type)})"
        )

    def _siblings(self, object_type: ObjectType) -> list[str]:
        same = object_type.hubspot_type
        return [o.name for o in self._object_types if o.hubspot_type == same]

    def _wanted_ids(self, object_type: ObjectType) -> str:
        """Return SQL for the HubSpot objects that some entry still desires."""
        return " UNION ALL ".join(
            f"SELECT l.hubspot_id FROM ledger.objects l "
            f"SEMI JOIN {quoted('desired_' + name)} w ON w.key = l.key "
            f"WHERE l.object_type = {literal(name)}"
            for name in self._siblings(object_type)
        )

    def _wanted_values(self, object_type: ObjectType) -> str:
        """Return SQL for the match values by which a planned creation will find its object."""
        names = ", ".join(map(literal, self._siblings(object_type)))
        return (
            "SELECT lower(payload->>'match_value') FROM planned "
            f"WHERE action = 'create' AND object_type IN ({names})"
        )

    def _chunks(self) -> Iterator[list[dict[str, Any]]]:
        last = int(self._database.scalar("SELECT count(*) FROM left_objects"))
        names = ("key", "hubspot_id", "match_value", "properties", "deleted", "anonymised")
        for start in range(0, last, CHUNK):
            rows = self._database.rows(
                f"SELECT {', '.join(names)} FROM left_objects "
                "WHERE ordinal > ? AND ordinal <= ? ORDER BY ordinal",
                [start, start + CHUNK],
            )
            yield [dict(zip(names, row, strict=True)) for row in rows]

    def _spool(self, leaving: Sequence[Leaving]) -> None:
        if not leaving:
            return
        table = pa.table(
            {
                "object_type": [item.ref.object_type for item in leaving],
                "removal": [item.removal.value for item in leaving],
                "key": [item.ref.key for item in leaving],
                "payload": [msgspec.json.encode(item).decode() for item in leaving],
            }
        )
        with self._database.registered("spooled", table):
            self._database.execute("INSERT INTO leaving SELECT * FROM spooled")

    def _reader(self, name: str, removal: Removal) -> Any:
        def read() -> Iterator[Leaving]:
            after = ""
            while rows := self._database.rows(
                "SELECT key, payload FROM leaving WHERE object_type = ? AND removal = ? "
                "AND key > ? ORDER BY key LIMIT ?",
                [name, removal.value, after, CHUNK],
            ):
                yield from (msgspec.json.decode(payload, type=Leaving) for _, payload in rows)
                after = rows[-1][0]

        return read


def _leaving(name: str, mapping: ObjectMapping, row: dict[str, Any]) -> Leaving | None:
    """Return the removal of one object; nothing when there is none, or nothing left to clear."""
    found = removal_of(
        mapping.when_deleted,
        mapping.when_anonymised,
        deleted=row["deleted"],
        anonymised=row["anonymised"],
    )
    if found is None:
        return None
    removal, reason = found
    before: dict[str, str] = {}
    if removal is Removal.CLEAR:
        before = emptied(json.loads(row["properties"]), mapping.match_key, reason)
        if not before:
            return None
    return Leaving(
        ObjectRef(name, row["key"]),
        row["hubspot_id"],
        mapping.match_key,
        row["match_value"],
        removal,
        reason,
        before,
    )
