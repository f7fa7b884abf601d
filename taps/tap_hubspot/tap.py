"""The tap: streams of one portal, read in one, two or three ways."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any, ClassVar, cast

from singer_sdk import Stream

from stagedoor.errors import Forbidden
from tap_hubspot.around import (
    ListMemberships,
    Lists,
    Owners,
    Pipelines,
    PipelineStages,
    SubscriptionStatuses,
)
from tap_hubspot.portal_tap import PortalTap
from tap_hubspot.relations import Associations, Deletions, Merges
from tap_hubspot.settings import CONFIG_JSONSCHEMA
from tap_hubspot.streams import ObjectStream, PortalStream
from tap_hubspot.writing import LineWriter

OTHER_STREAMS: tuple[type[Any], ...] = (
    Associations,
    Merges,
    Deletions,
    Owners,
    Pipelines,
    PipelineStages,
    Lists,
    ListMemberships,
    SubscriptionStatuses,
)


class TapHubSpot(PortalTap):
    """Singer tap for HubSpot."""

    name = "tap-hubspot"
    # A copy: the SDK adds settings of its own.
    config_jsonschema: ClassVar[dict[str, Any]] = deepcopy(CONFIG_JSONSCHEMA)
    message_writer_class = LineWriter
    other_streams = OTHER_STREAMS

    def discover_streams(self) -> Sequence[Stream]:
        """Return the streams; an object type that the token may not read has none."""
        objects = [ObjectStream(self, object_type) for object_type in self.object_types]
        if self.input_catalog is None:
            objects = [stream for stream in objects if self._may_read(stream)]
            self.object_types = tuple(stream.name for stream in objects)
        return [*objects, *(kind(self) for kind in self.other_streams)]

    def _may_read(self, stream: ObjectStream) -> bool:
        try:
            return bool(stream.schema)
        except Forbidden as error:
            self.logger.warning("The stream %s is left out. %s", stream.name, error)
            return False

    @property
    def streams(self) -> dict[str, Stream]:
        """The streams, in the order in which they need each other."""
        named = cast("dict[str, PortalStream]", super().streams)
        ordered = sorted(named.values(), key=lambda stream: (stream.rank, stream.name))
        return {stream.name: stream for stream in ordered}

    # There is no other place before the first and after the last stream.
    def sync_all(self) -> None:  # type: ignore[misc] # the SDK marks it final
        """Emit all streams; the last STATE says that all hints were followed."""
        self.begin()
        try:
            _ = self.hints  # before the first stream: a gap of the journal makes all poll
            super().sync_all()
            self.hints_are_followed()
            self.state_writer.write_state(self.state)
        finally:
            self.close()

    def run_discovery(self) -> str:
        """Print the catalog."""
        try:
            return super().run_discovery()
        finally:
            self.close()
