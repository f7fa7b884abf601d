"""For the tests of plugins: small platforms from plain rows, and what plugins make of them.

Rows are those of the platform's streams (docs/platforms/sql.md lists their columns); what a row
leaves out is absent. Nothing is written anywhere, and no portal is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from types import ModuleType
from typing import Any, TypeAlias

from stagedoor.engine.transforming import Transforms
from stagedoor.errors import Misconfigured
from stagedoor.extension import Calculator, Row
from stagedoor.mapping.document import MappingDocument, ObjectMapping
from stagedoor.mapping.loader import assemble
from stagedoor.mapping.mapper import CALCULATED, ObjectMapper
from stagedoor.mapping.properties import Property
from stagedoor.plugins import Plugins, load_plugins
from stagedoor.state.checking import find_problems
from stagedoor.state.database import StateDatabase
from stagedoor.state.desired import DesiredState
from stagedoor.state.replica import Replica, quoted
from stagedoor.store.dead_letters import DeadLetter
from stagedoor.streams import STREAMS
from stagedoor.sync.absorption import StreamAbsorber

Streams: TypeAlias = Mapping[str, Sequence[Row]]
Plugin: TypeAlias = ModuleType | str
"""A plugin's module, its name, or the path of its file."""

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
"""When a test takes place, unless it says otherwise: `$now` in SQL."""


def calculate(
    calculator: Calculator,
    streams: Streams,
    *,
    plugin: Plugin | None = None,
    schemas: Mapping[str, Mapping[str, Any]] | None = None,
    now: datetime = NOW,
) -> dict[str, Any]:
    """Return the calculator's value for each object that has one, by the object's key.

    Values are as the codec gets them: those of a Python function are text. `plugin` is needed
    when the SQL names relations, or the calculator an object type, of that plugin. `schemas` has
    the Singer schemas of streams that are not the platform's.

    Raises:
        Misconfigured: The SQL does not fit the streams.
        AssertionError: The function raised for an object.
        ValueError: A row does not fit its stream.
    """
    plugins = _loaded(plugin)
    name = calculator.object_type
    plugins.calculators[name, calculator.name] = calculator
    plugins.origins[f"calculator {name}.{calculator.name}"] = "the test"
    properties = {"key": Property(from_="key"), "value": Property(calculator=calculator.name)}
    mapping = ObjectMapping(match_key="key", properties=properties)
    document = MappingDocument(objects={name: mapping})
    with _computed(plugins, document, name, streams, schemas or {}, now) as database:
        column = quoted(CALCULATED + calculator.name)
        table = quoted(f"desired_{name}")
        rows = database.rows(f"SELECT key, {column} FROM {table} WHERE {column} IS NOT NULL")
    return dict(sorted(rows))


def objects(
    plugin: Plugin,
    object_type: str,
    streams: Streams,
    *,
    mapping: str | None = None,
    schemas: Mapping[str, Mapping[str, Any]] | None = None,
    now: datetime = NOW,
) -> dict[str, dict[str, str | None]]:
    """Return the properties that HubSpot would get for each object, by the object's key.

    They are those of the mapping in force: what installed plugins and `plugin` ship, with the
    text of a `mapping` document on top. The plugin transforms the rows first. A value that its
    codec refuses is left out.

    Raises:
        Misconfigured: Plugin, mapping or SQL are wrong.
        AssertionError: A calculator's function raised for an object.
        ValueError: A row does not fit its stream.
    """
    plugins = _loaded(plugin)
    document = assemble(plugins.object_types, plugins.calculators, mapping)
    with _computed(plugins, document, object_type, streams, schemas or {}, now) as database:
        found = database.execute(f"SELECT * FROM {quoted(f'desired_{object_type}')} ORDER BY key")
        names = [column[0] for column in found.description]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    mapper = ObjectMapper(object_type, document.objects[object_type], plugins.codecs)
    mapped = [mapper.map(row).desired for row in rows]
    return {desired.ref.key: dict(desired.properties) for desired in mapped if desired is not None}


