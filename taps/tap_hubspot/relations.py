"""Streams of what is between objects, and of what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from stagedoor.engine.batches import chunks
from stagedoor.hubspot.ahead import ahead
from stagedoor.hubspot.merged import PROPERTY as MERGED
from stagedoor.hubspot.reading import MAX_ASSOCIATED
from stagedoor.hubspot.records import TIME, Record, Schema, milliseconds
from stagedoor.sync.hinted import by_number
from tap_hubspot.portal_tap import PortalTap
from tap_hubspot.streams import PortalStream

TEXT: Schema = {"type": ["string", "null"]}
KEY: Schema = {"type": "string"}


def schema_of(**fields: Schema) -> Schema:
    """Return the schema of a record with these fields."""
    return {"type": "object", "properties": dict(fields)}


class Associations(PortalStream):
    """Which object is associated with which, and how; one direction of each pair of types."""

    rank = 1

    def __init__(self, tap: PortalTap) -> None:
        """Read the pairs of the setting `associations`."""
        keys = ("from_type", "from_id", "to_type", "to_id", "category", "type_id")
        fields = {name: KEY for name in keys if name != "type_id"}
        schema = schema_of(**fields, type_id={"type": "integer"}, label=TEXT)
        super().__init__(tap, "associations", schema, keys)

    def get_records(self, context: Mapping[str, Any] | None) -> Iterator[Record]:
        """Yield the associations of objects that changed, or of which hints tell."""
        del context
        by_type: dict[str, list[str]] = {}
        for one, other in self.hubspot.settings.pairs:
            if one in self.hubspot.followed_types and other in self.hubspot.object_types:
                by_type.setdefault(one, []).append(other)
        for from_type, to_types in by_type.items():
            if self.hubspot.polls:
                yield from self._polled(from_type, to_types)
            hinted = self.hubspot.hints.of(from_type)
            if hinted:
                ids = sorted(hinted.associated, key=by_number)
                yield from self._between(from_type, to_types, ids)
            self.followed(from_type)

    def _polled(self, from_type: str, to_types: list[str]) -> Iterator[Record]:
        seen, poll = self.hubspot.seen.of(from_type), self.poll
        if seen is not None and seen.after is not None and seen.serves(poll.bookmark(from_type)):
            for chunk in chunks(seen, MAX_ASSOCIATED):
                yield from self._between(from_type, to_types, chunk)
            poll.settle(from_type, seen.after)
            return
        for page in poll.pages(from_type, ("hs_object_id",), together=MAX_ASSOCIATED):
            ids = [str(item["id"]) for item in page.items]
            yield from self._between(from_type, to_types, ids)

    def _between(self, from_type: str, to_types: list[str], ids: Iterable[str]) -> Iterator[Record]:
        listed = list(ids)
        for to_type in to_types:
            self.fetched()
            found = self.hubspot.portal.reading.associations(from_type, to_type, listed)
            for from_id, end in found:
                for kind in end.get("associationTypes") or ():
                    yield {
                        "from_type": from_type,
                        "from_id": from_id,
                        "to_type": to_type,
                        "to_id": str(end["toObjectId"]),
                        "category": str(kind["category"]),
                        "type_id": int(kind["typeId"]),
                        "label": kind.get("label"),
                    }


class Merges(PortalStream):
    """Which object became part of which."""

    rank = 1

    def __init__(self, tap: PortalTap) -> None:
        """Read what the winners say."""
        schema = schema_of(object_type=KEY, merged_id=KEY, id=KEY, merged_at=TIME)
        super().__init__(tap, "merges", schema, ("object_type", "merged_id"))

    def get_records(self, context: Mapping[str, Any] | None) -> Iterator[Record]:
        """Yield the merges since the last run; without one, all of which there is a trace."""
        del context
        for object_type in self.hubspot.followed_types:
            if self.hubspot.polls:
                since = self.poll.low(object_type)
                for page in self.poll.pages(object_type, (MERGED,), known=MERGED):
                    winners = [i["id"] for i in page.items if (i["properties"] or {}).get(MERGED)]
                    self.fetched()
                    yield from self.hubspot.hinted.merges_into(object_type, winners, since)
            self.fetched()
            yield from self.hubspot.hinted.merges(object_type)
            self.followed(object_type)


class Deletions(PortalStream):
    """Which objects are gone: in the bin, or erased for good."""

    rank = 2

    def __init__(self, tap: PortalTap) -> None:
        """Read the bin, and what hints told of objects that are not there."""
        schema = schema_of(object_type=KEY, id=KEY, deleted_at=TIME, kind=KEY)
        super().__init__(tap, "deletions", schema, ("object_type", "id"))

    def get_records(self, context: Mapping[str, Any] | None) -> Iterator[Record]:
        """Yield deletions since the last run; without one, all that lies in the bin."""
        del context
        for object_type in self.hubspot.followed_types:
            if self.hubspot.polls:
                yield from self._binned(object_type)
            self.fetched()
            yield from self.hubspot.hinted.deletions(object_type)
            self.followed(object_type)

    def followed(self, object_type: str) -> None:
        """Note that the journal told of all deletions of a type."""
        if self.hubspot.follows_all:
            times = self.hubspot.times
            self._state(object_type).update({"until": times.start - times.look_back})

    def _state(self, object_type: str) -> dict[str, Any]:
        kept: dict[str, Any] = self.stream_state.setdefault("bin", {})
        found: dict[str, Any] = kept.setdefault(object_type, {})
        return found

    def _binned(self, object_type: str) -> Iterator[Record]:
        """Yield what came into the bin since the last pass, up to `look_back` ago.

        By then the search index knows of merges, whose losers lie in the bin too.
        """
        state = self._state(object_type)
        times = self.hubspot.times
        until, after = int(state.get("until", -1)), state.get("after")
        end = int(state.get("end", times.start - times.look_back))
        reading = self.hubspot.portal.reading
        for page in ahead(reading.listed(object_type, ("hs_object_id",), after, archived=True)):
            self.fetched()
            for item in page.items:
                if until < milliseconds(item["archivedAt"]) <= end:
                    yield from self.hubspot.hinted.gone(
                        object_type, item["id"], item["archivedAt"], "archived"
                    )
            state |= {"end": end, "after": page.position}
        state.clear()
        state["until"] = end
