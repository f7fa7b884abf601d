"""The target: absorbs what the tap says, then makes HubSpot say the same.

Nothing is pushed before the end of the input: half an aggregate must never reach a CRM whose
workflows act on it. STATE leaves as soon as the rows before it are durable in the replica.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import cached_property
from typing import Any, ClassVar, NoReturn

from singer_sdk import Target
from singer_sdk.exceptions import (
    InvalidRecord,
    MissingKeyPropertiesError,
    RecordsWithoutSchemaException,
)
from singer_sdk.helpers.capabilities import CapabilitiesEnum, PluginCapabilities, TargetCapabilities

from stagedoor.config import HubSpotSettings, load_settings
from stagedoor.errors import Incomplete, Misconfigured, StagedoorError
from stagedoor.logs import follow_level, quiet_libraries
from stagedoor.singer_reader import LenientReader
from stagedoor.state.sightings import Sightings
from stagedoor.store.dead_letters import DeadLetter
from stagedoor.sync.absorption import StreamAbsorber
from stagedoor.sync.entries import is_read, mapped_key, remember_keys
from stagedoor.sync.outbound import finish
from stagedoor.sync.session import Session, open_session
from target_hubspot.completeness import Completeness
from target_hubspot.settings import CONFIG_JSONSCHEMA
from target_hubspot.sink import ReplicaSink

FLUSH_ROWS = 5_000
"""Absorbed at a STATE message when at least this many records wait."""


class TargetHubSpot(Target):
    """Singer target for HubSpot."""

    name = "target-hubspot"
    config_jsonschema: ClassVar[dict[str, Any]] = CONFIG_JSONSCHEMA
    default_sink_class = ReplicaSink
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.BATCH,
        PluginCapabilities.STRUCTURED_LOGGING,
        TargetCapabilities.VALIDATE_RECORDS,
    ]

    def __init__(self, **options: Any) -> None:
        """Take the SDK's options; nothing is opened before the first message."""
        reader = LenientReader(self._on_bad_line)
        # The settings model validates, in one sentence and with what the SDK's schema cannot say.
        super().__init__(**{**options, "message_reader": reader, "validate_config": False})
        self.max_parallelism = 1  # one DuckDB connection
        self._open = ExitStack()
        self._session: Session | None = None
        self._told: set[str] = set()

    @property
    def session(self) -> Session:
        """Return the run's session, opened at first use."""
        if self._session is None:
            os.umask(0o077)
            quiet_libraries()
            known = HubSpotSettings.model_fields
            settings = load_settings({k: v for k, v in self.config.items() if k in known})
            purpose = "dry run" if settings.dry_run else "outbound"
            opened = open_session(settings, purpose=purpose, takes_input=True)
            self._session = self._open.enter_context(opened)
        return self._session

    @cached_property
    def sightings(self) -> Sightings:
        """What this run sees of the platform."""
        return Sightings(self.session.database)

    @cached_property
    def completeness(self) -> Completeness:
        """What the tap says about having read everything."""
        return Completeness(self.sightings.version_is_new)

    @property
    def stops_at_bad_records(self) -> bool:
        """Whether a record that cannot be taken in ends the run."""
        return self.session.settings.bad_records == "stop"

    def absorber(
        self, stream: str, schema: Mapping[str, Any], key_properties: Sequence[str]
    ) -> StreamAbsorber:
        """Return what takes the rows of one stream into the replica."""
        session = self.session
        self._tell_unread(stream)
        remember_keys(session.database, stream, key_properties)
        keys = key_properties or mapped_key(stream, session.document)
        bury, transforms, sightings = session.letters.bury, session.transforms, self.sightings
        return StreamAbsorber(session.replica, bury, stream, schema, keys, transforms, sightings)

    def _tell_unread(self, stream: str) -> None:
        """Name a stream that nothing in the mapping reads, once.

        Raises:
            Misconfigured: The setting `unmapped_streams` says that this is an error.
        """
        session = self.session
        if stream in self._told or is_read(stream, session.document, session.plugins):
            return
        self._told.add(stream)
        told = (
            f"Nothing in the mapping reads the stream {stream}. Map it (`stagedoor mapping init` "
            "proposes how), or deselect it in the tap."
        )
        if session.settings.unmapped_streams == "error":
            raise Misconfigured(told)
        self.logger.warning("%s It is taken in and left alone.", told)

    def _process_record_message(self, message_dict: dict[str, Any]) -> None:
        """Absorb one record; one that comes before its schema is kept aside."""
        stream = str(message_dict["stream"])
        self.completeness.record(stream, message_dict.get("version"))
        if self.stops_at_bad_records:
            super()._process_record_message(message_dict)
        elif stream not in self.mapper.stream_maps:
            problem = ("(record)", "its stream has sent no SCHEMA message yet")
            self.sightings.doubt(stream)
            self.bury_record(stream, "", problem, message_dict["record"])
        elif not isinstance(message_dict["record"], dict):
            self.sightings.doubt(stream)
            self.bury_record(stream, "", ("(record)", "it is not an object"), {})
        else:
            super()._process_record_message(message_dict)

    def _process_state_message(self, message_dict: dict[str, Any]) -> None:
        """Remember the state, and let it out when enough rows before it wait."""
        super()._process_state_message(message_dict)
        self.completeness.state(message_dict["value"])
        if sum(sink.current_size for sink in self._sinks_active.values()) >= FLUSH_ROWS:
            self.drain_all()

    def _process_batch_message(self, message_dict: dict[str, Any]) -> None:
        """Absorb the files of a BATCH message."""
        self.completeness.record(str(message_dict["stream"]), message_dict.get("version"))
        super()._process_batch_message(message_dict)

    def _process_activate_version_message(self, message_dict: dict[str, Any]) -> None:
        """Note that a table version is whole; the rows that it lacks are counted at the end."""
        self.completeness.activate(str(message_dict["stream"]), message_dict["version"])

    def _write_state_message(self, state: dict[str, Any]) -> None:
        """Emit state, except in a dry run, which changes nothing."""
        if not self.session.dry_run:
            super()._write_state_message(state)

    def process_endofpipe(self) -> None:
        """Absorb what is left, then push what is pending.

        Raises:
            Incomplete: The tap said that more would come, and did not say that it was done.
        """
        with self._open:
            session = self.session
            super().process_endofpipe()
            if self.completeness.complete is False:
                raise Incomplete(
                    "The tap ended before it had read everything, so nothing was pushed: half a "
                    "sum must not reach HubSpot. What came is kept; run the same command again."
                )
            for line in session.transforms.lines():
                self.logger.info(line)
            if not self.config.get("stream_maps"):  # a filter would make rows look deleted
                self.sightings.settle(self.completeness.full)
            finish(session)

    def bury_record(
        self, stream: str, key: str, problem: tuple[str, str], record: Mapping[str, Any]
    ) -> None:
        """Keep a record that the replica cannot hold as a dead letter."""
        field, what = problem
        letter = DeadLetter(
            stage="record",
            object_type=stream,
            key=key,
            code="INVALID_RECORD",
            message=f"Field {field} of the {stream} record was refused: {what}.",
            advice="Correct the value on the platform, or the stream's schema in the tap; "
            "the record comes again when it changes. Or replay the letter.",
            properties=(field,),
            record=json.dumps(
                {"stream": stream, "record": record}, ensure_ascii=False, default=str
            ),
        )
        self.session.letters.bury([letter])

    def _on_bad_line(self, number: int, line: str, problem: str) -> None:
        """Keep an input line that is no Singer message as a dead letter."""
        letter = DeadLetter(
            stage="record",
            object_type="(input)",
            key=f"line {number}",
            code="INVALID_LINE",
            message=f"Line {number} of the input was left out: {problem}.",
            advice="Look at what the tap writes to standard output; run the tap again.",
            record=line,
        )
        self.sightings.doubt()
        self.logger.warning("Line %d of the input was left out; see the dead letters.", number)
        self.session.letters.bury([letter])

    @classmethod
    def invoke(cls, **options: Any) -> None:
        """Run the target; end with the exit code of the error, and its sentence."""
        follow_level(cls.name)
        try:
            super().invoke(**options)
        except StagedoorError as error:
            _end(error.code, str(error), error.exit_code)
        except (InvalidRecord, MissingKeyPropertiesError, RecordsWithoutSchemaException) as error:
            told = error.error_message if isinstance(error, InvalidRecord) else str(error)
            _end("BAD_RECORD", told, Misconfigured.exit_code)


def _end(code: str, message: str, exit_code: int) -> NoReturn:
    print(f"{code}: {message}", file=sys.stderr)  # noqa: T201 - the last word to the user
    sys.exit(exit_code)
