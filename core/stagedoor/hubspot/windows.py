"""What a poll reads, in which order, and where it goes on after a kill; pure.

The first time everything is listed. From then on each run reads one window of modification
times, closed on both sides: from where the last one ended, less a look-back for what the search
index learned late, to this run's start. Inside a window objects come by id, so that thousands
with one timestamp end by themselves, and what is modified meanwhile moves behind the window's
end and comes next time. Times are milliseconds since 1970.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

Bookmark: TypeAlias = dict[str, Any]
"""What STATE keeps of one stream: `listing`, or `until` and maybe a `window` not yet at its end."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything there is, by id."""

    started: int
    """When it began; what changes later is the next window's."""
    after: str | None = None
    """HubSpot's cursor of the next page."""

    def at(self, position: str) -> Listing:
        """Return the rest of it, from a cursor on."""
        return replace(self, after=position)

    def bookmark(self) -> Bookmark:
        """Return what STATE keeps while it is under way."""
        return {"listing": {"started": self.started, "after": self.after}}

    def finished(self) -> Bookmark:
        """Return what STATE keeps when it is done."""
        return {"until": self.started}


@dataclass(frozen=True, slots=True)
class Window:
    """What was modified from `low` to `high`, both included."""

    low: int
    high: int
    after: str = "0"
    """The largest id that has been read."""

    def at(self, position: str) -> Window:
        """Return the rest of it, from an id on."""
        return replace(self, after=position)

    def bookmark(self) -> Bookmark:
        """Return what STATE keeps while it is under way."""
        kept = {"low": self.low, "high": self.high, "after": self.after}
        return {"until": self.low, "window": kept}

    def finished(self) -> Bookmark:
        """Return what STATE keeps when it is done."""
        return {"until": self.high}


Step: TypeAlias = Listing | Window


def steps(
    bookmark: Mapping[str, Any], start: int, look_back: int, since: int | None = None
) -> tuple[Step, ...]:
    """Return what a run that begins at `start` has to read, in order.

    Without a bookmark that is everything, or what was modified since a time. A step that was
    interrupted comes first, and after it what has changed since it began.
    """
    if listing := bookmark.get("listing"):
        begun: Step = Listing(int(listing["started"]), listing.get("after"))
    elif window := bookmark.get("window"):
        begun = Window(int(window["low"]), int(window["high"]), str(window["after"]))
    elif (until := bookmark.get("until")) is not None:
        return (Window(_back(int(until), look_back), max(start, int(until))),)
    else:
        return (Listing(start),) if since is None else (Window(since, max(start, since)),)
    end = begun.started if isinstance(begun, Listing) else begun.high
    return (begun, Window(_back(end, look_back), start)) if start > end else (begun,)


def _back(end: int, look_back: int) -> int:
    return max(end - look_back, 0)
