"""The sink: puts the records of one stream into the replica; it sends nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
from singer_sdk.exceptions import InvalidRecord
from singer_sdk.helpers._batch import BaseBatchFileEncoding, BatchFileFormat, StorageTarget
from singer_sdk.sinks import BatchSink
from singer_sdk.sinks.core import BaseJSONSchemaValidator

from stagedoor.engine.records import RecordCheck

if TYPE_CHECKING:
    from target_hubspot.target import TargetHubSpot

BATCH_ROWS = 20_000


class RecordValidator(BaseJSONSchemaValidator):
    """Checks records with jsonschema-rs, several times as fast as the SDK's default."""

    def __init__(self, stream: str, schema: dict[str, Any]) -> None:
        """Compile the schema.

        Raises:
            Misconfigured: The tap sent a schema that is not a JSON schema.
        """
        super().__init__(schema)
        self.problem = RecordCheck(stream, schema).problem

    def validate(self, record: dict[str, Any]) -> None:
        """Do nothing: `problem` tells what is wrong without an exception."""


class ReplicaSink(BatchSink):
    """Absorbs batches of records, and whole BATCH files."""

    def __init__(
        self,
        target: TargetHubSpot,
        stream_name: str,
        schema: dict[str, Any],
        key_properties: Sequence[str] | None,
    ) -> None:
        """Make room for the stream in the replica."""
        super().__init__(target, stream_name, schema, key_properties)
        self._bury_record = target.bury_record
        self._stops = target.stops_at_bad_records
        self._absorber = target.absorber(stream_name, self.schema, self.key_properties)
        self._refused = False

    @property
    def max_size(self) -> int:
        """Records that are absorbed at a time."""
        return BATCH_ROWS

    def get_validator(self) -> RecordValidator | None:
        """Return the fast validator, unless `validate_records` is off."""
        return RecordValidator(self.stream_name, self.schema) if self.validate_schema else None

    def _validate_and_parse(self, record: dict[str, Any]) -> dict[str, Any]:
        """Check the record; strings stay strings, the replica casts whole columns."""
        validator = self._validator
        problem = validator.problem(record) if isinstance(validator, RecordValidator) else None
        missing = problem is not None and any(k not in record for k in self.key_properties)
        self._refused = problem is not None
        if problem is not None:
            self._absorber.saw(record)
        if problem is not None and self._stops and not missing:
            raise InvalidRecord(f"Field {problem[0]} of {self.stream_name}: {problem[1]}", record)
        if problem is not None:
            key = " ".join(str(record.get(name, "")) for name in self.key_properties)
            self._bury_record(self.stream_name, key, problem, record)
        return record

    def _remove_sdc_metadata_from_schema(self) -> None:
        """Keep it: a tap tells deletions by `_sdc_deleted_at`; the replica drops the rest."""

    def _remove_sdc_metadata_from_record(self, record: dict[str, Any]) -> None:
        """Keep it, as in the schema."""

    def _singer_validate_message(self, record: dict[str, Any]) -> None:
        """Leave missing keys to the replica, which names their rows."""
        if self._stops:
            super()._singer_validate_message(record)

    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        """Keep a good record for the batch."""
        if not self._refused:
            super().process_record(record, context)

    def process_batch(self, context: dict[str, Any]) -> None:
        """Absorb the batch; durable on return."""
        self._absorber.absorb_records(context.get("records", []))

    def process_batch_files(self, encoding: BaseBatchFileEncoding, files: Sequence[str]) -> None:
        """Absorb BATCH files; Parquet goes from file to replica without Python objects."""
        if encoding.format != BatchFileFormat.PARQUET:
            super().process_batch_files(encoding, files)
            return
        for path in files:
            head, tail = StorageTarget.split_url(path)
            with StorageTarget.from_url(head).open(tail, mode="rb") as file:
                for batch in pq.ParquetFile(file).iter_batches(batch_size=BATCH_ROWS):
                    self._absorb_arrow(batch)

    def _absorb_arrow(self, batch: Any) -> None:
        import pyarrow as pa  # noqa: PLC0415 - only BATCH input needs it

        self._absorber.absorb_table(pa.Table.from_batches([batch]))
        self.record_counter_metric.increment(batch.num_rows)
