"""One table that takes writes for a stream, and how one of its rows is written."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Boolean, Connection, DateTime, Table, func, select, update

from stagedoor.extension import PlatformChange, PlatformOutcome, Value
from stagedoor.streams import StreamSpec
from stagedoor_plugins.platform_sources.conform import conformer


@dataclass(frozen=True)
class WritableTable:
    """A table, and which fields of its stream may be written."""

    spec: StreamSpec
    table: Table
    columns: Mapping[str, str]
    """Column of the database by field of the stream, where it has another name."""
    fields: Collection[str]

    @property
    def key(self) -> Any:
        """The column that tells rows apart."""
        return self.column(self.spec.key)

    def column(self, name: str) -> Any:
        """Return the column of a field."""
        return self.table.columns[self.columns.get(name, name)]

    def has(self, name: str) -> bool:
        """Whether the table has a column for a field."""
        return self.columns.get(name, name) in self.table.columns

    def closed(self, change: PlatformChange) -> dict[str, str]:
        """Return the fields of a change that may not be written, and why."""
        return {
            name: f"{name} of {change.stream} may not be written: list it in "
            f"`sql.writable.{change.stream}`"
            if self.has(name)
            else f"the platform's table has no column for {name} of {change.stream}"
            for name in change.values
            if name not in self.fields or not self.has(name)
        }

    def typed(self, name: str, value: Value) -> Any:
        """Return a field's value as its column takes it."""
        kind = self.column(name).type
        if isinstance(kind, DateTime) and isinstance(value, str):
            moment = datetime.fromisoformat(value)
            return moment if kind.timezone else moment.astimezone(UTC).replace(tzinfo=None)
        if isinstance(value, bool) and not isinstance(kind, Boolean):
            return int(value)
        return value

    def is_taken(self, connection: Connection, name: str, value: Value) -> bool:
        """Whether a row has a value in a field, whatever its case and spaces around it."""
        if not self.has(name) or value is None:
            return False
        column = func.lower(func.trim(self.column(name)))
        query = select(self.key).where(column == str(value).strip().lower()).limit(1)
        return connection.execute(query).first() is not None

    def new_row(
        self, change: PlatformChange, moment: datetime
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """Return a new row by column, and the fields that are left out, with why."""
        closed = self.closed(change)
        values: dict[str, Value] = {n: v for n, v in change.values.items() if n not in closed}
        values[self.spec.key] = change.key
        for name in ("created_at", self.spec.replication_key):
            if self.has(name):
                values[name] = moment.isoformat()
        return {self.column(n).name: self.typed(n, v) for n, v in values.items()}, closed


def write_row(
    connection: Connection,
    target: WritableTable,
    change: PlatformChange,
    moment: datetime | None,
) -> PlatformOutcome:
    """Write the fields of one row that hold what was expected; `moment` sets `updated_at`."""
    closed = target.closed(change)
    values = {n: v for n, v in change.values.items() if n not in closed}
    guards = {n: target.typed(n, change.expected[n]) for n in values if n in change.expected}
    if values and _update(connection, target, change.key, values, guards, moment):
        return PlatformOutcome(change, tuple(values), invalid=closed)
    query = select(*(target.column(n).label(n) for n in values)).where(target.key == change.key)
    found = connection.execute(query.with_for_update()).first() if values else None
    if found is None:
        why = f"the platform has no row {change.key} in {change.stream}"
        return PlatformOutcome(change, invalid={**closed, **dict.fromkeys(values, why)})
    raw = dict(found._mapping)
    now = {n: conformer(target.spec, n)(raw[n]) for n in values}
    same = {n for n, value in values.items() if now[n] == value}
    moved = {n for n in guards if n not in same and now[n] != change.expected[n]}
    rest = {n: v for n, v in values.items() if n not in same and n not in moved}
    if rest and not _update(
        connection, target, change.key, rest, {n: raw[n] for n in rest}, moment
    ):
        moved |= rest.keys()  # between reading and writing: they are looked at again
        rest = {}
    return PlatformOutcome(change, (*same, *rest), {n: now[n] for n in moved}, closed)


def _update(
    connection: Connection,
    target: WritableTable,
    key: str,
    values: Mapping[str, Value],
    guards: Mapping[str, Any],
    moment: datetime | None,
) -> bool:
    """Set the fields of one row if its guarded ones hold what they held; say whether it did."""
    row = {target.column(n).name: target.typed(n, v) for n, v in values.items()}
    changed = target.spec.replication_key
    if moment is not None and target.has(changed):
        row[target.column(changed).name] = target.typed(changed, moment.isoformat())
    held = [target.column(n).is_not_distinct_from(v) for n, v in guards.items()]
    statement = update(target.table).where(target.key == key, *held).values(row)
    return bool(connection.execute(statement).rowcount == 1)
