"""The SQL in a mapping document, with what it must give; pure.

Whoever has a database without rows binds it, so that a mistake is found before anything runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from stagedoor.extension import Calculator, ListRule, ObjectType
from stagedoor.mapping.document import MappingDocument
from stagedoor.mapping.lifecycle import METRICS
from stagedoor.mapping.list_members import rule_sql
from stagedoor.mapping.lists import ListMapping
from stagedoor.mapping.mapper import columns_of
from stagedoor.mapping.problems import Path

Calculators = Mapping[tuple[str, str], Calculator]


@dataclass(frozen=True, slots=True)
class WrittenSql:
    """One SELECT that a document has, or that its conditions make."""

    path: Path
    what: str
    """Such as `list gala`."""
    sql: str
    wanted: tuple[str, ...]
    """Columns that it must give; those that end with `key` as text."""
    is_source: bool = False
    """Whether objects are made from it: `mapping check` looks at those more closely itself."""


def written_sql(
    document: MappingDocument,
    object_types: Mapping[str, ObjectType],
    calculators: Calculators,
    rules: Mapping[str, ListRule],
) -> Iterator[WrittenSql]:
    """Yield all SQL of a document; `object_types` are those that it fills, by entry.

    An entry that `object_types` leaves out is not looked at, nor what is about it.
    """
    for name, object_type in object_types.items():
        yield from _of_entry(name, document, object_type)
    for name, entry in document.lists.items():
        if not entry.is_dynamic and entry.objects in object_types:
            yield from _of_list(
                name, entry, document, object_types[entry.objects], calculators, rules
            )
    for name, event in document.events.items():
        columns = [entry.from_ for entry in event.properties.values()]
        wanted = tuple(dict.fromkeys(("key", "contact", "occurred_at", *columns)))
        yield WrittenSql(("events", name, "sql"), f"event {name}", event.sql, wanted)
    for name, setting in document.associations.items():
        if not isinstance(setting, bool) and setting.sql is not None:
            ends = ("from_key", "to_key")
            yield WrittenSql(
                ("associations", name, "sql"), f"association {name}", setting.sql, ends
            )
    for stage, condition in (document.lifecycle.stages if document.lifecycle else {}).items():
        if isinstance(condition, str):
            sql = f"SELECT key FROM {METRICS} WHERE ({condition})"
            path = ("lifecycle", "stages", stage)
            yield WrittenSql(path, f"life cycle stage {stage}", sql, ("key",))


def _of_entry(
    name: str, document: MappingDocument, object_type: ObjectType
) -> Iterator[WrittenSql]:
    entry, path, what = document.objects[name], ("objects", name), f"entry {name}"
    if entry.sql is not None:
        yield WrittenSql((*path, "sql"), what, entry.sql, ("key",), is_source=True)
    if entry.filter is not None:
        sql = f"SELECT key FROM ({object_type.sql}) WHERE {entry.filter}"
        yield WrittenSql((*path, "filter"), f"{what}'s filter", sql, ("key",), is_source=True)
    if entry.deleted is not None:
        yield WrittenSql((*path, "deleted"), f"{what}'s `deleted`", entry.deleted, ("key",))


def _of_list(
    name: str,
    entry: ListMapping,
    document: MappingDocument,
    object_type: ObjectType,
    calculators: Calculators,
    rules: Mapping[str, ListRule],
) -> Iterator[WrittenSql]:
    path, what = ("lists", name), f"list {name}"
    if entry.sql is not None:
        yield WrittenSql((*path, "sql"), what, entry.sql, ("key",))
    elif entry.where is not None:
        read = _readable(document, object_type, calculators)
        sql = f"SELECT key FROM ({read}) WHERE {entry.where}"
        yield WrittenSql((*path, "where"), what, sql, ("key",))
    elif entry.rule is not None and entry.rule in rules:
        sql = rule_sql(entry, rules[entry.rule])
        yield WrittenSql((*path, "rule"), f"{what} by the rule {entry.rule}", sql, ("key",))


def _readable(document: MappingDocument, object_type: ObjectType, calculators: Calculators) -> str:
    """Return a SELECT of what a list's `where` may name: what the entry reads and calculates."""
    mapping = document.objects[object_type.name]
    shown = {"key": "s.key"}
    for column in columns_of(mapping):
        detail = object_type.details.get(column)
        shown[column] = f's."{column}"' if detail is None else _any_of("value", f"({detail})")
    for name in dict.fromkeys(p.calculator for p in mapping.properties.values() if p.calculator):
        owners = (object_type.name, object_type.keys_of)
        found = next((calculators[o, name] for o in owners if o and (o, name) in calculators), None)
        if found is not None and name not in shown:
            shown[name] = _value_of(found)
    columns = ", ".join(f'{sql} AS "{name}"' for name, sql in shown.items())
    return f"SELECT {columns} FROM ({object_type.sql}) AS s"


def _value_of(calculator: Calculator) -> str:
    if calculator.sql is not None:
        return _any_of("value", f"({calculator.sql})")
    if calculator.relation is not None:
        return _any_of(f'"{calculator.name}"', f'"{calculator.relation}"')
    return "NULL::VARCHAR"


def _any_of(column: str, source: str) -> str:
    return f"(SELECT any_value({column}) FROM {source} AS given)"
