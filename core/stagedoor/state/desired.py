"""What HubSpot should hold, computed set-based over the replica.

Each object type becomes a temporary table `desired_<type>`: the columns that its mapping reads,
its calculators' values, `key` and `source_hash`. The whole type is computed at each run, so that
nothing depends on knowing which rows were touched; comparing hashes with the ledger leaves the
few that need Python. See docs/adr/0001-compute-all-compare-hashes.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import duckdb

from stagedoor.errors import Misconfigured, Unavailable
from stagedoor.extension import Calculator, ObjectType
from stagedoor.mapping.document import Metrics, ObjectMapping, People
from stagedoor.mapping.fingerprint import fingerprint
from stagedoor.mapping.mapper import CALCULATED, columns_of
from stagedoor.mapping.object_types import gone_view, seen_view
from stagedoor.state.calculated import calculate
from stagedoor.state.database import StateDatabase
from stagedoor.state.kept import Kept
from stagedoor.state.narrowing import Narrowing
from stagedoor.state.replica import Replica, quoted
from stagedoor.state.sightings import views_of, with_gone
from stagedoor.streams import STREAMS

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
SEPARATOR = "chr(31)"
ABSENT = "chr(0)"
MEND_PLUGIN = "Mend the plugin that registers it."
MEND_ENTRY = "Mend the entry's `sql` and `filter`: stagedoor mapping check."


@dataclass(frozen=True, slots=True)
class FailedCalculation:
    """A calculator that raised for one object; its property is withheld."""

    object_type: str
    calculator: str
    key: str
    message: str


class DesiredState:
    """Builds the temporary tables of one run; `now` is the run's start, UTC."""

    def __init__(
        self,
        database: StateDatabase,
        now: datetime,
        metrics: Metrics | None = None,
        people: People | None = None,
    ) -> None:
        """Let SQL read every stream of the replica by its bare name, and the settings.

        Temporary tables come first: where a stream is called like a relation, its bare name
        means the relation, and `replica.<stream>` the stream.
        """
        self._database = database
        database.make_room()
        self._relations: dict[str, tuple[str, str]] = {}
        self._made: set[str] = set()
        self.empty: set[str] = set()
        """Object types of which a narrowed run is about nothing; their tables lack columns."""
        self._set_metrics(metrics or Metrics())
        self._set_people(people or People())
        self._now = f"TIMESTAMP '{now.strftime('%Y-%m-%d %H:%M:%S.%f')}'"
        self.kept = Kept(database, now, self.run, {})
        database.make("search path", "SET search_path = 'replica'")
        gone_from = with_gone(database)
        for stream in Replica(database).streams():
            self._show(stream, gone_from)

    def _show(self, stream: str, gone_from: Collection[str]) -> None:
        """Let SQL read a stream as full reads show it; what has vanished stands apart."""
        columns = tuple(self._database.streams()[stream].items())
        seen, gone = views_of(self._database, stream, gone_from)
        views = {seen_view(stream): seen, gone_view(stream): gone}
        if stream in STREAMS:
            views[stream] = seen
        for name, sql in views.items():
            view = f"CREATE OR REPLACE TEMP VIEW {quoted(name)} AS {sql}"
            self._database.make(f"view {name}", view, columns)

    def _set_metrics(self, metrics: Metrics) -> None:
        """Make `metrics_settings`, one row, and `exchange_rates` with the base currency's."""
        rates = {**metrics.exchange_rates, metrics.base_currency: Decimal(1)}
        listed = ", ".join(
            f"('{code}', {rate:f}::DECIMAL(18, 8))" for code, rate in sorted(rates.items())
        )
        self._database.make(
            "exchange_rates",
            "CREATE OR REPLACE TEMP TABLE exchange_rates AS "
            f"SELECT * FROM (VALUES {listed}) AS rates (currency, rate)",
        )
        plain = metrics.model_dump(exclude={"exchange_rates", "base_currency"})
        columns = ", ".join(
            f"{list(value) if isinstance(value, tuple) else value} AS {name}"
            for name, value in plain.items()
        )
        made = f"CREATE OR REPLACE TEMP TABLE metrics_settings AS SELECT {columns}"
        self._database.make("metrics_settings", made)

    def _set_people(self, people: People) -> None:
        """Make `people_settings`, one row."""
        self._database.make(
            "people_settings",
            "CREATE OR REPLACE TEMP TABLE people_settings AS "
            f"SELECT {people.attendees}::BOOLEAN AS attendees",
        )

    def define_relations(self, object_type: ObjectType) -> None:
        """Know the relations that an object type offers to all SQL."""
        for name, sql in object_type.relations.items():
            self._relations[name] = (sql, f"relation {name} of object type {object_type.name}")
        self.kept.relations |= {kept.name: kept for kept in object_type.kept}

    def provide(self, sql: str) -> None:
        """Materialise the relations that `sql` names, and those that they name, once."""
        words = set(_WORD.findall(sql))
        if words & self.kept.names():
            self.kept.bring_up_to_date()
        for name in words & self._relations.keys() - self._made:
            self._made.add(name)
            inner, what = self._relations[name]
            self.run(f"CREATE OR REPLACE TEMP TABLE {quoted(name)} AS {inner}", what)

    def build(
        self,
        object_type: ObjectType,
        mapping: ObjectMapping,
        calculators: Mapping[str, Calculator],
        mark: str = "",
        narrowing: Narrowing | None = None,
    ) -> list[FailedCalculation]:
        """Make `desired_<type>`; return the calculations that failed, object by object.

        `mark` is a part of each hash: with another one every object is looked at again. A
        `narrowing` leaves out what a run is not about.
        """
        name = object_type.name
        self._select(object_type, mapping, narrowing)
        if narrowing is not None and not self._database.scalar("SELECT count(*) FROM source"):
            self.empty.add(name)
            table = quoted(f"desired_{name}")
            self._database.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS FROM source")
            self._database.execute("DROP TABLE source")
            return []
        details = [c for c in columns_of(mapping) if c in object_type.details]
        own = [column for column in columns_of(mapping) if column not in details]
        self._check_source(object_type, mapping, own)
        used = {p.calculator for p in mapping.properties.values() if p.calculator}
        within = str if narrowing is None else _of_source
        failed: list[FailedCalculation] = []
        joins, columns = [], [f"s.{quoted(column)}" for column in own]
        for index, detail in enumerate(details):
            table = f"detail_{index}"
            self.run(
                f"CREATE OR REPLACE TEMP TABLE {table} AS {within(object_type.details[detail])}",
                f"the detail {detail} of object type {name}",
            )
            joins.append(f"LEFT JOIN {table} ON {table}.key = s.key")
            columns.append(f"{table}.value AS {quoted(detail)}")
        shared = sorted({r for c in used if (r := calculators[c].relation)})
        for relation in shared:
            self.provide(relation)
            joins.append(f"LEFT JOIN {quoted(relation)} ON {quoted(relation)}.key = s.key")
        for index, calculator in enumerate(sorted(used)):
            if origin := calculators[calculator].relation:
                value = f"{quoted(origin)}.{quoted(calculator)}"
            else:
                table = f"value_{index}"
                failed += self._calculate(calculators[calculator], table, within)
                joins.append(f"LEFT JOIN {table} ON {table}.key = s.key")
                value = f"{table}.value"
            columns.append(f"{value} AS {quoted(CALCULATED + calculator)}")
        self._database.execute(
            "CREATE OR REPLACE TEMP TABLE joined AS "
            f"SELECT s.key, {', '.join(columns)} FROM source s {' '.join(joins)}"
        )
        self._check_joined(name, [calculators[c] for c in used if calculators[c].function is None])
        self._hash(name, mapping, fingerprint(mapping, calculators) + mark)
        return failed

    def _select(
        self, object_type: ObjectType, mapping: ObjectMapping, narrowing: Narrowing | None
    ) -> None:
        """Make `source`: the rows of an object type that its entry takes, and a run is about."""
        if narrowing is None:
            self._source(object_type, mapping, [mapping.filter])
            return
        match_column = mapping.properties[mapping.match_key].from_
        if match_column is not None and "." in match_column:
            match_column = None  # a detail is none of the source's columns
        about = narrowing.condition(object_type.name, match_column)
        self._source(object_type, mapping, [mapping.filter, about])
        if former := narrowing.former(object_type.name, match_column):
            about = narrowing.condition(object_type.name, match_column, former)
            self._source(object_type, mapping, [mapping.filter, about])

    def _source(
        self, object_type: ObjectType, mapping: ObjectMapping, conditions: Iterable[str | None]
    ) -> None:
        where = " AND ".join(f"({condition})" for condition in conditions if condition)
        self.run(
            f"CREATE OR REPLACE TEMP TABLE source AS SELECT * FROM ({object_type.sql})"
            + (f" WHERE {where}" if where else ""),
            f"object type {object_type.name}",
            MEND_ENTRY if mapping.filter or mapping.sql or mapping.stream else MEND_PLUGIN,
        )

    def _calculate(
        self, calculator: Calculator, table: str, within: Callable[[str], str]
    ) -> list[FailedCalculation]:
        what = f"calculator {calculator.object_type}.{calculator.name}"
        if calculator.sql is not None:
            self.run(f"CREATE OR REPLACE TEMP TABLE {table} AS {within(calculator.sql)}", what)
            return []
        if calculator.rows is None or calculator.function is None:
            raise Misconfigured(
                f"The {what} has neither `sql`, `relation`, nor `rows` with a `function`."
            )
        self.run(f"CREATE OR REPLACE TEMP TABLE inputs AS {within(calculator.rows)}", what)
        return [
            FailedCalculation(calculator.object_type, calculator.name, key, message)
            for key, message in calculate(self._database, calculator, table)
        ]

    def _hash(self, name: str, mapping: ObjectMapping, mark: str) -> None:
        names = [
            row[0]
            for row in self._database.rows("SELECT column_name FROM (DESCRIBE joined)")
            if row[0] != "key" or "key" in columns_of(mapping)
        ]
        texts = ", ".join(f"coalesce({quoted(n)}::VARCHAR, {ABSENT})" for n in names)
        self._database.execute(
            f"CREATE OR REPLACE TEMP TABLE {quoted('desired_' + name)} AS SELECT *, "
            f"md5(concat_ws({SEPARATOR}, '{mark}', {texts})) AS source_hash FROM joined"
        )
        self._database.execute("DROP TABLE joined; DROP TABLE source")

    def _check_source(
        self, object_type: ObjectType, mapping: ObjectMapping, columns: Sequence[str]
    ) -> None:
        name = object_type.name
        offered = {r[0] for r in self._database.rows("SELECT column_name FROM (DESCRIBE source)")}
        missing = sorted(set(columns) - offered)
        if missing:
            raise Misconfigured(
                f"The mapping of {name} reads {', '.join(missing)}, which its source does not "
                f"have. It has: {', '.join(sorted(offered | object_type.details.keys()))}."
            )
        double = self._database.rows("SELECT key FROM source GROUP BY key HAVING count(*) > 1")
        if "key" not in offered or double:
            raise Misconfigured(
                f"The SQL of object type {name} must give one row per `key`; "
                f"{len(double)} keys have several. {_remedy(mapping)}"
            )

    def _check_joined(self, name: str, calculators: Iterable[Calculator]) -> None:
        """Make sure that no calculator gave a key twice, which would make an object twice."""
        rows, objects = (
            self._database.scalar(f"SELECT count(*) FROM {table}") for table in ("joined", "source")
        )
        for calculator in calculators if rows != objects else ():
            sql = calculator.sql or f"SELECT key FROM {quoted(calculator.relation or '')}"
            double = self._database.scalar(
                f"SELECT count(*) FROM (SELECT 1 FROM ({sql.replace('$now', self._now)}) "
                "GROUP BY key HAVING count(*) > 1)"
            )
            if double:
                raise Misconfigured(
                    f"The calculator {name}.{calculator.name} gives several values each for "
                    f"{double:,} keys. Let its SQL give one row per `key`."
                )

    def materialise(self, table: str, sql: str, what: str) -> list[str]:
        """Make a temporary table of any SQL over streams and relations; return its columns."""
        self.run(f"CREATE OR REPLACE TEMP TABLE {quoted(table)} AS {sql}", what, MEND_ENTRY)
        described = f"SELECT column_name FROM (DESCRIBE {quoted(table)})"
        return [str(row[0]) for row in self._database.rows(described)]

    def run(self, sql: str, what: str, remedy: str = MEND_PLUGIN) -> None:
        """Execute a statement that may name streams, relations and `$now`.

        Raises:
            Misconfigured: DuckDB refuses it; `what` and `remedy` are part of the sentence.
            Unavailable: The machine has not enough memory for it.
        """
        self.provide(sql)
        try:
            self._database.execute(sql.replace("$now", self._now))
        except duckdb.OutOfMemoryException as error:
            raise Unavailable(
                f"There is not enough memory for the SQL of {what}. Nothing of it was pushed; what "
                "is pending stays pending. Run again on a machine with more memory."
            ) from error
        except duckdb.Error as error:
            first_line = str(error).splitlines()[0]
            raise Misconfigured(f"The SQL of {what} fails: {first_line}. {remedy}") from error


def _of_source(sql: str) -> str:
    """Return what a SELECT gives for the objects in `source`."""
    return f"SELECT * FROM ({sql}) WHERE key IN (SELECT key FROM source)"


def _remedy(mapping: ObjectMapping) -> str:
    if mapping.stream is not None:
        return "Name more columns as `key` in the mapping."
    return MEND_ENTRY if mapping.sql is not None else MEND_PLUGIN
