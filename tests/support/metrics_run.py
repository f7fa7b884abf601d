"""What the calculators say of a platform, by the platform's own numbers and addresses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeAlias

import pyarrow as pa

from stagedoor.mapping.document import MappingDocument
from stagedoor.mapping.loader import assemble
from stagedoor.plugins import load_plugins
from stagedoor.state.columns import columns_of
from stagedoor.state.database import StateDatabase
from stagedoor.state.desired import DesiredState
from stagedoor.state.replica import ORDINAL, Replica
from stagedoor.streams import STREAMS

Row: TypeAlias = Mapping[str, Any]
Values: TypeAlias = dict[str, dict[str, dict[str, Any]]]
"""Values by calculator, by key, by object type."""

PLUGINS = load_plugins()
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
RATES = "{RON: 0.2, USD: 0.9, GBP: 1.15}"
Relations: TypeAlias = dict[str, Any]
RELATIONS = {
    "person_metrics": "SELECT p.address AS number, m.* FROM person_metrics m JOIN people p "
    "USING (key)",
    **{
        name: f"SELECT split_part(key, ':', 2) AS number, * FROM {name}"
        for name in ("company_metrics", "order_metrics", "event_metrics")
    },
}
OBJECT_TYPES = ("contacts", "companies", "deals", "marketing_events")


@dataclass(frozen=True)
class Settings:
    """A mapping document with all metrics."""

    metrics: str = f"exchange_rates: {RATES}"
    attendees: bool = False

    @property
    def text(self) -> str:
        """The document."""
        people = f"people: {{attendees: {str(self.attendees).lower()}}}"
        return f"extends: [metrics, marketing_events]\nmetrics: {{{self.metrics}}}\n{people}\n"


def absorb(database: StateDatabase, stream: str, rows: Sequence[Row]) -> None:
    """Let the replica take over some rows of a stream, in one batch."""
    spec = STREAMS[stream]
    columns = columns_of(spec.json_schema())
    table = pa.table(
        {c.name: pa.array([_text(row.get(c.name)) for row in rows], pa.string()) for c in columns}
        | {ORDINAL: pa.array(range(len(rows)), pa.int64())}
    )
    taken = Replica(database).absorb(stream, columns, [spec.key], table)
    assert taken.bad == ()


def lose(database: StateDatabase, rows: Iterable[tuple[str, str]]) -> None:
    """Let these rows, and no others, be those that the last two full reads did not show."""
    database.execute("DELETE FROM sightings.keys; DELETE FROM sightings.missing")
    for stream, key in sorted(rows):
        database.execute("INSERT INTO sightings.missing VALUES (?, ?, 2, false)", [stream, key])
        database.execute("DELETE FROM sightings.keys WHERE stream = ?", [stream])
        database.execute(
            "INSERT INTO sightings.keys VALUES (?, [?])", [stream, STREAMS[stream].key]
        )


def _text(value: Any) -> str | None:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC).isoformat()
    return None if value is None else str(value)


def computed(
    database: StateDatabase, now: datetime = NOW, settings: Settings | None = None
) -> Values:
    """Return all metrics, and what else calculators say."""
    document = _document(settings)
    desired = DesiredState(database, now, document.metrics, document.people)
    for object_type in PLUGINS.object_types.values():
        desired.define_relations(object_type)
    return {name: _values(database, desired, document.objects[name], name) for name in OBJECT_TYPES}


def _document(settings: Settings | None) -> MappingDocument:
    text = (settings or Settings()).text
    return assemble(PLUGINS.object_types, PLUGINS.calculators, text, bundles=PLUGINS.bundles)


def _values(
    database: StateDatabase, desired: DesiredState, mapping: Any, name: str
) -> dict[str, dict[str, Any]]:
    calculators = {c: k for (o, c), k in PLUGINS.calculators.items() if o == name}
    assert desired.build(PLUGINS.object_types[name], mapping, calculators) == []
    number = "email" if name == "contacts" else "split_part(key, ':', 2)"
    rows = database.execute(f"SELECT {number}, * EXCLUDE (source_hash) FROM desired_{name}")
    names = [column[0].removeprefix("calculated:") for column in rows.description[1:]]
    return {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows.fetchall()}


def same(value: Any, expected: Any) -> bool:
    """Whether two values are equal."""
    if isinstance(expected, Decimal) and value is not None:
        return Decimal(str(value)) == expected
    return bool(value == expected)


def related(database: StateDatabase, now: datetime, settings: Settings | None = None) -> Relations:
    """Return the relations that metrics come from, and how what is kept became current."""
    document = _document(settings)
    desired = DesiredState(database, now, document.metrics, document.people)
    for object_type in PLUGINS.object_types.values():
        desired.define_relations(object_type)
    desired.provide(" ".join(RELATIONS))
    found = {name: _rows(database, sql) for name, sql in RELATIONS.items()}
    return {**found, "kept": desired.kept.how}


def _rows(database: StateDatabase, sql: str) -> dict[str, dict[str, Any]]:
    rows = database.execute(sql)
    names = [column[0] for column in rows.description]
    listed = [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
    found = {row["number"]: row for row in listed}
    assert len(found) == len(listed)
    return found
