"""Reads the objects of one portal, page by page, and what stands around them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from stagedoor.engine.batches import chunks
from stagedoor.errors import Unavailable
from stagedoor.hubspot import reading_requests as requests
from stagedoor.hubspot.association_requests import read_types
from stagedoor.hubspot.pipeline_requests import list_pipelines
from stagedoor.hubspot.requests import Paths, Request
from stagedoor.hubspot.windows import Listing, Step, Window

Call: TypeAlias = Callable[[Request], dict[str, Any]]
"""Sends a request and returns what it answered; raises `Reject` when HubSpot refuses."""

Item: TypeAlias = dict[str, Any]
"""An object as HubSpot tells it."""

MAX_ASSOCIATED = 1_000
"""Objects whose associations one call reads."""
MAX_SKIPPED = 9_800
"""Hits without an object that a page may skip; HubSpot pages through 10,000."""


@dataclass(frozen=True, slots=True)
class Page:
    """Objects of one call, and where the reading goes on after them."""

    items: list[Item]
    position: str | None = None
    """For a listing HubSpot's cursor, in a window the largest id; nothing after the last page."""


class Reading:
    """What one portal holds."""

    def __init__(self, call: Call, paths: Paths) -> None:
        """Send through `call`."""
        self._call = call
        self._paths = paths

    def pages(
        self,
        object_type: str,
        step: Step,
        properties: Sequence[str],
        *,
        known: str | None = None,
    ) -> Iterator[Page]:
        """Yield the objects of a step, with the values of these properties.

        With `known` a window has only objects with a value of that property.
        """
        match step:
            case Listing():
                return self.listed(object_type, properties, step.after)
            case Window():
                return self.modified(object_type, step, properties, known=known)

    def listed(
        self,
        object_type: str,
        properties: Sequence[str],
        after: str | None = None,
        *,
        archived: bool = False,
    ) -> Iterator[Page]:
        """Yield all objects by id, from a cursor on; those in the bin when `archived`.

        More properties than an address can hold are read by batches, of the same objects.
        """
        many = sum(map(len, properties)) + len(properties) > requests.LONGEST_QUERY
        asked = ("hs_object_id",) if many else properties
        while True:
            told = self._call(
                requests.list_objects(self._paths, object_type, asked, after, archived=archived)
            )
            after = requests.next_cursor(told)
            items = list(told.get("results") or ())
            if many:
                whole = self.live(object_type, _ids(items), properties, archived=archived)
                items = [item for some in whole for item in some]
            yield Page(items, after)
            if after is None:
                return

    def modified(
        self,
        object_type: str,
        window: Window,
        properties: Sequence[str],
        *,
        known: str | None = None,
    ) -> Iterator[Page]:
        """Yield the objects modified in a window, by id.

        A page may be short without being the last: the index still counts objects that are gone.

        Raises:
            Unavailable: It counts too many of them to see past.
        """
        offset = 0
        while True:
            told = self._call(
                requests.search_modified(
                    self._paths, object_type, window, properties, offset, known=known
                )
            )
            items, more = list(told.get("results") or ()), requests.next_cursor(told)
            if items:
                window, offset = window.at(str(max(int(item["id"]) for item in items))), 0
            elif more is not None:
                offset += requests.MAX_FOUND
            if offset > MAX_SKIPPED:
                raise Unavailable(
                    f"HubSpot's search index lags behind: thousands of {object_type} that it "
                    "finds are gone. Nothing is lost; run again in a minute."
                )
            yield Page(items, window.after if more is not None else None)
            if more is None:
                return

    def live(
        self,
        object_type: str,
        ids: Iterable[str],
        properties: Sequence[str],
        *,
        history: Sequence[str] = (),
        archived: bool = False,
    ) -> Iterator[list[Item]]:
        """Yield objects by id as they are now, one call after the other; the gone are absent."""
        size = requests.MAX_READ_WITH_HISTORY if history else requests.MAX_READ
        for chunk in chunks(ids, size):
            told = self._call(
                requests.read_live(
                    self._paths,
                    object_type,
                    chunk,
                    properties,
                    history=history,
                    archived=archived,
                )
            )
            yield sorted(told.get("results") or (), key=lambda item: int(item["id"]))

    def schemas(self) -> list[Item]:
        """Return the custom object types."""
        return list(self._call(requests.list_schemas(self._paths)).get("results") or ())

    def owners(self) -> Iterator[Item]:
        """Yield the people of the portal, and those who have left it."""
        for archived in (False, True):
            after: str | None = None
            while True:
                told = self._call(requests.list_owners(self._paths, after, archived=archived))
                yield from told.get("results") or ()
                after = requests.next_cursor(told)
                if after is None:
                    break

    def pipelines(self, object_type: str) -> list[Item]:
        """Return the pipelines of an object type, with their stages."""
        told = self._call(list_pipelines(self._paths, object_type))
        return list(told.get("results") or ())

    def lists(self) -> Iterator[Item]:
        """Yield all lists."""
        offset, more = 0, True
        while more:
            told = self._call(requests.find_lists(self._paths, offset))
            found = told.get("lists") or ()
            yield from found
            offset, more = offset + len(found), bool(told.get("hasMore")) and bool(found)

    def members(self, list_id: str) -> Iterator[Item]:
        """Yield the members of a list."""
        after: str | None = None
        while True:
            told = self._call(requests.list_members(self._paths, list_id, after))
            yield from told.get("results") or ()
            after = requests.next_cursor(told)
            if after is None:
                return

    def associations(
        self, from_type: str, to_type: str, ids: Iterable[str]
    ) -> Iterator[tuple[str, Item]]:
        """Yield what objects are associated with, and how: the object's id, and the other end."""
        for chunk in chunks(ids, MAX_ASSOCIATED):
            asked = deque([[{"id": object_id} for object_id in chunk]])
            while asked:
                told = self._call(read_types(self._paths, from_type, to_type, asked.popleft()))
                further = []
                for result in told.get("results") or ():
                    from_id = str(result["from"]["id"])
                    yield from ((from_id, end) for end in result.get("to") or ())
                    after = requests.next_cursor(result)
                    further += [{"id": from_id, "after": after}] if after else []
                if further:
                    asked.append(further)

    def statuses(self, addresses: Sequence[str]) -> list[Item]:
        """Return the subscriptions of up to 100 addresses, by the call that Enterprise has."""
        told = self._call(requests.read_statuses(self._paths, addresses))
        return [status for one in told.get("results") or () for status in one.get("statuses") or ()]

    def statuses_of(self, address: str) -> list[Item]:
        """Return the subscriptions of one address."""
        return list(self._call(requests.read_status(self._paths, address)).get("results") or ())


def _ids(items: Iterable[Item]) -> list[str]:
    return [str(item["id"]) for item in items]
