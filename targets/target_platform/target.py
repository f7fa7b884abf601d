"""The target: keeps what the tap saw in HubSpot, then lets the platform say the same.

STATE leaves as soon as the records before it are durable; nothing is decided before the end of
the input, when links have followed merged and deleted records.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from stagedoor.config import PlatformSettings, load_platform
from stagedoor.singer.target import StagedoorTarget
from stagedoor.sync.inbound_run import finish
from stagedoor.sync.intake import Intake
from target_platform.settings import CONFIG_JSONSCHEMA
from target_platform.sink import SeenSink

Absorb = Callable[[Sequence[dict[str, Any]]], None]


class TargetPlatform(StagedoorTarget):
    """Singer target for event-ticketing platforms."""

    name = "target-platform"
    config_jsonschema: ClassVar[dict[str, Any]] = CONFIG_JSONSCHEMA
    default_sink_class = SeenSink
    purpose = "inbound"
    _intake: Intake | None = None

    @property
    def intake(self) -> Intake:
        """What takes records in."""
        if self._intake is None:
            self._intake = Intake(self.session)
        return self._intake

    def absorber(self, stream: str) -> Absorb:
        """Return what takes the records of a stream; one without a way back is left alone."""
        return self.intake.absorber(stream)

    def _process_record_message(self, message_dict: dict[str, Any]) -> None:
        """Keep one record; one that comes before its schema, or is none, becomes a letter."""
        stream, record = str(message_dict["stream"]), message_dict["record"]
        if stream not in self.mapper.stream_maps:
            self.bury_line(
                f"{stream} record", "its stream has sent no SCHEMA message yet", str(record)
            )
        elif not isinstance(record, dict):
            self.bury_line(f"{stream} record", "it is not an object", str(record))
        else:
            super()._process_record_message(message_dict)

    def _process_activate_version_message(self, message_dict: dict[str, Any]) -> None:
        """Leave it: what a read lacks was not deleted."""

    def process_endofpipe(self) -> None:
        """Keep what is left, then decide and write."""
        with self._open:
            super().process_endofpipe()
            finish(self.session, load_platform(self.given(PlatformSettings)))
