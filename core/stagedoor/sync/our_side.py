"""What the platform says now of the objects that an inbound run looks at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from stagedoor.engine.merge import Version
from stagedoor.extension import ObjectType
from stagedoor.mapping.document import MappingDocument, ObjectMapping
from stagedoor.mapping.inbound import WayBack, ways_back
from stagedoor.mapping.mapper import ObjectMapper
from stagedoor.plugins import Plugins
from stagedoor.state.database import StateDatabase
from stagedoor.state.desired import DesiredState
from stagedoor.state.platform_rows import ObjectRows, PlatformRows
from stagedoor.state.replica import quoted


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the mapping that has a way back."""

    name: str
    object_type: ObjectType
    mapping: ObjectMapping
    ways: Mapping[str, WayBack]


@dataclass(frozen=True, slots=True)
class OurObject:
    """One object as the platform has it."""

    version: Version
    match_value: str
    rows: ObjectRows


class OurSide:
    """Computes two-way properties from the replica, and nothing else of an object."""

    def __init__(
        self, database: StateDatabase, plugins: Plugins, document: MappingDocument, now: datetime
    ) -> None:
        """Compute nothing yet: most runs see echoes only."""
        self._database = database
        self._plugins = plugins
        self._document = document
        self._now = now
        self._rows = PlatformRows(database)
        self._built: set[str] = set()

    def forget(self) -> None:
        """Compute anew at the next look: rows have changed."""
        self._built.clear()

    def look(self, entry: Entry, keys: Iterable[str]) -> dict[str, OurObject]:
        """Return the objects of an entry by key; those that the platform lacks are left out."""
        wanted = list(keys)
        mapping = self._build(entry)
        mapper = ObjectMapper(entry.name, mapping, self._plugins.codecs)
        cursor = self._database.execute(
            f"SELECT * FROM {quoted('desired_' + entry.name)} "
            "WHERE key IN (SELECT unnest(?::VARCHAR[]))",
            [wanted],
        )
        names = [column[0] for column in cursor.description]
        desired = [
            mapper.map(dict(zip(names, row, strict=True))).desired for row in cursor.fetchall()
        ]
        rows = self._rows_of(entry, wanted)
        found = {
            d.ref.key: OurObject(
                Version(
                    {n: v for n, v in d.properties.items() if n in entry.ways},
                    _changed_at(entry, rows[d.ref.key]),
                ),
                d.match_value,
                rows[d.ref.key],
            )
            for d in desired
            if d is not None
        }
        hidden = () if entry.mapping.filter else rows.keys() - found.keys()
        return found | {key: _of_row(entry, rows[key]) for key in hidden if rows[key].main}

    def with_match_values(self, entry: Entry, values: Iterable[str]) -> dict[str, str]:
        """Return the keys of the objects that have these match values, by value."""
        mapping = self._build(entry)
        column = mapping.properties[mapping.match_key].from_
        if column is None:
            return {}
        found = self._database.rows(
            f"SELECT lower(trim({quoted(column)}::VARCHAR)), key "
            f"FROM {quoted('desired_' + entry.name)} "
            f"WHERE lower(trim({quoted(column)}::VARCHAR)) IN (SELECT unnest(?::VARCHAR[]))",
            [list(values)],
        )
        return {str(value): str(key) for value, key in found}

    def _build(self, entry: Entry) -> ObjectMapping:
        """Make the table of desired objects with their two-way properties alone."""
        mapping = entry.mapping
        kept = {n: p for n, p in mapping.properties.items() if p.inbound or n == mapping.match_key}
        mapping = mapping.model_copy(update={"properties": kept})
        if entry.name not in self._built:
            state = DesiredState(
                self._database, self._now, self._document.metrics, self._document.people
            )
            for object_type in self._plugins.object_types.values():
                state.define_relations(object_type)
            owners = (entry.name, entry.object_type.keys_of)
            calculators = {n: c for (o, n), c in self._plugins.calculators.items() if o in owners}
            state.build(entry.object_type, mapping, calculators)
            row = entry.object_type.row
            state.provide(row.members if row is not None and row.members else "")
            self._built.add(entry.name)
        return mapping

    def _rows_of(self, entry: Entry, keys: list[str]) -> dict[str, ObjectRows]:
        row = entry.object_type.row
        columns = sorted({way.column for way in entry.ways.values()})
        if row is None or not columns:
            return {key: ObjectRows() for key in keys}
        return self._rows.of(row, entry.name, keys, columns)


def _of_row(entry: Entry, rows: ObjectRows) -> OurObject:
    """Return an object that is not desired now, though its row lives: by the row itself.

    An account that has another's address, while two people swap theirs, is nobody's contact.
    """
    told: dict[str, str | None] = {}
    for name, way in entry.ways.items() if rows.main is not None else ():
        with suppress(ValueError):
            told[name] = way.canonical(rows.main.fields[way.column] if rows.main else None)
    match_value = told.get(entry.mapping.match_key) or ""
    return OurObject(Version(told, _changed_at(entry, rows)), match_value, rows)


def _changed_at(entry: Entry, rows: ObjectRows) -> dict[str, datetime]:
    """Return when the platform changed a property: at the latest when its row did."""
    if rows.main is None or rows.main.changed_at is None:
        return {}
    return dict.fromkeys(entry.ways, rows.main.changed_at)


def entries_of(
    document: MappingDocument, object_types: Iterable[ObjectType], plugins: Plugins
) -> list[Entry]:
    """Return the entries of a mapping that have a way back, in the order of the mapping."""
    return [
        Entry(o.name, o, mapping, ways_back(mapping, o, plugins.codecs))
        for o in object_types
        if (mapping := document.objects[o.name]).two_way
    ]
