"""Takes Singer rows into the replica; what cannot be taken becomes a dead letter."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa

from stagedoor.state.replica import ORDINAL, BadRow, Column, Replica, columns_of
from stagedoor.store.dead_letters import DeadLetter

_ARROW = {
    "BIGINT": pa.int64(),
    "BOOLEAN": pa.bool_(),
    "DECIMAL(38, 9)": pa.decimal128(38, 9),
}

Bury = Callable[[Iterable[DeadLetter]], None]


class StreamAbsorber:
    """Absorbs the rows of one stream."""

    def __init__(
        self,
        replica: Replica,
        bury: Bury,
        stream: str,
        schema: Mapping[str, Any],
        key_properties: Sequence[str],
    ) -> None:
        """Make room for the stream in the replica.

        Raises:
            Misconfigured: The stream's types contradict the replica's.
        """
        self._stream = stream
        self._keys = tuple(key_properties)
        self._columns = columns_of(schema)
        self._replica = replica
        self._bury = bury
        self.rows = 0
        self.changed = 0
        replica.prepare(stream, self._columns)

    def absorb_records(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Take over `records`, durable on return; the last record of a key wins."""
        if records:
            self._absorb(_table(records, self._columns), records)

    def absorb_table(self, table: pa.Table) -> None:
        """Take over the rows of an Arrow table, as a BATCH file holds them."""
        ordinal = pa.array(range(table.num_rows), pa.int64())
        self._absorb(table.append_column(ORDINAL, ordinal), None)

    def _absorb(self, table: pa.Table, records: Sequence[Mapping[str, Any]] | None) -> None:
        absorbed = self._replica.absorb(self._stream, self._columns, self._keys, table)
        self.rows += absorbed.rows
        self.changed += absorbed.changed
        if absorbed.bad:
            rows = records or _records(table)
            self._bury([self._letter(bad, rows[bad.ordinal]) for bad in absorbed.bad])

    def _letter(self, bad: BadRow, record: Mapping[str, Any]) -> DeadLetter:
        kind = next((c.type for c in self._columns if c.name == bad.column), "value")
        problem = "is missing" if record.get(bad.column) is None else f"is not a valid {kind}"
        return DeadLetter(
            stage="record",
            object_type=self._stream,
            key=bad.key or "",
            code="INVALID_RECORD",
            message=f"Field {bad.column} of the {self._stream} record {problem}.",
            advice="Correct the value on the platform; the record comes again when it changes. "
            "Or replay the letter.",
            properties=(bad.column,),
            record=_dumps({"stream": self._stream, "record": dict(record)}),
        )


def _table(records: Sequence[Mapping[str, Any]], columns: Iterable[Column]) -> pa.Table:
    arrays = {column.name: _array(records, column) for column in columns}
    arrays[ORDINAL] = pa.array(range(len(records)), pa.int64())
    return pa.table(arrays)


def _array(records: Sequence[Mapping[str, Any]], column: Column) -> pa.Array:
    values = [record.get(column.name) for record in records]
    kind = _ARROW.get(column.type, pa.string())
    try:
        return pa.array(values, kind)
    except (pa.ArrowException, OverflowError, TypeError):
        # Some value is not of the declared type: SQL will find which one.
        return pa.array([_text(value) for value in values], pa.string())


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, float, Decimal)) else _dumps(value)


def _records(table: pa.Table) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.drop_columns([ORDINAL]).to_pylist()
    return rows


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
