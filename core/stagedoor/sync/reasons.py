"""Why a plan touches existing objects: what changed since the mapping was last pushed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from stagedoor.engine.plan import Reasons, Touched
from stagedoor.mapping.fingerprint import PLATFORM, Parts, edits, recalculated, why
from stagedoor.state.database import StateDatabase


class SettledMappings:
    """The parts of each entry as they were last pushed."""

    def __init__(self, database: StateDatabase) -> None:
        """Keep them with the portal's state."""
        self._database = database

    def get(self, entry: str) -> Parts | None:
        """Return the parts of an entry as last pushed."""
        kept = self._database.fact(_fact(entry))
        parts: Parts | None = json.loads(kept) if kept is not None else None
        return parts

    def remember(self, entry: str, parts: Parts) -> None:
        """Keep the parts that were pushed now."""
        text = json.dumps(parts, sort_keys=True)
        if self._database.fact(_fact(entry)) != text:
            self._database.remember(_fact(entry), text)


def _fact(entry: str) -> str:
    return f"settled mapping {entry}"


def reasons(entry: str, objects: Mapping[str, int], before: Parts | None, after: Parts) -> Reasons:
    """Return why so many objects get another value of each property."""
    properties = tuple(
        Touched(name, number, why(name, before, after)) for name, number in objects.items()
    )
    return Reasons(tuple(_sentences(entry, properties, before, after)), properties)


def _sentences(
    entry: str, properties: tuple[Touched, ...], before: Parts | None, after: Parts
) -> Iterator[str]:
    edited = list(edits(before, after))
    if edited:
        yield f"mapping of {entry} changed: {', '.join(edited)}"
    yield from recalculated(before, after)
    if any(touched.why == PLATFORM for touched in properties):
        yield PLATFORM