def replica(
    plugin: Plugin,
    stream: str,
    rows: Sequence[Row],
    *,
    schema: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """Return the rows that the replica holds after the plugin has transformed `rows`.

    Only columns with a value are given, in the replica's types.

    Raises:
        Misconfigured: The plugin raised.
        ValueError: A row, as it came or as the plugin left it, does not fit the stream.
    """
    database = StateDatabase.in_memory()
    schemas = {} if schema is None else {stream: schema}
    _fill(database, _loaded(plugin), {stream: rows}, schemas)
    found = database.execute(f"SELECT * FROM replica.{quoted(stream)} ORDER BY ALL")
    names = [column[0] for column in found.description]
    kept = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    database.close()
    return [{n: value for n, value in row.items() if value is not None} for row in kept]


def _loaded(plugin: Plugin | None) -> Plugins:
    """Return the installed plugins, and `plugin` once, be it installed or not."""
    if plugin is None:
        return load_plugins()
    name = plugin.__name__ if isinstance(plugin, ModuleType) else plugin
    installed = load_plugins()
    known = {source.module.partition(":")[0] for source in installed.sources.values()}
    return installed if name in known or name in installed.sources else load_plugins([name])


@contextmanager
def _computed(
    plugins: Plugins,
    document: MappingDocument,
    object_type: str,
    streams: Streams,
    schemas: Mapping[str, Mapping[str, Any]],
    now: datetime,
) -> Iterator[StateDatabase]:
    """Give a state that has the object type's `desired_…` table."""
    database = StateDatabase.in_memory()
    try:
        filled = _fill(database, plugins, streams, schemas)
        if problems := find_problems(plugins, filled, document):
            raise Misconfigured("\n".join(map(str, problems)))
        desired = DesiredState(database, now, document.metrics)
        for each in plugins.object_types.values():
            desired.define_relations(each)
        calculators = {c: k for (o, c), k in plugins.calculators.items() if o == object_type}
        mapping = document.objects[object_type]
        failed = desired.build(plugins.object_types[object_type], mapping, calculators)
        if failed:
            told = "; ".join(f"{f.calculator} of {f.key} raised {f.message}" for f in failed)
            raise AssertionError(told)
        yield database
    finally:
        database.close()


def _fill(
    database: StateDatabase,
    plugins: Plugins,
    streams: Streams,
    schemas: Mapping[str, Mapping[str, Any]],
) -> Replica:
    filled = Replica(database)
    transforms = Transforms(plugins.callers("transform_records"), stops=True)
    for stream, rows in streams.items():
        schema, keys = _schema(stream, schemas)
        complete = [_complete(stream, row, schema) for row in rows]
        absorber = StreamAbsorber(filled, _refuse, stream, schema, keys, transforms)
        absorber.absorb_records(complete)
    return filled


def _schema(
    stream: str, schemas: Mapping[str, Mapping[str, Any]]
) -> tuple[Mapping[str, Any], list[str]]:
    if stream in schemas:
        return schemas[stream], []
    if stream in STREAMS:
        return STREAMS[stream].json_schema(), [STREAMS[stream].key]
    known = ", ".join(STREAMS)
    raise ValueError(f"There is no stream {stream!r}: give its schema, or use one of {known}.")


def _complete(stream: str, row: Row, schema: Mapping[str, Any]) -> dict[str, Any]:
    unknown = sorted(row.keys() - schema["properties"].keys())
    if unknown:
        known = ", ".join(schema["properties"])
        raise ValueError(f"The stream {stream} has no {', '.join(unknown)}. It has: {known}.")
    if "updated_at" in schema["properties"]:
        return {"updated_at": NOW.isoformat(), **row}
    return dict(row)


def _refuse(letters: Iterable[DeadLetter]) -> None:
    for letter in letters:
        raise ValueError(letter.message)
