"""Which objects a run has read already, for streams that start from the same ones."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Any


class Ids:
    """The ids of one object type, between two bookmarks."""

    def __init__(self, before: Any) -> None:
        """Begin where a stream's bookmark stood."""
        self._before = dict(before or {})
        self._ids = array("Q")
        self.after: dict[str, Any] | None = None
        """Where the bookmark stands at the end; nothing before that."""

    def add(self, ids: Iterable[str]) -> None:
        """Note what was read."""
        self._ids.extend(map(int, ids))

    def finish(self, after: Any) -> None:
        """Note that everything was."""
        self.after = dict(after or {})

    def serves(self, bookmark: Any) -> bool:
        """Whether a stream whose bookmark stands there would read the same objects."""
        return self.after is not None and dict(bookmark or {}) == self._before

    def __iter__(self) -> Any:
        """Yield the ids, each once."""
        return map(str, dict.fromkeys(self._ids))


class Seen:
    """The objects that a run has read, by type."""

    def __init__(self) -> None:
        """Begin with none."""
        self._by_type: dict[str, Ids] = {}

    def begin(self, object_type: str, before: Any) -> Ids:
        """Return where to note the objects of a type."""
        self._by_type[object_type] = Ids(before)
        return self._by_type[object_type]

    def of(self, object_type: str) -> Ids | None:
        """Return what was noted of a type."""
        return self._by_type.get(object_type)
