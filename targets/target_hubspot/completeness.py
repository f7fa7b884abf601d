"""Which streams the tap has read in full, by what it says; whoever says nothing has not.

Our own tap begins with a STATE that says "more to come" and ends with one that says "all", and
names the streams that it read from their beginning. Other taps say it by ACTIVATE_VERSION, when
it follows a stream's last record: one that comes before the records, as the Singer SDK's taps
send it, proves nothing about the end.
https://hub.meltano.com/singer/docs#activate-version
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

MARKER = "stagedoor"
"""Key in STATE under which the tap says it."""

IsNew = Callable[[str, str], bool]


class Completeness:
    """What one input has said so far about being whole."""

    def __init__(self, is_new: IsNew) -> None:
        """Ask `is_new` whether a version of a stream begins with this input.

        An interrupted read may go on under its old version, and then gives only the rest.
        """
        self._is_new = is_new
        self._begun = False
        self._named: set[str] = set()
        self._versions: dict[str, str | None] = {}
        self._activated: set[str] = set()
        self.complete: bool | None = None
        """What the tap said last; nothing when it never said anything."""

    def state(self, value: Mapping[str, Any]) -> None:
        """Take in a STATE message."""
        marker = value.get(MARKER)
        if not isinstance(marker, Mapping):
            return
        self.complete = bool(marker.get("complete"))
        if not self.complete:
            self._begun = True
        elif self._begun:
            # A tap that hands back an old state says "complete" without having begun.
            self._named = {str(name) for name in marker.get("full") or ()}

    def record(self, stream: str, version: Any) -> None:
        """Take in that a record or batch of a stream came, under a table version or none."""
        self._activated.discard(stream)
        told = None if version is None else str(version)
        if stream not in self._versions:
            is_new = told is not None and self._is_new(stream, told)
            self._versions[stream] = told if is_new else None
        elif self._versions[stream] != told:
            self._versions[stream] = None  # several versions: which of them is whole?

    def activate(self, stream: str, version: Any) -> None:
        """Take in an ACTIVATE_VERSION message."""
        if self._versions.get(stream) == str(version):
            self._activated.add(stream)

    @property
    def full(self) -> frozenset[str]:
        """The streams that were read in full, at the end of the input."""
        return frozenset(self._named if self.complete else ()) | self._activated
