"""Turns decisions into changes of platform rows, writes them, and tells what became of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from stagedoor.extension import (
    BatchWriter,
    PlatformChange,
    PlatformOutcome,
    PlatformWriter,
    Value,
)
from stagedoor.mapping.inbound import WayBack
from stagedoor.model import ObjectRef, Properties
from stagedoor.state.platform_rows import ObjectRows, Patch, Row, pieces
from stagedoor.state.writing import Begun
from stagedoor.sync.our_side import Entry

Place: TypeAlias = tuple[ObjectRef, str]
"""One property of one object."""


@dataclass
class Written:
    """What became of the properties that the platform was to be given."""

    patches: list[Patch] = field(default_factory=list)
    """Fields that hold what we wrote."""
    found: list[Patch] = field(default_factory=list)
    """Fields that somebody else changed meanwhile."""
    conflicts: set[Place] = field(default_factory=set)
    invalid: dict[Place, str] = field(default_factory=dict)


def begun_by(
    entry: Entry, wanted: Mapping[ObjectRef, tuple[ObjectRows, Properties, Properties]]
) -> Iterator[Begun]:
    """Yield the writes that decisions lead to: the object's own row, and what HubSpot holds."""
    for ref, (rows, properties, theirs) in wanted.items():
        for name, text in properties.items() if rows.main is not None else ():
            way = entry.ways[name]
            try:
                value = way.back(text)
            except ValueError:
                continue
            if rows.main is not None:
                patch = Patch(way.stream, rows.main.key, way.column, value)
                before = rows.main.fields[way.column]
                yield Begun(ref, name, theirs.get(name), patch, before=before)


def write_back(
    writer: PlatformWriter,
    entry: Entry,
    wanted: Mapping[ObjectRef, tuple[ObjectRows, Properties]],
) -> Written:
    """Give the platform's rows the values that were decided.

    Raises:
        Unavailable: The platform cannot be reached; any of them may be still to be made.
    """
    written = Written()
    owners: dict[tuple[str, str, str], Place] = {}
    changes: dict[tuple[str, str], PlatformChange] = {}
    for ref, (rows, properties) in wanted.items():
        for name, text in properties.items():
            way = entry.ways[name]
            try:
                value = way.back(text)
            except ValueError as error:
                written.invalid[ref, name] = f"it {error}"
                continue
            for row in pieces(rows, shared=way.shared):
                _add(changes, way, row, value)
                owners[way.stream, row.key, way.column] = (ref, name)
    for outcome in _outcomes(writer, list(changes.values())):
        _account(outcome, owners, written)
    return written


def _add(
    changes: dict[tuple[str, str], PlatformChange], way: WayBack, row: Row, value: Value
) -> None:
    change = changes.setdefault(
        (way.stream, row.key), PlatformChange(way.stream, row.key, values={}, expected={})
    )
    changes[way.stream, row.key] = PlatformChange(
        way.stream,
        row.key,
        {**change.values, way.column: value},
        {**change.expected, way.column: row.fields[way.column]},
    )


def _outcomes(
    writer: PlatformWriter, changes: Sequence[PlatformChange]
) -> Iterator[PlatformOutcome]:
    if isinstance(writer, BatchWriter):
        yield from writer.write_batch(changes) if changes else ()
    else:
        yield from map(writer.write, changes)


def _account(
    outcome: PlatformOutcome, owners: Mapping[tuple[str, str, str], Place], written: Written
) -> None:
    change = outcome.change
    stream, key = change.stream, change.key
    written.patches += [Patch(stream, key, f, change.values[f]) for f in outcome.written]
    for name, now in outcome.conflicts.items():
        written.found.append(Patch(stream, key, name, now))
        written.conflicts.add(owners[stream, key, name])
    for name, why in outcome.invalid.items():
        written.invalid[owners[stream, key, name]] = why
