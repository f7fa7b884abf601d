"""The entries of a mapping that take part in a run, and those that get into each other's way."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from stagedoor.extension import ObjectType
from stagedoor.mapping.document import MappingDocument, ObjectMapping
from stagedoor.mapping.object_types import key_of, object_types_of
from stagedoor.mapping.properties import UpdateMode
from stagedoor.plugins import Plugins
from stagedoor.state.database import StateDatabase
from stagedoor.state.replica import Replica
from stagedoor.streams import STREAMS

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
    """Yield two entries that may write the same properties of the same object, and which.

    One that only fills or adds gets into nobody's way.
    """
    for one, other in combinations(object_types, 2):
        mine, theirs = objects[one.name], objects[other.name]
        if one.hubspot_type != other.hubspot_type or mine.match_key != theirs.match_key:
            continue
        shared = (_overwritten(mine) & _overwritten(theirs)) - {mine.match_key}
        if shared:
            yield one.name, other.name, sorted(shared)


def _overwritten(mapping: ObjectMapping) -> set[str]:
    return {
        name
        for name, rule in mapping.properties.items()
        if rule.update_mode is UpdateMode.OVERWRITE
    }


def is_read(stream: str, document: MappingDocument, plugins: Plugins) -> bool:
    """Whether anything in the mapping reads a stream: an entry, or SQL that names it."""
    if stream in STREAMS or any(e.stream == stream for e in document.objects.values()):
        return True
    relations = {name for o in plugins.object_types.values() for name in o.relations}
    before = r"replica\." if stream in relations else ""
    named = re.compile(rf'(?<!\w){before}"?{re.escape(stream)}"?(?!\w)', re.IGNORECASE)
    return any(named.search(sql) for sql in _all_sql(document, plugins))


def _all_sql(document: MappingDocument, plugins: Plugins) -> Iterator[str]:
    for entry in document.objects.values():
        yield from filter(None, (entry.sql, entry.filter, entry.deleted))
    for further in (*document.lists.values(), *document.events.values(),
                    *document.associations.values()):  # fmt: skip
        yield from filter(None, (getattr(further, "sql", None),))
    for object_type in plugins.object_types.values():
        yield object_type.sql
        yield from (*object_type.relations.values(), *object_type.details.values())
        yield from (association.sql for association in object_type.associations)
    for calculator in plugins.calculators.values():
        yield from filter(None, (calculator.sql, calculator.rows))


def mapped_key(stream: str, document: MappingDocument) -> tuple[str, ...]:
    """Return the columns by which the mapping tells the rows of a stream apart, if it does."""
    for entry in document.objects.values():
        if entry.stream == stream:
            return key_of(entry)
    return ()


def remember_keys(database: StateDatabase, stream: str, keys: Sequence[str]) -> None:
    """Keep which columns a tap calls the keys of a stream."""
    told = json.dumps(list(keys))
    if database.fact(f"keys {stream}") != told:
        database.remember(f"keys {stream}", told)


def remembered_keys(database: StateDatabase, stream: str) -> tuple[str, ...]:
    """Return the columns that a tap called the keys of a stream."""
    return tuple(json.loads(database.fact(f"keys {stream}") or "[]"))
