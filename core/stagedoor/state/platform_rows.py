"""The platform's rows behind objects: what they say now, and what we have written into them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from stagedoor.extension import PlatformRow, Value
from stagedoor.state.database import StateDatabase
from stagedoor.state.moments import in_utc
from stagedoor.state.replica import literal, quoted
from stagedoor.state.touching import touch
from stagedoor.streams import STREAMS, StreamSpec

IN_FLIGHT = "INTERVAL 1 DAY"
"""How long a read of the platform, or of HubSpot, may be on its way to us."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a platform stream, as the replica has it."""

    key: str
    fields: Mapping[str, Value]
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Patch:
    """One field of a row, as the platform has it now."""

    stream: str
    row_key: str
    field: str
    value: Value


@dataclass
class ObjectRows:
    """The rows of one object."""

    main: Row | None = None
    """The row that the object's key names."""
    others: list[Row] = field(default_factory=list)
    """Further rows that make the object, too."""


class PlatformRows:
    """Reads rows of the replica, and takes over what was written to the platform."""

    def __init__(self, database: StateDatabase) -> None:
        """Work on `database`."""
        self._database = database

    def of(
        self, row: PlatformRow, entry: str, keys: Iterable[str], fields: Sequence[str]
    ) -> dict[str, ObjectRows]:
        """Return the rows of an entry's objects, by key; `row.members` must be there for SQL.

        A row that is linked by itself is no part of another object, though it looks like one
        while two people swap addresses and the news of one of them is late.
        """
        spec = STREAMS[row.stream]
        wanted = list(keys)
        members = (
            f"UNION SELECT m.key, m.row_key FROM ({row.members}) m JOIN wanted w USING (key) "
            f"WHERE {literal(row.prefix)} || m.row_key NOT IN (SELECT key FROM ledger.objects "
            f"WHERE object_type = {literal(entry)})"
            if row.members
            else ""
        )
        names = ", ".join(f"r.{quoted(name)}" for name in fields)
        start = len(row.prefix) + 1
        row_at = _changed_at(spec, "r")
        rows = self._database.rows(
            "WITH wanted AS (SELECT unnest(?::VARCHAR[]) AS key), "
            f"parts AS (SELECT key, key[{start}:] AS row_key FROM wanted "
            f"WHERE starts_with(key, {literal(row.prefix)}) {members}) "
            f"SELECT p.key, p.row_key, {row_at}, {names} FROM parts p "
            f"JOIN replica.{quoted(row.stream)} r ON r.{quoted(spec.key)} = p.row_key "
            "WHERE NOT coalesce(r.is_deleted, false) ORDER BY p.key, p.row_key",
            [wanted],
        )
        found: dict[str, ObjectRows] = {key: ObjectRows() for key in wanted}
        for key, row_key, changed_at, *values in rows:
            told = dict(zip(fields, map(_plain, values), strict=True))
            one = Row(row_key, told, changed_at and changed_at.replace(tzinfo=UTC))
            if key == row.prefix + row_key:
                found[key].main = one
            else:
                found[key].others.append(one)
        return found

    def having(self, stream: str, name: str, texts: Iterable[str]) -> set[str]:
        """Return which of these texts, in lower case, some row has in a field, deleted or not."""
        return {
            str(row[0])
            for row in self._database.rows(
                f"SELECT DISTINCT lower(trim({quoted(name)}::VARCHAR)) AS text "
                f"FROM replica.{quoted(stream)} "
                "WHERE text IN (SELECT unnest(?::VARCHAR[]))",
                [list(texts)],
            )
        }

    def patch(self, patches: Sequence[Patch], now: datetime, *, ours: bool) -> None:
        """Take over what the platform's rows hold now; `ours` are our own writes.

        A read that began before our write may still be on its way; what we wrote is kept in mind
        for `reapply`. When somebody else's edit was made nobody knows until the row is read again.
        """
        for (stream, name), some in _grouped(patches).items():
            kind, key = self._type(stream, name), STREAMS[stream].key
            table = pa.table(
                {
                    "row_key": [patch.row_key for patch in some],
                    "value": pa.array([_told(patch.value) for patch in some], pa.string()),
                }
            )
            with self._database.registered("patches", table), self._database.transaction():
                if ours:
                    self._note(stream, name, kind, now)
                else:
                    self._overtake(stream)
                touch(self._database, stream, "SELECT row_key FROM patches")
                self._database.execute(
                    f"UPDATE replica.{quoted(stream)} r SET {quoted(name)} = p.value::{kind} "
                    f"FROM patches p WHERE r.{quoted(key)} = p.row_key"
                )

    def _overtake(self, stream: str) -> None:
        """Write down that the rows of `patches` were edited since they were read."""
        spec = STREAMS[stream]
        self._database.execute(
            f"INSERT INTO inbound.overtaken SELECT ?, p.row_key, r.{quoted(spec.replication_key)} "
            f"FROM patches p JOIN replica.{quoted(stream)} r ON r.{quoted(spec.key)} = p.row_key",
            [stream],
        )

    def _note(self, stream: str, name: str, kind: str, now: datetime) -> None:
        """Write down which of `patches` change a field, before they do."""
        key, row_at = STREAMS[stream].key, _changed_at(STREAMS[stream], "r")
        column = f"r.{quoted(name)}"
        self._database.execute(
            "CREATE OR REPLACE TEMP TABLE noted AS SELECT p.row_key, "
            f"{column}::VARCHAR AS before, p.value::{kind}::VARCHAR AS after, "
            f"{row_at} AS row_at FROM patches p "
            f"JOIN replica.{quoted(stream)} r ON r.{quoted(key)} = p.row_key "
            f"WHERE {column} IS DISTINCT FROM p.value::{kind}"
        )
        parameters = [stream, name]
        # What an earlier write of ours replaced may be on its way, too: it leads to the new value.
        self._database.execute(
            "UPDATE inbound.written w SET after = n.after FROM noted n "
            "WHERE w.stream = ? AND w.field = ? AND w.row_key = n.row_key",
            parameters,
        )
        self._database.execute(
            "INSERT INTO inbound.written SELECT ?, row_key, ?, before, after, row_at, ? FROM noted",
            [*parameters, in_utc(now)],
        )
        self._database.execute(
            "DELETE FROM inbound.written WHERE stream = ? AND field = ? "
            "AND before IS NOT DISTINCT FROM after",
            parameters,
        )

    def reapply(self, now: datetime) -> None:
        """Undo what a read from before our own writes has brought since."""
        moment = in_utc(now)
        self._database.execute(
            f"DELETE FROM inbound.written WHERE written_at < ?::TIMESTAMP - {IN_FLIGHT}", [moment]
        )
        self._forget_overtaken()
        for stream, name in self._database.rows(
            "SELECT DISTINCT stream, field FROM inbound.written ORDER BY ALL"
        ):
            kind, spec = self._type(stream, name), STREAMS[stream]
            row_at = f"r.{quoted(spec.replication_key)}"
            theirs = "SELECT row_key FROM inbound.written WHERE stream = ? AND field = ?"
            with self._database.transaction():
                touch(self._database, stream, theirs, [stream, name])
                self._database.execute(
                    f"UPDATE replica.{quoted(stream)} r SET {quoted(name)} = w.after::{kind} "
                    "FROM inbound.written w WHERE w.stream = ? AND w.field = ? "
                    f"AND r.{quoted(spec.key)} = w.row_key "
                    f"AND r.{quoted(name)}::VARCHAR IS NOT DISTINCT FROM w.before "
                    f"AND ({row_at} IS NOT DISTINCT FROM w.row_at "
                    f"OR w.row_at IS NULL AND {row_at} < w.written_at)",
                    [stream, name],
                )

    def _forget_overtaken(self) -> None:
        """Forget rows that were read again, or are gone."""
        for (stream,) in self._database.rows("SELECT DISTINCT stream FROM inbound.overtaken"):
            spec = STREAMS[stream]
            self._database.execute(
                "DELETE FROM inbound.overtaken o WHERE o.stream = ? AND NOT EXISTS ("
                f"SELECT 1 FROM replica.{quoted(stream)} r WHERE r.{quoted(spec.key)} = o.row_key "
                f"AND r.{quoted(spec.replication_key)} IS NOT DISTINCT FROM o.row_at)",
                [stream],
            )

    def add(self, stream: str, key: str, fields: Mapping[str, Value], now: datetime) -> None:
        """Take over a row that was made on the platform."""
        spec = STREAMS[stream]
        moment = now.astimezone(UTC).isoformat()
        row = {spec.key: key, **fields, spec.replication_key: moment}
        with self._database.transaction():
            self._database.execute(
                f"DELETE FROM replica.{quoted(stream)} WHERE {quoted(spec.key)} = ?", [key]
            )
            touch(self._database, stream, "SELECT ?", [key])
            names = ", ".join(map(quoted, row))
            values = ", ".join(f"?::{self._type(stream, name)}" for name in row)
            self._database.execute(
                f"INSERT INTO replica.{quoted(stream)} ({names}) SELECT {values}",
                [_told(value) for value in row.values()],
            )

    def text(self, patch: Patch) -> str | None:
        """Return a patch's value as `holds` compares it."""
        return _told(patch.value)

    def has(self, stream: str, row_key: str) -> bool:
        """Whether the replica has a row."""
        key = quoted(STREAMS[stream].key)
        found = self._database.scalar(
            f"SELECT count(*) FROM replica.{quoted(stream)} WHERE {key} = ?", [row_key]
        )
        return bool(found)

    def holds(self, stream: str, row_key: str, name: str, value: str | None) -> bool:
        """Whether a row of the replica has a value, given as text, in a field."""
        key = quoted(STREAMS[stream].key)
        found = self._database.scalar(
            f"SELECT count(*) FROM replica.{quoted(stream)} WHERE {key} = ? "
            f"AND {quoted(name)} IS NOT DISTINCT FROM ?::VARCHAR::{self._type(stream, name)}",
            [row_key, value],
        )
        return bool(found)

    def _type(self, stream: str, name: str) -> str:
        return str(
            self._database.scalar(
                "SELECT data_type FROM duckdb_columns() WHERE schema_name = 'replica' "
                "AND table_name = ? AND column_name = ?",
                [stream, name],
            )
        )


