"""What HubSpot should hold, computed set-based over the replica.

Each object type becomes a temporary table `desired_<type>`: the columns that its mapping reads,
its calculators' values, `key` and `source_hash`. The whole type is computed at each run, so that
nothing depends on knowing which rows were touched; comparing hashes with the ledger leaves the
few that need Python. See docs/adr/0001-compute-all-compare-hashes.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import duckdb

from stagedoor.errors import Misconfigured
from stagedoor.extension import Calculator, ObjectType
from stagedoor.mapping.document import Metrics, ObjectMapping
from stagedoor.mapping.mapper import CALCULATED, columns_of, fingerprint
from stagedoor.state.calculated import calculate
from stagedoor.state.database import StateDatabase
from stagedoor.state.replica import Replica, quoted

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
SEPARATOR = "chr(31)"
ABSENT = "chr(0)"


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
        self, database: StateDatabase, now: datetime, metrics: Metrics | None = None
    ) -> None:
        """Let SQL read every stream of the replica by its bare name, and `metrics`."""
        self._database = database
        database.make_room()
        self._relations: dict[str, tuple[str, str]] = {}
        self._made: set[str] = set()
        self._set_metrics(metrics or Metrics())
        self._now = f"TIMESTAMP '{now.strftime('%Y-%m-%d %H:%M:%S.%f')}'"
        for stream in Replica(database).streams():
            database.execute(
                f"CREATE OR REPLACE TEMP VIEW {quoted(stream)} AS "
                f"SELECT * FROM replica.{quoted(stream)}"
            )

    def _set_metrics(self, metrics: Metrics) -> None:
        """Make `metrics_settings`, one row, and `exchange_rates` with the base currency's."""
        rates = {**metrics.exchange_rates, metrics.base_currency: Decimal(1)}
        listed = ", ".join(
            f"('{code}', {rate:f}::DECIMAL(18, 8))" for code, rate in sorted(rates.items())
        )
        self._database.execute(
            "CREATE OR REPLACE TEMP TABLE exchange_rates AS "
            f"SELECT * FROM (VALUES {listed}) AS rates (currency, rate)"
        )
        plain = metrics.model_dump(exclude={"exchange_rates", "base_currency"})
        columns = ", ".join(
            f"{list(value) if isinstance(value, tuple) else value} AS {name}"
            for name, value in plain.items()
        )
        self._database.execute(f"CREATE OR REPLACE TEMP TABLE metrics_settings AS SELECT {columns}")

    def define_relations(self, object_type: ObjectType) -> None:
        """Know the relations that an object type offers to all SQL."""
        for name, sql in object_type.relations.items():
            self._relations[name] = (sql, f"relation {name} of object type {object_type.name}")

    def provide(self, sql: str) -> None:
        """Materialise the relations that `sql` names, and those that they name, once."""
        words = set(_WORD.findall(sql))
        for name in words & self._relations.keys() - self._made:
            self._made.add(name)
            inner, what = self._relations[name]
            self._run(f"CREATE OR REPLACE TEMP TABLE {quoted(name)} AS {inner}", what)

    def build(
        self,
        object_type: ObjectType,
        mapping: ObjectMapping,
        calculators: Mapping[str, Calculator],
    ) -> list[FailedCalculation]:
        """Make `desired_<type>`; return the calculations that failed, object by object."""
        name = object_type.name
        self._run(
            f"CREATE OR REPLACE TEMP TABLE source AS SELECT * FROM ({object_type.sql})"
            + (f" WHERE {mapping.filter}" if mapping.filter else ""),
            f"object type {name}",
        )
        self._check_source(name, mapping)
        used = {p.calculator for p in mapping.properties.values() if p.calculator}
        failed: list[FailedCalculation] = []
        joins, columns = [], [f"s.{quoted(column)}" for column in columns_of(mapping)]
        shared = sorted({r for c in used if (r := calculators[c].relation)})
        for relation in shared:
            self.provide(relation)
            joins.append(f"LEFT JOIN {quoted(relation)} ON {quoted(relation)}.key = s.key")
        for index, calculator in enumerate(sorted(used)):
            if origin := calculators[calculator].relation:
                value = f"{quoted(origin)}.{quoted(calculator)}"
            else:
                table = f"value_{index}"
                failed += self._calculate(calculators[calculator], table)
                joins.append(f"LEFT JOIN {table} ON {table}.key = s.key")
                value = f"{table}.value"
            columns.append(f"{value} AS {quoted(CALCULATED + calculator)}")
        self._hash(name, mapping, calculators, columns, joins)
        return failed

    def _calculate(self, calculator: Calculator, table: str) -> list[FailedCalculation]:
        what = f"calculator {calculator.object_type}.{calculator.name}"
        if calculator.sql is not None:
            self._run(f"CREATE OR REPLACE TEMP TABLE {table} AS {calculator.sql}", what)
            return []
        if calculator.rows is None or calculator.function is None:
            raise Misconfigured(
                f"The {what} has neither `sql`, `relation`, nor `rows` with a `function`."
            )
        self._run(f"CREATE OR REPLACE TEMP TABLE inputs AS {calculator.rows}", what)
        return [
            FailedCalculation(calculator.object_type, calculator.name, key, message)
            for key, message in calculate(self._database, calculator, table)
        ]

    def _hash(
        self,
        name: str,
        mapping: ObjectMapping,
        calculators: Mapping[str, Calculator],
        columns: list[str],
        joins: list[str],
    ) -> None:
        body = ", ".join(columns)
        self._database.execute(
            f"CREATE OR REPLACE TEMP TABLE joined AS "
            f"SELECT s.key, {body} FROM source s {' '.join(joins)}"
        )
        names = [
            row[0]
            for row in self._database.rows("SELECT column_name FROM (DESCRIBE joined)")
            if row[0] != "key" or "key" in columns_of(mapping)
        ]
        texts = ", ".join(f"coalesce({quoted(n)}::VARCHAR, {ABSENT})" for n in names)
        mark = fingerprint(mapping, calculators)
        self._database.execute(
            f"CREATE OR REPLACE TEMP TABLE {quoted('desired_' + name)} AS SELECT *, "
            f"md5(concat_ws({SEPARATOR}, '{mark}', {texts})) AS source_hash FROM joined"
        )
        self._database.execute("DROP TABLE joined; DROP TABLE source")

    def _check_source(self, name: str, mapping: ObjectMapping) -> None:
        offered = {r[0] for r in self._database.rows("SELECT column_name FROM (DESCRIBE source)")}
        missing = sorted(set(columns_of(mapping)) - offered)
        if missing:
            raise Misconfigured(
                f"The mapping of {name} reads {', '.join(missing)}, which its source does not "
                f"have. It has: {', '.join(sorted(offered))}."
            )
        double = self._database.rows("SELECT key FROM source GROUP BY key HAVING count(*) > 1")
        if "key" not in offered or double:
            raise Misconfigured(
                f"The SQL of object type {name} must give one row per `key`; "
                f"{len(double)} keys have several. Mend the plugin that registers it."
            )

    def _run(self, sql: str, what: str) -> None:
        self.provide(sql)
        try:
            self._database.execute(sql.replace("$now", self._now))
        except duckdb.Error as error:
            first_line = str(error).splitlines()[0]
            raise Misconfigured(
                f"The SQL of {what} fails: {first_line}. Mend the plugin that registers it."
            ) from error
