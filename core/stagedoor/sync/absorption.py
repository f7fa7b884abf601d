"""Takes Singer rows into the replica; what cannot be taken becomes a dead letter."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa

from stagedoor.engine.transforming import BadRecord, StreamTransforms, Taken, Transforms
from stagedoor.errors import Misconfigured
from stagedoor.state.columns import Column, columns_of
from stagedoor.state.replica import ORDINAL, BadRow, Replica
from stagedoor.state.sightings import Sightings
from stagedoor.store.dead_letters import INVALID_TRANSFORM, DeadLetter

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
        transforms: Transforms | None = None,
        sightings: Sightings | None = None,
    ) -> None:
        """Make room for the stream in the replica; plugins' `transforms` come before it.

        Which rows come is noted in `sightings`.

        Raises:
            Misconfigured: The stream's types contradict the replica's, or its schema lacks fields
                or keys.
        """
        self._stream = stream
        self._keys = tuple(key_properties)
        columns = columns_of(schema)
        lacking = sorted(set(self._keys) - {column.name for column in columns})
        if lacking or not columns:
            what = f"the key {', '.join(lacking)}" if lacking else "any field"
            raise Misconfigured(
                f"The schema of stream {stream!r} lacks {what}. Select the fields in the tap's "
                "catalog, or leave the stream out."
            )
        self._replica = replica
        self._bury = bury
        self._sightings = sightings
        self.rows = 0
        self.changed = 0
        self._columns = replica.prepare(stream, columns)
        if sightings is not None:
            sightings.watch(stream, self._keys)
        self._transforms = (
            StreamTransforms(transforms, stream, schema, self._keys)
            if transforms and transforms.callers
            else None
        )

    def absorb_records(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Take over `records`, durable on return; the last record of a key wins."""
        if not records:
            return
        if self._absorb_transformed(lambda: records):
            self._saw(records)  # what a plugin leaves out is there all the same
            return
        self._absorb(_table(records, self._columns), lambda: [Taken(r, r) for r in records])

    def absorb_table(self, table: pa.Table) -> None:
        """Take over the rows of an Arrow table, as a BATCH file holds them.

        They become Python objects only for a plugin that asks for this stream's records.
        """
        if self._absorb_transformed(lambda: _records(table, self._columns)):
            self._see(table)
            return
        ordinal = pa.array(range(table.num_rows), pa.int64())
        numbered = table.append_column(ORDINAL, ordinal)
        self._absorb(numbered, lambda: [Taken(r, r) for r in table.to_pylist()])

    def saw(self, record: Mapping[str, Any]) -> None:
        """Note that a record exists which was refused before it could be taken over."""
        self._saw([record])

    def _saw(self, records: Sequence[Mapping[str, Any]]) -> None:
        if self._sightings is not None:
            keys = [column for column in self._columns if column.name in self._keys]
            self._sightings.see(self._stream, keys, _table(records, keys))

    def _see(self, table: pa.Table) -> None:
        if self._sightings is not None:
            self._sightings.see(self._stream, self._columns, table)

    def _absorb_transformed(self, read: Callable[[], Sequence[Mapping[str, Any]]]) -> bool:
        """Take over what plugins make of a batch; say whether any of them made something."""
        transformed = self._transforms.apply(read) if self._transforms else None
        if transformed is None:
            return False
        self._bury([self._plugins_letter(bad) for bad in transformed.bad])
        if transformed.taken:
            rows = [taken.record for taken in transformed.taken]
            self._absorb(_table(rows, self._columns), lambda: transformed.taken)
        return True

    def _absorb(self, table: pa.Table, rows: Callable[[], Sequence[Taken]]) -> None:
        self._see(table)
        absorbed = self._replica.absorb(self._stream, self._columns, self._keys, table)
        self.rows += absorbed.rows
        self.changed += absorbed.changed
        if absorbed.bad:
            taken = rows()
            self._bury([self._letter(bad, taken[bad.ordinal]) for bad in absorbed.bad])

    def _letter(self, bad: BadRow, taken: Taken) -> DeadLetter:
        kind = next((c.type for c in self._columns if c.name == bad.column), "value")
        given = taken.record.get(bad.column)
        problem = "is missing" if given is None else f"is not a valid {kind}"
        if taken.plugins:
            made = BadRecord(
                taken.plugins[-1], bad.key or "", bad.column, problem, taken.record, taken.original
            )
            return self._plugins_letter(made)
        return DeadLetter(
            stage="record",
            object_type=self._stream,
            key=bad.key or "",
            code="INVALID_RECORD",
            message=f"Field {bad.column} of the {self._stream} record {problem}.",
            advice="Correct the value on the platform; the record comes again when it changes. "
            "Or replay the letter.",
            properties=(bad.column,),
            record=_dumps({"stream": self._stream, "record": dict(taken.record)}),
        )

    def _plugins_letter(self, bad: BadRecord) -> DeadLetter:
        """Return the letter of a record that a plugin spoilt; it keeps what the tap sent."""
        kept = {"record": dict(bad.original)} if bad.original else {"made": dict(bad.record)}
        return DeadLetter(
            stage="record",
            object_type=self._stream,
            key=bad.key,
            code=INVALID_TRANSFORM,
            message=bad.told(self._stream),
            advice="Mend the plugin's transform_records, then replay the letter: it holds the "
            "record as the tap sent it."
            if bad.original
            else "Mend the plugin's transform_records, then read the stream again.",
            properties=(bad.field,),
            record=_dumps({"stream": self._stream, **kept}),
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


def _records(table: pa.Table, columns: Sequence[Column]) -> list[dict[str, Any]]:
    """Return the rows of an Arrow table as RECORD messages would have brought them."""
    nested = {column.name for column in columns if column.is_nested}
    return [
        {name: _as_json(value, name in nested) for name, value in row.items()}
        for row in table.to_pylist()
    ]


def _as_json(value: Any, is_nested: bool) -> Any:  # noqa: FBT001 - called once a cell
    if isinstance(value, date):
        return value.isoformat()
    if is_nested and isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
