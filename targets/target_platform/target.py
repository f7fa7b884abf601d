"""The target: keeps what the tap saw in HubSpot, then lets the platform say the same.

STATE leaves as soon as the records before it are durable; nothing is decided before the end of
the input, when links have followed merged and deleted records.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any, ClassVar

from singer_sdk import Target
from singer_sdk.helpers.capabilities import CapabilitiesEnum, PluginCapabilities

from stagedoor.config import HubSpotSettings, PlatformSettings, load_platform, load_settings
from stagedoor.logs import follow_level, quiet_libraries
from stagedoor.singer_reader import LenientReader
from stagedoor.store.dead_letters import DeadLetter
from stagedoor.sync.inbound_run import finish
from stagedoor.sync.intake import Intake
from stagedoor.sync.session import Session, open_session
from stagedoor.telling import telling_errors
from target_platform.settings import CONFIG_JSONSCHEMA
from target_platform.sink import SeenSink

FLUSH_ROWS = 5_000
"""Kept at a STATE message when at least this many records wait."""

Absorb = Callable[[Sequence[dict[str, Any]]], None]


class TargetPlatform(Target):
    """Singer target for event-ticketing platforms."""

    name = "target-platform"
    config_jsonschema: ClassVar[dict[str, Any]] = CONFIG_JSONSCHEMA
    default_sink_class = SeenSink
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.BATCH,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]

    def __init__(self, **options: Any) -> None:
        """Take the SDK's options; nothing is opened before the first message."""
        reader = LenientReader(self._on_bad_line)
        super().__init__(**{**options, "message_reader": reader, "validate_config": False})
        self.max_parallelism = 1  # one DuckDB connection
        self._open = ExitStack()
        self._session: Session | None = None
        self._intake: Intake | None = None

    @property
    def session(self) -> Session:
        """Return the run's session, opened at first use."""
        if self._session is None:
            os.umask(0o077)
            quiet_libraries()
            settings = load_settings(self._given(HubSpotSettings))
            purpose = "dry run" if settings.dry_run else "inbound"
            opened = open_session(settings, purpose=purpose, takes_input=True)
            self._session = self._open.enter_context(opened)
        return self._session

    @property
    def intake(self) -> Intake:
        """What takes records in."""
        if self._intake is None:
            self._intake = Intake(self.session)
        return self._intake

    def _given(self, model: type[Any]) -> dict[str, object]:
        return {k: v for k, v in self.config.items() if k in model.model_fields}

    def absorber(self, stream: str) -> Absorb:
        """Return what takes the records of a stream; one without a way back is left alone."""
        return self.intake.absorber(stream)

    def _process_record_message(self, message_dict: dict[str, Any]) -> None:
        """Keep one record; one that comes before its schema, or is none, becomes a letter."""
        stream, record = str(message_dict["stream"]), message_dict["record"]
        if stream not in self.mapper.stream_maps:
            self._bury(f"{stream} record", "its stream has sent no SCHEMA message yet", str(record))
        elif not isinstance(record, dict):
            self._bury(f"{stream} record", "it is not an object", str(record))
        else:
            super()._process_record_message(message_dict)

    def _process_state_message(self, message_dict: dict[str, Any]) -> None:
        """Remember the state, and let it out when enough records before it wait."""
        super()._process_state_message(message_dict)
        if sum(sink.current_size for sink in self._sinks_active.values()) >= FLUSH_ROWS:
            self.drain_all()

    def _process_activate_version_message(self, message_dict: dict[str, Any]) -> None:
        """Leave it: what a read lacks was not deleted."""

    def _write_state_message(self, state: dict[str, Any]) -> None:
        """Emit state, except in a dry run, which changes nothing."""
        if not self.session.dry_run:
            super()._write_state_message(state)

    def process_endofpipe(self) -> None:
        """Keep what is left, then decide and write."""
        with self._open:
            super().process_endofpipe()
            finish(self.session, load_platform(self._given(PlatformSettings)))

    def _on_bad_line(self, number: int, line: str, problem: str) -> None:
        self.logger.warning("Line %d of the input was left out; see the dead letters.", number)
        self._bury(f"line {number}", problem, line)

    def _bury(self, what: str, problem: str, content: str) -> None:
        """Keep a line of the input that says nothing as a dead letter."""
        letter = DeadLetter(
            stage="record",
            object_type="(input)",
            key=what,
            code="INVALID_LINE",
            message=f"The {what} of the input was left out: {problem}.",
            advice="Look at what the tap writes to standard output; run the tap again.",
            record=content,
        )
        self.session.letters.bury([letter])

    @classmethod
    def invoke(cls, **options: Any) -> None:
        """Run the target; end with the exit code of the error, and its sentence."""
        follow_level(cls.name)
        with telling_errors():
            super().invoke(**options)
