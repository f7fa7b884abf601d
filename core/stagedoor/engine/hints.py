"""What the entries of an inbox come to: which objects to read, each once; pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stagedoor.arrivals import Arrival, Kind


@dataclass
class Hinted:
    """What is told of one object type; ids are HubSpot's."""

    entries: dict[str, list[int]] = field(default_factory=dict)
    """The inbox entries about each object."""
    erased: dict[str, str] = field(default_factory=dict)
    """When objects were deleted for good."""
    deleted: dict[str, str] = field(default_factory=dict)
    """When objects were put into the bin."""
    winners: set[str] = field(default_factory=set)
    """Objects that others became part of."""
    merged: set[str] = field(default_factory=set)
    """Objects that became part of others."""
    associated: set[str] = field(default_factory=set)
    """Objects whose associations changed."""
    changed: set[str] = field(default_factory=set)
    """Objects to read: all but those of which only associations changed."""

    def add(self, entry_id: int, arrival: Arrival) -> None:
        """Take one entry into account; their order does not matter."""
        object_id, told = arrival.object_id, _payload(arrival)
        self.entries.setdefault(object_id, []).append(entry_id)
        match arrival.kind:
            case Kind.ASSOCIATION:
                self.associated.add(object_id)
                return
            case Kind.PRIVACY_DELETION:
                _latest(self.erased, object_id, arrival.occurred_at)
            case Kind.DELETION:
                _latest(self.deleted, object_id, arrival.occurred_at)
            case Kind.MERGE:
                self.winners.add(object_id)
                self.merged |= _merged(told) - {object_id}
            case _:
                pass
        self.changed.add(object_id)


def coalesce(entries: Iterable[tuple[int, Arrival]], names: Mapping[str, str]) -> dict[str, Hinted]:
    """Return what entries come to, by object type; `names` gives other spellings' own name."""
    hinted: dict[str, Hinted] = {}
    for entry_id, arrival in entries:
        object_type = names.get(arrival.object_type, arrival.object_type)
        hinted.setdefault(object_type, Hinted()).add(entry_id, arrival)
    return hinted


def _latest(times: dict[str, str], object_id: str, at: str) -> None:
    times[object_id] = max(times.get(object_id, ""), at)


def _merged(told: Mapping[str, Any]) -> set[str]:
    """Return the ids that a merge made part of another; the primary's may be among them."""
    ids = {str(one) for one in told.get("mergedObjectIds") or ()}
    primary = told.get("primaryObjectId")
    return ids if primary is None else ids | {str(primary)}


def _payload(arrival: Arrival) -> Mapping[str, Any]:
    try:
        told = json.loads(arrival.payload)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
