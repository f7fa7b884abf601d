"""The entries of a mapping that take part in a run, and those that get into each other's way."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from stagedoor.extension import ObjectType
from stagedoor.mapping.document import MappingDocument, ObjectMapping
from stagedoor.mapping.object_types import object_types_of
from stagedoor.state.database import StateDatabase
from stagedoor.state.replica import Replica

logger = logging.getLogger("stagedoor")


def seen_entries(
    database: StateDatabase, document: MappingDocument, registered: Mapping[str, ObjectType]
) -> list[ObjectType]:
    """Return the object types to fill; an entry whose stream never came is named and left out."""
    streams = set(Replica(database).streams())
    found: list[ObjectType] = []
    for name, object_type in object_types_of(document.objects, registered).items():
        stream = document.objects[name].stream
        if stream is None or stream in streams:
            found.append(object_type)
            continue
        logger.warning(
            "The entry %s is skipped: its stream %s has not come yet. It is filled once a tap "
            "has sent it.",
            name,
            stream,
        )
    return found


def writers_of_the_same(
    object_types: Sequence[ObjectType], objects: Mapping[str, ObjectMapping]
) -> Iterator[tuple[str, str, list[str]]]:
    """Yield two entries that may write the same properties of the same object, and which."""
    for one, other in combinations(object_types, 2):
        mine, theirs = objects[one.name], objects[other.name]
        if one.hubspot_type != other.hubspot_type or mine.match_key != theirs.match_key:
            continue
        shared = (mine.properties.keys() & theirs.properties.keys()) - {mine.match_key}
        if shared:
            yield one.name, other.name, sorted(shared)
