"""Polls the objects of a portal, and keeps in STATE how far it has come."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from stagedoor.hubspot.ahead import ahead
from stagedoor.hubspot.reading import Page, Reading
from stagedoor.hubspot.records import rfc3339
from stagedoor.hubspot.windows import Bookmark, Step, Window, steps


@dataclass(frozen=True, slots=True)
class Times:
    """The times of one run, in milliseconds since 1970."""

    start: int
    """When it began, by HubSpot's clock: nothing later is read."""
    look_back: int
    """How far each window reaches back, for what the search index learned late."""
    since: int | None = None
    """What was modified earlier is left out of the first run."""

    @classmethod
    def of(cls, start: datetime, look_back: float, since: datetime | None) -> Times:
        """Return the times of a run; `look_back` is in seconds."""
        floor = None if since is None else round(since.timestamp() * 1_000)
        return cls(int(start.timestamp()) * 1_000, round(look_back * 1_000), floor)


class Poll:
    """Polls for one stream; `bookmarks` is the part of its STATE, by object type."""

    def __init__(
        self, reading: Reading, times: Times, bookmarks: MutableMapping[str, Bookmark]
    ) -> None:
        """Read at `times`."""
        self._reading = reading
        self.times = times
        self._bookmarks = bookmarks

    def pages(
        self,
        object_type: str,
        properties: Sequence[str],
        *,
        known: str | None = None,
        together: int = 1,
    ) -> Iterator[Page]:
        """Yield what has changed; a page counts as read when the next one is asked for.

        Pages come with at least `together` objects, except the last one of a step.
        """
        for step in self._steps(object_type, everything=known is None):
            self._bookmarks[object_type] = step.bookmark()
            pages = self._reading.pages(object_type, step, properties, known=known)
            for page in _together(ahead(pages), together):
                yield page
                if page.position is not None:
                    self._bookmarks[object_type] = step.at(page.position).bookmark()
            self._bookmarks[object_type] = step.finished()

    def _steps(self, object_type: str, *, everything: bool) -> tuple[Step, ...]:
        """Return what to read; where only some objects count, a search finds them at once."""
        times = self.times
        since = times.since if everything else times.since or 0
        return steps(self._bookmarks.get(object_type) or {}, times.start, times.look_back, since)

    def low(self, object_type: str) -> str:
        """Return from when on the run reads what a search finds, as records have times."""
        first = self._steps(object_type, everything=False)[0]
        low = first.low if isinstance(first, Window) else 0
        return rfc3339(datetime.fromtimestamp(low / 1_000, UTC))

    def settle(self, object_type: str, bookmark: Bookmark) -> None:
        """Keep that a type has been read as far as another stream has."""
        self._bookmarks[object_type] = dict(bookmark)

    def bookmark(self, object_type: str) -> Any:
        """Return how far a type has been read."""
        return self._bookmarks.get(object_type)


def _together(pages: Iterator[Page], size: int) -> Iterator[Page]:
    gathered = Page([])
    for page in pages:
        gathered = replace(page, items=[*gathered.items, *page.items])
        if len(gathered.items) >= size or page.position is None:
            yield gathered
            gathered = Page([])


def moment(text: str) -> str:
    """Return a time that an event or HubSpot told as records have it."""
    return rfc3339(datetime.fromisoformat(text))
