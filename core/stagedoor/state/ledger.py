"""The ledger: what platform and HubSpot last agreed on, per object and per association."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from stagedoor.engine.labels import Standing
from stagedoor.extension import AssociationSource
from stagedoor.model import Base, ObjectRef, Pair
from stagedoor.state.database import StateDatabase

_OBJECT_COLUMNS = (
    "object_type",
    "key",
    "hubspot_id",
    "match_value",
    "properties",
    "source_hash",
    "run_id",
    "origins",
)
PAIRS_BY_ID = ("ledger.associations", "ledger.labels")
"""Associations with HubSpot's ids of both ends."""
PAIR_TABLES = (*PAIRS_BY_ID, "ledger.pairs_in_flight")
"""Plain associations, those by a label, and plain ones of which nothing was heard."""
_PAIR_COLUMNS = ("name", "from_key", "to_key", "from_id", "to_id", "run_id")


class Ledger:
    """Reads and settles; every method that writes is durable on return."""

    def __init__(self, database: StateDatabase, run_id: str) -> None:
        """Write rows in the name of `run_id`."""
        self._database = database
        self._run_id = run_id

    def settle(self, agreed: Sequence[Base]) -> None:
        """Record that both sides now agree about these objects.

        Properties that a row does not name stay as the ledger has them.
        """
        if not agreed:
            return
        rows = [
            (
                base.ref.object_type,
                base.ref.key,
                base.hubspot_id,
                base.match_value,
                json.dumps(base.properties, ensure_ascii=False),
                base.source_hash,
                self._run_id,
                json.dumps(dict.fromkeys(base.properties, self._run_id)),
            )
            for base in agreed
        ]
        with (
            self._database.registered("settled", _text_table(_OBJECT_COLUMNS, rows)),
            self._database.transaction(),
        ):
            # A patch leaves what it does not name as it was, and drops what it names as null.
            self._database.execute(
                "CREATE OR REPLACE TEMP TABLE merged AS SELECT s.* REPLACE ("
                "json_merge_patch(coalesce(o.properties, '{}'), s.properties)::VARCHAR "
                "AS properties, CASE WHEN o.key IS NULL THEN json_object('', s.run_id)::VARCHAR "
                "ELSE json_merge_patch(coalesce(o.origins, '{}'), s.origins)::VARCHAR "
                "END AS origins) FROM settled s LEFT JOIN ledger.objects o "
                "ON o.object_type = s.object_type AND o.key = s.key"
            )
            self._database.execute(
                "DELETE FROM ledger.objects o USING settled s "
                "WHERE o.object_type = s.object_type AND o.key = s.key"
            )
            self._database.execute("INSERT INTO ledger.objects SELECT * FROM merged")

    def intend_pairs(self, name: str, pairs: Sequence[Pair]) -> None:
        """Record that these associations are on their way: HubSpot may have them from now on."""
        rows = [(name, pair.from_ref.key, pair.to_ref.key) for pair in pairs]
        if rows:
            with self._database.registered("sent", _text_table(_PAIR_COLUMNS[:3], rows)):
                self._database.execute("INSERT INTO ledger.pairs_in_flight SELECT * FROM sent")

    def answered_pairs(self, name: str, pairs: Sequence[Pair]) -> None:
        """Record that HubSpot has said what became of these associations."""
        self._forget("ledger.pairs_in_flight", name, pairs)

    def transaction(self) -> AbstractContextManager[None]:
        """Let what is settled inside, here and elsewhere in the state, be durable together."""
        return self._database.transaction()

    def settle_pairs(self, name: str, pairs: Sequence[Pair]) -> None:
        """Record that these associations exist in HubSpot."""
        rows = [
            (name, pair.from_ref.key, pair.to_ref.key, pair.from_id, pair.to_id, self._run_id)
            for pair in pairs
        ]
        if rows:
            with self._database.registered("settled", _text_table(_PAIR_COLUMNS, rows)):
                self._database.execute("INSERT INTO ledger.associations SELECT * FROM settled")

    def forget_pairs(self, name: str, pairs: Sequence[Pair]) -> None:
        """Record that these associations no longer exist in HubSpot."""
        self._forget("ledger.associations", name, pairs)

    def _forget(self, table: str, name: str, pairs: Sequence[Pair]) -> None:
        rows = [(name, pair.from_ref.key, pair.to_ref.key) for pair in pairs]
        if rows:
            with self._database.registered("gone", _text_table(_PAIR_COLUMNS[:3], rows)):
                self._database.execute(
                    f"DELETE FROM {table} a USING gone g WHERE a.name = g.name "
                    "AND a.from_key = g.from_key AND a.to_key = g.to_key"
                )

    def made_anew(self, object_type: str, values: Sequence[str]) -> dict[str, datetime]:
        """Return when a record was made in place of one with such a match value, in lower case."""
        rows = self._database.rows(
            "SELECT lower(match_value), max(made_at) FROM inbound.made_anew WHERE object_type = ? "
            "AND list_contains(?::VARCHAR[], lower(match_value)) GROUP BY 1",
            [object_type, list(values)],
        )
        return {str(value): made_at.replace(tzinfo=UTC) for value, made_at in rows}

    def refuse(self, refused: Iterable[tuple[ObjectRef, str]]) -> None:
        """Remember source hashes that are not worth sending again unchanged."""
        rows = [(ref.object_type, ref.key, source_hash) for ref, source_hash in refused]
        if not rows:
            return
        with (
            self._database.registered(
                "refusals", _text_table(("object_type", "key", "source_hash"), rows)
            ),
            self._database.transaction(),
        ):
            self._database.execute(
                "DELETE FROM ledger.refused r USING refusals n "
                "WHERE r.object_type = n.object_type AND r.key = n.key"
            )
            self._database.execute("INSERT INTO ledger.refused SELECT * FROM refusals")

    def reconsider(self, refs: Iterable[ObjectRef]) -> None:
        """Let refused objects be sent again."""
        for ref in refs:
            self._database.execute(
                "DELETE FROM ledger.refused WHERE object_type = ? AND key = ?",
                [ref.object_type, ref.key],
            )

    def doubt(self, refs: Iterable[ObjectRef]) -> None:
        """Compare these objects property by property at the next plan, whatever their hash."""
        for ref in refs:
            self._database.execute(
                "UPDATE ledger.objects SET source_hash = 'doubted' "
                "WHERE object_type = ? AND key = ?",
                [ref.object_type, ref.key],
            )

    def unlink(self, refs: Iterable[ObjectRef], associations: Iterable[AssociationSource]) -> None:
        """Forget objects that HubSpot no longer has, and their associations."""
        associations = tuple(associations)
        for ref in refs:
            self._database.execute(
                "DELETE FROM ledger.objects WHERE object_type = ? AND key = ?",
                [ref.object_type, ref.key],
            )
            for association in associations:
                ends = (("from", association.from_end), ("to", association.to_end))
                for side, end in ends:
                    for table in PAIR_TABLES if end == ref.object_type else ():
                        self._database.execute(
                            f"DELETE FROM {table} WHERE name = ? AND {side}_key = ?",
                            [association.type.name, ref.key],
                        )

    def linked_to(self, hubspot_ids: Sequence[str], *, besides: ObjectRef) -> bool:
        """Return whether another object is linked to one of these HubSpot ids."""
        found = self._database.scalar(
            "SELECT count(*) FROM ledger.objects WHERE list_contains(?::VARCHAR[], hubspot_id) "
            "AND object_type = ? AND key <> ?",
            [list(hubspot_ids), besides.object_type, besides.key],
        )
        return bool(found)

    def with_match_values(self, object_type: str, values: Sequence[str]) -> set[str]:
        """Return which of these match values, in lower case, linked or sent objects have."""
        return {
            str(row[0])
            for row in self._database.rows(
                "SELECT lower(match_value) AS value FROM ("
                "SELECT object_type, match_value FROM ledger.objects UNION "
                "SELECT object_type, match_value FROM inbound.sending) "
                "WHERE object_type = ? AND value IN (SELECT unnest(?::VARCHAR[]))",
                [object_type, list(values)],
            )
        }

    def base(self, ref: ObjectRef) -> Base | None:
        """Return what was last agreed about an object."""
        rows = self._database.rows(
            "SELECT hubspot_id, match_value, properties, source_hash FROM ledger.objects "
            "WHERE object_type = ? AND key = ?",
            [ref.object_type, ref.key],
        )
        for hubspot_id, match_value, properties, source_hash in rows:
            return Base(ref, hubspot_id, match_value, json.loads(properties), source_hash)
        return None

    def keys_of(self, hubspot_id: str) -> list[str]:
        """Return the keys of the objects that are linked with a HubSpot id, of whatever type."""
        rows = self._database.execute(
            "SELECT DISTINCT key FROM ledger.objects WHERE hubspot_id = ? ORDER BY key",
            [hubspot_id],
        ).fetchall()
        return [str(row[0]) for row in rows]

    def origin(self, ref: ObjectRef, name: str) -> str | None:
        """Return the run by which a property was last agreed on."""
        found = self._database.scalar(
            "SELECT origins FROM ledger.objects WHERE object_type = ? AND key = ?",
            [ref.object_type, ref.key],
        )
        origins = json.loads(found) if found else {}
        told = origins.get(name, origins.get(""))
        return None if told is None else str(told)

    def linked(self, object_types: Iterable[str]) -> int:
        """Return how many objects of these types are linked."""
        return sum(self.count(name) for name in set(object_types))

    def pairs(self) -> int:
        """Return how many associations and labels are ours."""
        sql = "SELECT (SELECT count(*) FROM ledger.associations) + count(*) FROM ledger.labels"
        return int(self._database.scalar(f"{sql} WHERE standing <> ?", [Standing.KEPT.value]))

    def count(self, object_type: str) -> int:
        """Return how many objects of a type are linked."""
        return int(
            self._database.scalar(
                "SELECT count(*) FROM ledger.objects WHERE object_type = ?", [object_type]
            )
        )


def _text_table(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    columns = list(zip(*rows, strict=True))
    return pa.table(
        {name: pa.array(column, pa.string()) for name, column in zip(names, columns, strict=True)}
    )