def _changed_at(spec: StreamSpec, row: str) -> str:
    """Return SQL for when a row of the replica changed last: nothing where it was overtaken."""
    moment = f"{row}.{quoted(spec.replication_key)}"
    return (
        "CASE WHEN NOT EXISTS (SELECT 1 FROM inbound.overtaken o "
        f"WHERE o.stream = {literal(spec.name)} AND o.row_key = {row}.{quoted(spec.key)} "
        f"AND o.row_at IS NOT DISTINCT FROM {moment}) THEN {moment} END"
    )


def _grouped(patches: Sequence[Patch]) -> Mapping[tuple[str, str], list[Patch]]:
    found: dict[tuple[str, str], dict[str, Patch]] = {}
    for patch in patches:
        found.setdefault((patch.stream, patch.field), {})[patch.row_key] = patch
    return {place: list(by_key.values()) for place, by_key in found.items()}


def _plain(value: Any) -> Value:
    """Return a value of the replica as a stream's schema has it."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC).isoformat()
    if isinstance(value, Decimal):
        return value.normalize() if value else Decimal(0)
    plain: Value = value
    return plain


def _told(value: Value) -> str | None:
    """Return a value as the replica's casts read it; instants are UTC in both."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def pieces(rows: ObjectRows, *, shared: bool) -> Iterator[Row]:
    """Yield the rows that take a value: the main one, and where it is shared the others."""
    if rows.main is not None:
        yield rows.main
        yield from rows.others if shared else ()
