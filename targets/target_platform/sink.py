"""The sink: keeps what was seen of HubSpot's records; it writes nothing to the platform."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from singer_sdk.sinks import BatchSink

if TYPE_CHECKING:
    from target_platform.target import TargetPlatform

BATCH_ROWS = 5_000


class SeenSink(BatchSink):
    """Keeps batches of records of one stream."""

    def __init__(
        self,
        target: TargetPlatform,
        stream_name: str,
        schema: dict[str, Any],
        key_properties: Sequence[str] | None,
    ) -> None:
        """Ask the target what takes the stream."""
        super().__init__(target, stream_name, schema, key_properties)
        self._absorb = target.absorber(stream_name)

    @property
    def max_size(self) -> int:
        """Records that are kept at a time."""
        return BATCH_ROWS

    def _validate_and_parse(self, record: dict[str, Any]) -> dict[str, Any]:
        """Leave the record as it is: each part is checked where it is read."""
        return record

    def _singer_validate_message(self, record: dict[str, Any]) -> None:
        """Leave missing keys to who reads the record."""

    def process_batch(self, context: dict[str, Any]) -> None:
        """Keep the batch; durable on return."""
        self._absorb(context.get("records", []))
