"""Follows the hints of an inbox: takes them once a run, and notes what became of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from stagedoor.arrivals import Arrival
from stagedoor.engine.hints import Hinted, coalesce
from stagedoor.hubspot.webhook_events import SOURCE
from stagedoor.store.inbox import Inbox

_TAKEN = 1_000
"""Entries of one statement."""


@dataclass
class Hints:
    """What the inbox tells a run, taken under its token when it is first asked for."""

    inbox: Inbox | None
    """Nothing when the run follows no hints."""
    token: str
    names: Mapping[str, str]
    """The object types whose hints are followed, by each of their spellings."""

    def __post_init__(self) -> None:
        """Begin with nothing missing."""
        self._missing: dict[str, set[str]] = {}

    @cached_property
    def _hinted(self) -> dict[str, Hinted]:
        return coalesce(self._entries(), self.names)

    def _entries(self) -> Iterator[tuple[int, Arrival]]:
        while self.inbox is not None:
            taken = self.inbox.take(self.token, _TAKEN, source=SOURCE, object_types={*self.names})
            yield from ((entry.id, entry.arrival) for entry in taken)
            if len(taken) < _TAKEN:
                return

    def of(self, object_type: str) -> Hinted | None:
        """Return what is told of an object type; nothing where nothing is."""
        return self._hinted.get(object_type)

    def read(self, object_type: str, there: set[str]) -> None:
        """Note that the changed objects of a type were read, and which of them are there."""
        hinted = self._hinted[object_type]
        self._missing[object_type] = hinted.changed - there
        self._note(hinted, hinted.changed & there, "read")

    def missing(self, object_type: str) -> set[str] | None:
        """Return the hinted objects that were not there; nothing where nobody looked."""
        return self._missing.get(object_type)

    def settle(self, object_type: str, deleted: set[str]) -> None:
        """Note what became of the objects that were not there."""
        hinted, missing = self._hinted[object_type], self._missing.get(object_type) or set()
        self._note(hinted, missing & deleted, "deleted")
        self._note(hinted, missing - deleted, "gone")

    def _note(self, hinted: Hinted, object_ids: set[str], outcome: str) -> None:
        if self.inbox is not None and object_ids:
            ids = [entry for one in object_ids for entry in hinted.entries[one]]
            self.inbox.note(ids, outcome)
