"""Checks SQL before any of it counts: over empty tables with the streams' columns.

DuckDB binds every SELECT as it would in a run, so that a misspelt column is found at the start,
with the name of the plugin, or the place in the mapping, that has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import duckdb

from stagedoor.extension import Calculator, KeptRelations, ObjectType
from stagedoor.mapping.document import MappingDocument
from stagedoor.mapping.object_types import object_types_of
from stagedoor.mapping.problems import Path
from stagedoor.mapping.written_sql import written_sql
from stagedoor.plugins import Plugins
from stagedoor.state.columns import Column
from stagedoor.state.database import StateDatabase
from stagedoor.state.desired import DesiredState
from stagedoor.state.replica import Replica, quoted
from stagedoor.state.touched_rows import number_rows

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NOW = "TIMESTAMP '2026-01-01 00:00:00'"
_TABLE = re.compile(r"Table with name \"?(.+?)\"? does not exist")
_COLUMN = re.compile(r'(?:Referenced column|does not have a column named) "(.+?)"')


@dataclass(frozen=True, slots=True)
class SqlProblem:
    """SQL that cannot work."""

    plugin: str | None
    """Absent where the mapping document has it."""
    what: str
    """Such as `calculator contacts.points`."""
    problem: str
    may_pass: bool = False
    """Whether a tap may still bring what is missing."""
    path: Path = ()
    """Place in the mapping document."""
    is_source: bool = False
    """Whether the document makes objects from it."""

    def __str__(self) -> str:
        """Return the sentence for a person."""
        whose = f"Plugin {self.plugin!r}" if self.plugin else "The mapping"
        return f"{whose}: the SQL of {self.what} {self.problem}."


def find_problems(
    plugins: Plugins, replica: Replica | None, document: MappingDocument | None = None
) -> list[SqlProblem]:
    """Return what is wrong with the SQL that plugins registered, and with a document's.

    SQL may name the platform's streams, whatever else `replica` holds, and the relations of
    object types.
    """
    with closing(StateDatabase.in_memory()) as empty:
        streams = Replica(empty)
        for stream in replica.streams() if replica else ():
            columns = (replica.columns(stream) if replica else {}).items()
            streams.prepare(stream, tuple(Column(name, kind) for name, kind in columns))
        metrics, people = (document.metrics, document.people) if document else (None, None)
        DesiredState(empty, datetime.now(UTC), metrics, people)
        check = _Check(empty, plugins, list(streams.streams()))
        problems = list(check.problems())
        return problems if document is None else [*problems, *check.of_document(document)]


class _Check:
    """One look at all SQL, relations first."""

    def __init__(self, database: StateDatabase, plugins: Plugins, streams: list[str]) -> None:
        self._database = database
        self._plugins = plugins
        self._relations = {
            name: sql
            for object_type in plugins.object_types.values()
            for name, sql in object_type.relations.items()
        }
        self._streams = set(streams)
        self._tables = [*streams, "exchange_rates", "metrics_settings", "people_settings"]
        self._broken: set[str] = set()

    def problems(self) -> Iterator[SqlProblem]:
        for object_type in self._plugins.object_types.values():
            for kept in object_type.kept:
                yield from self._keep(object_type, kept)
        made: set[str] = set()
        for name in self._relations:
            yield from self._define(name, made)
        for object_type in self._plugins.object_types.values():
            yield from self._object_type(object_type)
        for calculator in self._plugins.calculators.values():
            yield from self._calculator(calculator)

    def of_document(self, document: MappingDocument) -> Iterator[SqlProblem]:
        """Yield what is wrong with a document's SQL; an entry whose stream never came has none."""
        filled = {
            name: object_type
            for name, object_type in object_types_of(
                document.objects, self._plugins.object_types
            ).items()
            if document.objects[name].stream in (None, *self._streams)
        }
        calculators, rules = self._plugins.calculators, self._plugins.list_rules
        for one in written_sql(document, filled, calculators, rules):
            for problem in self._select(None, one.what, one.sql, one.wanted):
                yield replace(problem, path=one.path, is_source=one.is_source)

    def _define(self, name: str, made: set[str]) -> Iterator[SqlProblem]:
        """Make a relation, after those that it names."""
        if name in made:
            return
        made.add(name)
        sql = self._relations[name]
        for inner in sorted(set(_WORD.findall(sql)) & self._relations.keys() - made):
            yield from self._define(inner, made)
        try:
            self._database.execute(
                f"CREATE TEMP TABLE {quoted(name)} AS SELECT * FROM ({_bound(sql)}) LIMIT 0"
            )
            self._tables.append(name)
        except duckdb.Error as error:
            yield from self._failed(f"relation {name}", f"relation {name}", sql, error)
            self._broken.add(name)

    def _keep(self, object_type: ObjectType, kept: KeptRelations) -> Iterator[SqlProblem]:
        """Make the kept tables, so that other SQL may name them."""
        self._database.execute("ATTACH IF NOT EXISTS ':memory:' AS kept")
        number_rows(self._database)
        for statement in kept.full:
            try:
                self._database.execute(_bound(statement))
            except duckdb.Error as error:
                origin, what = f"object type {object_type.name}", f"kept relations {kept.name}"
                yield from self._failed(origin, what, statement, error)
                return

    def _object_type(self, object_type: ObjectType) -> Iterator[SqlProblem]:
        origin = f"object type {object_type.name}"
        yield from self._select(origin, origin, object_type.sql, ("key",))
        for source in object_type.associations:
            what = f"association {source.type.name}"
            yield from self._select(origin, what, source.sql, ("from_key", "to_key"))

    def _calculator(self, calculator: Calculator) -> Iterator[SqlProblem]:
        what = f"calculator {calculator.object_type}.{calculator.name}"
        if calculator.sql is not None:
            yield from self._select(what, what, calculator.sql, ("key", "value"))
        elif calculator.relation is not None:
            if calculator.relation not in self._broken:
                sql = f"SELECT key, {quoted(calculator.name)} FROM {quoted(calculator.relation)}"
                yield from self._select(what, what, sql, ("key",))
        elif calculator.rows is not None and calculator.function is not None:
            yield from self._select(what, what, calculator.rows, ("key",))
        else:
            problem = "is missing: it needs `sql`, `relation`, or `rows` with a `function`"
            yield SqlProblem(self._plugins.origins[what], what, problem)

    def _select(
        self, origin: str | None, what: str, sql: str, wanted: tuple[str, ...]
    ) -> Iterator[SqlProblem]:
        """Check one SELECT, and that it gives the columns in `wanted`, keys as text."""
        try:
            if self._does_more(sql):
                problem = "does more than one SELECT: nothing else is run, and no second statement"
                yield SqlProblem(self._plugin(origin), what, problem)
                return
            found = dict(self._described(f"({_bound(sql)})"))
        except duckdb.Error as error:
            yield from self._failed(origin, what, sql, error)
            return
        plugin = self._plugin(origin)
        if missing := [name for name in wanted if name not in found]:
            problem = f"gives {', '.join(found)}; it must give `{'` and `'.join(wanted)}`"
            yield SqlProblem(plugin, what, f"{problem}: {', '.join(missing)} is missing")
        for name in wanted:
            kind = found.get(name, "VARCHAR")
            if name.endswith("key") and kind not in ("VARCHAR", '"NULL"'):
                yield SqlProblem(
                    plugin, what, f"gives `{name}` as {kind}; keys are text, such as 'customer:17'"
                )

    def _does_more(self, sql: str) -> bool:
        """Whether SQL, where it stands in ours, ends that and goes on with something else."""
        parsed = self._database.connection.extract_statements(f"SELECT * FROM ({_bound(sql)})")
        return [statement.type for statement in parsed] != [duckdb.StatementType.SELECT]

    def _plugin(self, origin: str | None) -> str | None:
        return None if origin is None else self._plugins.origins[origin]

    def _failed(
        self, origin: str | None, what: str, sql: str, error: duckdb.Error
    ) -> Iterator[SqlProblem]:
        text, plugin = str(error), self._plugin(origin)
        if table := _TABLE.search(text):
            name = table.group(1)
            if name not in self._broken:
                known = ", ".join(sorted(self._tables))
                problem = f"names a table {name!r} that there is not. There are: {known}"
                yield SqlProblem(plugin, what, problem, may_pass=True)
        elif column := _COLUMN.search(text):
            name = column.group(1)
            problem = f"names a column {name!r} that its tables do not have. {self._columns(sql)}"
            yield SqlProblem(plugin, what, problem, may_pass=True)
        else:
            yield SqlProblem(plugin, what, f"fails: {text.splitlines()[0].rstrip('.')}")

    def _columns(self, sql: str) -> str:
        """Return the columns of every table that `sql` names."""
        named = [table for table in self._tables if table in set(_WORD.findall(sql))]
        return "; ".join(
            f"{table} has: {', '.join(name for name, _ in self._described(quoted(table)))}"
            for table in named
        )

    def _described(self, source: str) -> list[tuple[str, str]]:
        sql = f"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {source})"
        return [(name, kind) for name, kind in self._database.rows(sql)]


def _bound(sql: str) -> str:
    return sql.strip().rstrip(";").replace("$now", _NOW) + "\n"
