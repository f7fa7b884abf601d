"""Labels of associations in the ledger: what is pending, and what was agreed on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from stagedoor.engine.labels import INTENTION, LabelPair, Standing, Step
from stagedoor.engine.plan import LabelPhase
from stagedoor.extension import AssociationSource
from stagedoor.model import AssociationType, ObjectRef, Pair
from stagedoor.state.database import StateDatabase
from stagedoor.state.pending import CHUNK
from stagedoor.state.replica import quoted

_COLUMNS = ("name", "from_key", "to_key", "from_id", "to_id", "standing", "run_id")


class LabelLedger:
    """Settles labels; every method that writes is durable on return."""

    def __init__(self, database: StateDatabase, run_id: str) -> None:
        """Write rows in the name of `run_id`."""
        self._database = database
        self._run_id = run_id

    def intend(self, steps: Sequence[Step]) -> None:
        """Record which labels are about to be given, so that an answer that is lost is no loss."""
        rows = [
            self._row(step.pair, name, INTENTION[standing])
            for step in steps
            if step.put
            for name, standing in step.standing.items()
            if standing in INTENTION
        ]
        self._replace(rows)

    def settle(self, steps: Sequence[Step]) -> None:
        """Record whose the labels are now."""
        self._replace([
            self._row(step.pair, name, standing)
            for step in steps
            for name, standing in step.standing.items()
        ])  # fmt: skip

    def forget(self, names: Sequence[tuple[Pair, str]]) -> None:
        """Record that these labels are not ours any more."""
        self._remove([self._row(pair, name, Standing.MADE) for pair, name in names])

    def _row(self, pair: Pair, name: str, standing: Standing) -> tuple[str, ...]:
        ends = (pair.from_ref.key, pair.to_ref.key, pair.from_id, pair.to_id)
        return (name, *ends, standing.value, self._run_id)

    def _replace(self, rows: Sequence[tuple[str, ...]]) -> None:
        if rows:
            with self._database.registered("given", _table(rows)), self._database.transaction():
                self._delete("given")
                self._database.execute("INSERT INTO ledger.labels SELECT * FROM given")

    def _remove(self, rows: Sequence[tuple[str, ...]]) -> None:
        if rows:
            with self._database.registered("given", _table(rows)):
                self._delete("given")

    def _delete(self, table: str) -> None:
        self._database.execute(
            f"DELETE FROM ledger.labels l USING {table} g "
            "WHERE l.name = g.name AND l.from_key = g.from_key AND l.to_key = g.to_key"
        )


def _table(rows: Sequence[tuple[str, ...]]) -> pa.Table:
    columns = zip(*rows, strict=True)
    return pa.table({n: pa.array(c, pa.string()) for n, c in zip(_COLUMNS, columns, strict=True)})


class PendingLabels:
    """The difference of all labels between two ends: desired minus settled, and the reverse."""

    def __init__(
        self,
        database: StateDatabase,
        sources: Sequence[AssociationSource],
        plain: Sequence[AssociationSource],
    ) -> None:
        """Materialise the desired labels; `plain` are the associations without one."""
        self._database = database
        first = sources[0]
        self._ends = (first.from_end, first.to_end)
        self._types = (first.type.from_type, first.type.to_type)
        self._kinds = {source.type.name: source.type for source in sources}
        self._plain = [s.type.name for s in plain
                       if (s.type.from_type, s.type.to_type) == self._types]  # fmt: skip
        title = "_".join((*self._ends, *self._types))
        self._wanted, self._missing, self._surplus = (
            quoted(f"{what}_labels_{title}") for what in ("wanted", "missing", "surplus")
        )
        union = " UNION ALL ".join(
            f"SELECT '{s.type.name}' AS name, from_key::VARCHAR AS from_key, "
            f"to_key::VARCHAR AS to_key FROM ({s.sql})"
            for s in sources
        )
        database.execute(
            f"CREATE OR REPLACE TEMP TABLE {self._wanted} AS SELECT DISTINCT * FROM ({union}) "
            "WHERE from_key IS NOT NULL AND to_key IS NOT NULL"
        )

    def phase(self, *, remove: bool) -> LabelPhase:
        """Return the pairs whose labels are to be taken, or to be given."""
        table = self._surplus if remove else self._missing
        chosen = self._surplus_sql() if remove else self._missing_sql()
        self._database.execute(
            f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT from_key, to_key, "
            "list(name ORDER BY name) AS names, "
            f"row_number() OVER (ORDER BY from_key, to_key) AS ordinal FROM ({chosen}) "
            "GROUP BY from_key, to_key"
        )
        count = int(self._database.scalar(f"SELECT count(*) FROM {table}"))
        return LabelPhase(
            *self._types,
            remove=remove,
            count=count,
            pairs=lambda: self._pairs(table, count),
            keys=lambda: self._keys(table),
        )

    def _missing_sql(self) -> str:
        """Return labels to give: both ends are, or are planned to be, in HubSpot."""
        one, other = (_text(end) for end in self._ends)
        intended = ", ".join(_text(standing) for standing in INTENTION.values())
        return (
            f"SELECT w.* FROM {self._wanted} w "
            f"LEFT JOIN ledger.objects f ON f.object_type = {one} AND f.key = w.from_key "
            f"LEFT JOIN ledger.objects t ON t.object_type = {other} AND t.key = w.to_key "
            f"LEFT JOIN planned pf ON pf.object_type = {one} AND pf.action = 'create' "
            "AND pf.key = w.from_key "
            f"LEFT JOIN planned pt ON pt.object_type = {other} AND pt.action = 'create' "
            "AND pt.key = w.to_key "
            "LEFT JOIN ledger.labels l ON l.name = w.name AND l.from_key = w.from_key "
            "AND l.to_key = w.to_key AND l.from_id = f.hubspot_id AND l.to_id = t.hubspot_id "
            f"AND l.standing NOT IN ({intended}) "
            "WHERE l.name IS NULL AND (f.key IS NOT NULL OR pf.key IS NOT NULL) "
            "AND (t.key IS NOT NULL OR pt.key IS NOT NULL)"
        )

    def _surplus_sql(self) -> str:
        """Return labels to take: like the associations that the platform no longer has."""
        names = ", ".join(map(_text, self._kinds))
        one, other = (quoted(f"desired_{end}") for end in self._ends)
        return (
            "SELECT a.name, a.from_key, a.to_key FROM ledger.labels a "
            f"ANTI JOIN {self._wanted} w USING (name, from_key, to_key) "
            f"SEMI JOIN {one} df ON df.key = a.from_key "
            f"LEFT JOIN {other} dt ON dt.key = a.to_key "
            f"LEFT JOIN (SELECT DISTINCT name, from_key FROM {self._wanted}) o "
            "ON o.name = a.name AND o.from_key = a.from_key "
            f"WHERE a.name IN ({names}) AND (dt.key IS NOT NULL OR o.from_key IS NOT NULL)"
        )

    def _keys(self, table: str) -> Iterator[tuple[str, str, tuple[AssociationType, ...]]]:
        for from_key, to_key, names in self._database.rows(
            f"SELECT from_key, to_key, names FROM {table} ORDER BY ordinal"
        ):
            yield from_key, to_key, tuple(self._kinds[name] for name in names)

    def _pairs(self, table: str, count: int) -> Iterator[LabelPair]:
        names = ", ".join(map(_text, self._kinds))
        plain = ", ".join(map(_text, self._plain)) or "NULL"
        for start in range(0, count, CHUNK):
            for row in self._database.rows(
                "SELECT m.from_key, m.to_key, f.hubspot_id, t.hubspot_id, m.names, "
                f"(SELECT list(w.name ORDER BY w.name) FROM {self._wanted} w "
                "WHERE w.from_key = m.from_key AND w.to_key = m.to_key), "
                "(SELECT list({'name': l.name, 'standing': l.standing}) FROM ledger.labels l "
                f"WHERE l.name IN ({names}) AND l.from_key = m.from_key AND l.to_key = m.to_key "
                "AND l.from_id = f.hubspot_id AND l.to_id = t.hubspot_id), "
                f"EXISTS (SELECT 1 FROM ledger.associations a WHERE a.name IN ({plain}) "
                "AND a.from_id = f.hubspot_id AND a.to_id = t.hubspot_id) "
                f"FROM {table} m "
                "JOIN ledger.objects f ON f.object_type = ? AND f.key = m.from_key "
                "JOIN ledger.objects t ON t.object_type = ? AND t.key = m.to_key "
                "WHERE m.ordinal > ? AND m.ordinal <= ? ORDER BY m.ordinal",
                [*self._ends, start, start + CHUNK],
            ):
                yield self._pair(*row)

    def _pair(
        self,
        from_key: str,
        to_key: str,
        from_id: str,
        to_id: str,
        names: list[str],
        *told: Any,
    ) -> LabelPair:
        wanted, standing, is_plain_ours = told
        from_ref, to_ref = (
            ObjectRef(e, k) for e, k in zip(self._ends, (from_key, to_key), strict=True)
        )
        return LabelPair(
            Pair(from_ref, to_ref, from_id, to_id),
            tuple(self._kinds[name] for name in names),
            tuple(self._kinds[name] for name in wanted or ()),
            {entry["name"]: Standing(entry["standing"]) for entry in standing or ()},
            bool(is_plain_ours),
        )


def groups_of(sources: Sequence[AssociationSource]) -> list[list[AssociationSource]]:
    """Return the labelled associations, those between the same ends together."""
    groups: dict[tuple[str, ...], list[AssociationSource]] = {}
    for source in sources:
        if not source.type.default:
            ends = (source.from_end, source.to_end, source.type.from_type, source.type.to_type)
            groups.setdefault(ends, []).append(source)
    return list(groups.values())


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
