"""What all streams of a portal have in common, and the streams of objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from singer_sdk import Stream
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.mapper import SameRecordTransform

from stagedoor.hubspot.ahead import ahead
from stagedoor.hubspot.polling import Poll
from stagedoor.hubspot.reading import Item
from stagedoor.hubspot.records import Record, Schema, Shaper, property_names, rfc3339
from tap_hubspot.portal_tap import PortalTap


class PortalStream(Stream):
    """A stream whose records are made as its schema says, and written as they are."""

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    STATE_MSG_FREQUENCY = 2_000
    rank = 0
    """Streams of a lower rank are read first."""

    def __init__(
        self, tap: PortalTap, name: str, schema: Schema | None, keys: Sequence[str]
    ) -> None:
        """Have `keys` tell records apart."""
        super().__init__(tap, schema=schema, name=name)
        self.hubspot = tap
        self.primary_keys = tuple(keys)
        self._extracted = ""

    @property
    def emit_activate_version_messages(self) -> bool:
        """Streams that keep a bookmark never say that what they left out is gone."""
        return False

    @property
    def poll(self) -> Poll:
        """What polls for this stream; where it is stands in the stream's STATE."""
        bookmarks = self.stream_state.setdefault("poll", {})
        return Poll(self.hubspot.portal.reading, self.hubspot.times, bookmarks)

    @cached_property
    def _is_plain(self) -> bool:
        """Whether records leave as they are: nothing maps them, and all fields are selected."""
        fields = self.effective_schema["properties"]
        selected = all(self.mask[("properties", name)] for name in fields)
        maps = self.stream_maps
        return selected and len(maps) == 1 and type(maps[0]) is SameRecordTransform

    def _write_record_message(self, record: dict[str, Any]) -> None:
        """Write a record; the SDK's way of deselecting and mapping is gone where there is any.

        Records are made of what is selected, so that there is nothing to take out of each.
        """
        if not self._is_plain:
            super()._write_record_message(record)
            return
        self.hubspot.lines.write_record(self.name, record, self._extracted or now())
        self.state_manager.is_flushed = False

    def followed(self, object_type: str) -> None:
        """Note that the journal told all of a type, so that a poll after a gap starts from here."""
        if self.hubspot.follows_all:
            self.poll.settle(object_type, {"until": self.hubspot.times.start})

    def fetched(self) -> None:
        """Note that what follows was fetched now."""
        self._extracted = now()


def now() -> str:
    """Return the time as records have it."""
    return rfc3339(datetime.now(UTC))


class ObjectStream(PortalStream):
    """The objects of one type."""

    def __init__(self, tap: PortalTap, object_type: str) -> None:
        """Read the objects that HubSpot's paths call `object_type`."""
        super().__init__(tap, object_type, None, ("id",))

    @cached_property
    def schema(self) -> Schema:
        """The schema, from the portal's own property definitions; read when it is needed."""
        return self.hubspot.object_schema(self.name)

    @cached_property
    def _shaper(self) -> Shaper:
        schema = self.effective_schema
        path = ("properties", "properties", "properties")
        chosen = self.hubspot.properties.get(self.name)
        names = property_names(schema) if chosen is None else chosen
        return Shaper(schema, [name for name in names if self.mask[(*path, name)]])

    def get_records(self, context: Mapping[str, Any] | None) -> Iterator[Record]:
        """Yield objects as they are now, found in each mode that is set."""
        del context
        hinted = self.hubspot.hints.of(self.name)
        told = set(hinted.changed) if hinted else set()
        if self.hubspot.polls:
            for items in self._polled():
                told.difference_update(item["id"] for item in items)
                yield from self._records(items)
        if hinted:
            yield from self._hinted(set(hinted.changed) - told)
        self.followed(self.name)

    def _polled(self) -> Iterator[list[Item]]:
        seen = self.hubspot.seen.begin(self.name, self.poll.bookmark(self.name))
        for page in self.poll.pages(self.name, self._asked):
            self.fetched()
            seen.add(item["id"] for item in page.items)
            yield self._with_times(page.items)
        seen.finish(self.poll.bookmark(self.name))
        if self.hubspot.settings.archived:
            listed = self.hubspot.portal.reading.listed(self.name, self._asked, archived=True)
            for page in ahead(listed):
                self.fetched()
                yield self._with_times(page.items, archived=True)

    @property
    def _asked(self) -> Sequence[str]:
        """The properties that a page is asked for: none where each object is read by itself."""
        return ("hs_object_id",) if self.hubspot.settings.property_times else self._shaper.asked

    @property
    def _history(self) -> Sequence[str]:
        """The properties of which older values are asked for, too."""
        return self._shaper.names if self.hubspot.settings.property_times else ()

    def _with_times(self, items: list[Item], *, archived: bool = False) -> list[Item]:
        if not self.hubspot.settings.property_times:
            return items
        live = self._live((item["id"] for item in items), archived=archived)
        return [item for page in live for item in page]

    def _live(self, ids: Iterable[str], *, archived: bool = False) -> Iterator[list[Item]]:
        asked, reading = self._shaper.asked, self.hubspot.portal.reading
        return reading.live(self.name, ids, asked, history=self._history, archived=archived)

    def _hinted(self, polled: set[str]) -> Iterator[Record]:
        """Yield the objects that hints name, without those that were polled."""
        asked, hinted = self._shaper.asked, self.hubspot.hinted
        for items in hinted.objects(self.name, asked, history=self._history, known=polled):
            self.fetched()
            yield from self._records(items)

    def _records(self, items: Iterable[Item]) -> Iterator[Record]:
        timed = self.hubspot.settings.property_times
        return map(self._shaper.timed if timed else self._shaper.record, items)
