"""The target: absorbs what the tap says, then makes HubSpot say the same.

Nothing is pushed before the end of the input: half an aggregate must never reach a CRM whose
workflows act on it. STATE leaves as soon as the rows before it are durable in the replica.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

from singer_sdk.exceptions import (
    InvalidRecord,
    MissingKeyPropertiesError,
    RecordsWithoutSchemaException,
)
from singer_sdk.helpers.capabilities import CapabilitiesEnum, TargetCapabilities

from stagedoor.errors import Incomplete, Misconfigured
from stagedoor.singer.target import StagedoorTarget
from stagedoor.state.sightings import Sightings
from stagedoor.store.dead_letters import DeadLetter
from stagedoor.sync.absorption import StreamAbsorber
from stagedoor.sync.entries import is_read, mapped_key, remember_keys
from stagedoor.sync.outbound import finish
from stagedoor.telling import end
from target_hubspot.completeness import Completeness
from target_hubspot.settings import CONFIG_JSONSCHEMA
from target_hubspot.sink import ReplicaSink


class TargetHubSpot(StagedoorTarget):
    """Singer target for HubSpot."""

    name = "target-hubspot"
    config_jsonschema: ClassVar[dict[str, Any]] = CONFIG_JSONSCHEMA
    default_sink_class = ReplicaSink
    purpose = "outbound"
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        *StagedoorTarget.capabilities,
        TargetCapabilities.VALIDATE_RECORDS,
    ]

    def __init__(self, **options: Any) -> None:
        """Take the SDK's options."""
        super().__init__(**options)
        self._told: set[str] = set()

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
        """Hear what the tap says of itself, too."""
        self.completeness.state(message_dict["value"])
        super()._process_state_message(message_dict)

    def _process_batch_message(self, message_dict: dict[str, Any]) -> None:
        """Absorb the files of a BATCH message."""
        self.completeness.record(str(message_dict["stream"]), message_dict.get("version"))
        super()._process_batch_message(message_dict)

    def _process_activate_version_message(self, message_dict: dict[str, Any]) -> None:
        """Note that a table version is whole; the rows that it lacks are counted at the end."""
        self.completeness.activate(str(message_dict["stream"]), message_dict["version"])

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
        """Keep an input line that is no Singer message as a dead letter; it may be any row."""
        self.sightings.doubt()
        super()._on_bad_line(number, line, problem)

    @classmethod
    def invoke(cls, **options: Any) -> None:
        """Run the target; a record that cannot be taken in may end it, too."""
        try:
            super().invoke(**options)
        except (InvalidRecord, MissingKeyPropertiesError, RecordsWithoutSchemaException) as error:
            told = error.error_message if isinstance(error, InvalidRecord) else str(error)
            end("BAD_RECORD", told, Misconfigured.exit_code)
