"""A Singer stream over rows that a source yields in order of change."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.streams import Stream

if TYPE_CHECKING:
    import pyarrow as pa
    from singer_sdk.helpers._batch import BaseBatchFileEncoding, BatchConfig

    from stagedoor.streams import StreamSpec

Rows = Callable[[datetime | None], Iterator[dict[str, Any]]]
"""Yields rows. A generator may return whether each row that the platform has was among them."""

BATCH_ROWS = 50_000


class PlatformStream(Stream):
    """One neutral stream."""

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE  # rows are as the schema says
    STATE_MSG_FREQUENCY = 10_000

    def __init__(self, tap: Any, spec: StreamSpec, rows: Rows) -> None:
        """Read from `rows`, which yields rows changed since a time, oldest change first."""
        self._rows = rows
        self.read_in_full = False
        """Whether a read has come to its end that left no row out."""
        self._spec = spec
        super().__init__(tap, schema=spec.json_schema(), name=spec.name)
        self.primary_keys = (spec.key,)
        self.replication_key = spec.replication_key

    @property
    def is_sorted(self) -> bool:
        """Rows come in order of change, so an interrupted run resumes where it was."""
        return True

    def get_records(self, context: Mapping[str, Any] | None) -> Iterable[dict[str, Any]]:
        """Yield rows changed since the bookmark; those of its very moment come again."""
        since = self.get_starting_timestamp(context)
        rows: Any = self._rows(since.replace(tzinfo=None) if since is not None else None)
        self.read_in_full = (yield from rows) is True

    def get_batches(
        self, batch_config: BatchConfig, context: Mapping[str, Any] | None = None
    ) -> Iterator[tuple[BaseBatchFileEncoding, list[str]]]:
        """Write Parquet files with the stream's own types, and yield where they are."""
        if batch_config.encoding.format != "parquet":
            yield from super().get_batches(batch_config, context)
            return
        import pyarrow.parquet as pq  # noqa: PLC0415 - only BATCH output needs it

        records = self._sync_records(context, write_messages=False)
        size = min(batch_config.batch_size, BATCH_ROWS)
        storage, names = batch_config.storage, f"{self.name}-{uuid4()}"
        number = 0
        while chunk := list(islice(records, size)):
            number += 1
            name = f"{storage.prefix or ''}{names}-{number}.parquet"
            with storage.open(name, "wb") as file:
                pq.write_table(_table(self._spec, chunk), file)
            yield batch_config.encoding, [storage.get_url(name)]


def _table(spec: StreamSpec, rows: list[dict[str, Any]]) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415 - only BATCH output needs it

    types = {
        "integer": pa.int64(),
        "decimal": pa.decimal128(38, 9),
        "boolean": pa.bool_(),
    }
    columns = {}
    for field in spec.fields:
        values = [row[field.name] for row in rows]
        if field.type == "json":
            values = [v if v is None else json.dumps(v, ensure_ascii=False) for v in values]
        try:
            columns[field.name] = pa.array(values, types.get(field.type, pa.string()))
        except (pa.ArrowException, TypeError, OverflowError):
            # A value that does not fit goes on as text; the target names its row.
            texts = [v if v is None else str(v) for v in values]
            columns[field.name] = pa.array(texts, pa.string())
    return pa.table(columns)
