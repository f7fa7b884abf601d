"""Which associations are pending: desired minus settled, and the reverse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import duckdb

from stagedoor.engine.scope import EVERYTHING, Scope
from stagedoor.errors import Misconfigured
from stagedoor.extension import AssociationSource
from stagedoor.model import ObjectRef, Pair
from stagedoor.state.database import StateDatabase
from stagedoor.state.narrowing import Narrowing
from stagedoor.state.pending import CHUNK
from stagedoor.state.replica import quoted

Living: TypeAlias = Callable[[str], str]
"""Gives a SELECT of the `key` of all objects of a type that the platform has."""


def living_desired(object_type: str) -> str:
    """Return the objects of a run over everything."""
    return f"SELECT key FROM {quoted('desired_' + object_type)}"


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
        self,
        database: StateDatabase,
        source: AssociationSource,
        scope: Scope = EVERYTHING,
        narrowing: Narrowing | None = None,
        living: Living = living_desired,
    ) -> None:
        """Materialise the desired pairs; their SQL may use streams and relations.

        With a `narrowing` only those that the run is about.
        """
        self._database = database
        self._scope = scope
        self._source = source
        self._living = living
        self._about = narrowing and narrowing.pairs(
            source, [(ref.object_type, ref.key) for ref in scope.chosen]
        )
        self.association = source.type
        self._missing = quoted(f"missing_{source.type.name}")
        self._surplus = quoted(f"surplus_{source.type.name}")
        database.execute(
            "CREATE OR REPLACE TEMP TABLE pairs AS "
            f"SELECT DISTINCT from_key, to_key FROM ({source.sql}) "
            "WHERE from_key IS NOT NULL AND to_key IS NOT NULL"
            + (f" AND {self._about}" if self._about else "")
        )

    def find(self) -> tuple[int, int]:
        """Make the lists of missing and surplus pairs; return their sizes.

        A pair is missing when both its ends are, or are planned to be, in HubSpot. It is surplus
        when we made it, or may have, the platform no longer has it, and either both its ends are
        still there or its first end has another partner now: who merely left keeps their history.
        """
        self._find_missing()
        self._find_surplus()
        self._database.execute("DROP TABLE pairs")
        if self._scope.is_partial:
            self._narrow(self._missing)
            self._narrow(self._surplus)
        return self._count(self._missing), self._count(self._surplus)

    def _find_missing(self) -> None:
        from_end, to_end = self._source.from_end, self._source.to_end
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
            [from_end, to_end, from_end, to_end, self.association.name],
        )

    def _find_surplus(self) -> None:
        gone = (
            "SELECT a.from_key, a.to_key, NULL::BIGINT AS ordinal FROM ("
            "SELECT name, from_key, to_key FROM ledger.associations "
            "UNION SELECT name, from_key, to_key FROM ledger.pairs_in_flight) a "
            "ANTI JOIN pairs p USING (from_key, to_key) WHERE a.name = ?"
            + (f" AND {self._about}" if self._about else "")
        )
        partners = self._source.sql if self._about else "FROM pairs"
        self._database.execute(
            f"CREATE OR REPLACE TEMP TABLE {self._surplus} AS {gone}", [self.association.name]
        )
        if not self._count(self._surplus):
            return
        self._database.execute(
            f"CREATE OR REPLACE TEMP TABLE {self._surplus} AS "
            "SELECT a.from_key, a.to_key, "
            f"row_number() OVER (ORDER BY a.from_key, a.to_key) AS ordinal FROM {self._surplus} a "
            f"SEMI JOIN ({self._living(self._source.from_end)}) df ON df.key = a.from_key "
            f"LEFT JOIN ({self._living(self._source.to_end)}) dt ON dt.key = a.to_key "
            f"LEFT JOIN (SELECT DISTINCT from_key FROM ({partners})) other "
            "ON other.from_key = a.from_key WHERE dt.key IS NOT NULL OR other.from_key IS NOT NULL"
        )

    def _narrow(self, table: str) -> None:
        """Leave the pairs of the scope, numbered anew."""
        if not self._count(table):
            return
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
