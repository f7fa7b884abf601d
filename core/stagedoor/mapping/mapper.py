"""Applies one object mapping to source rows; pure, one row at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
from string import Formatter
from typing import Any

from stagedoor.errors import Misconfigured
from stagedoor.extension import Codec, Row
from stagedoor.mapping.document import ObjectMapping
from stagedoor.mapping.properties import NullPolicy, Property, UpdateMode
from stagedoor.model import Desired, ObjectRef, Refusal

CALCULATED = "calculated:"
"""Prefix of the row columns that hold calculators' values."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """A source row after mapping: what to send, and which properties had to be withheld."""

    ref: ObjectRef
    desired: Desired | None
    """Absent when the match key has no usable value."""
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class Traced:
    """One property of one row: what its source says, and what becomes of it."""

    name: str
    source: Any
    result: str | None
    problem: str | None = None
    """Why the value cannot be sent."""


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    read: Callable[[Row], Any]
    encode: Callable[[Any], str | None]
    values: Mapping[str, str] | None
    default: str | None
    clears: bool
    calculator: str | None


class ObjectMapper:
    """Turns rows of one object type's source into `Desired` objects."""

    def __init__(
        self, object_type: str, mapping: ObjectMapping, codecs: Mapping[str, Codec]
    ) -> None:
        """Compile the mapping.

        Raises:
            Misconfigured: A property names a codec that no plugin registers.
        """
        self.object_type = object_type
        self.match_key = mapping.match_key
        self._rules = tuple(
            _rule(object_type, name, entry, codecs) for name, entry in mapping.properties.items()
        )
        self.only_new = frozenset(
            name
            for name, entry in mapping.properties.items()
            if entry.update_mode is UpdateMode.IF_NEW
        )

    def map(self, row: Row, failed: Collection[str] = ()) -> Mapped:
        """Return what HubSpot should hold for `row`, a row with `key` and `source_hash`.

        A value that cannot be sent is withheld and reported; the rest of the object goes on.
        So is a property whose calculator is among `failed`. Without a usable match key nothing
        can be sent, and `desired` is absent.
        """
        ref = ObjectRef(self.object_type, row["key"])
        properties: dict[str, str | None] = {}
        refusals: list[Refusal] = []
        for rule in self._rules:
            if rule.calculator in failed:
                continue
            try:
                value = _apply(rule, row)
            except ValueError as error:
                refusals.append(_refusal(rule.name, str(error)))
                continue
            if value is not None or rule.clears:
                properties[rule.name] = value
        match_value = properties.get(self.match_key)
        if match_value is None:
            return Mapped(ref, None, (_without_match_key(self.match_key, refusals),))
        desired = Desired(ref, match_value, properties, row["source_hash"])
        return Mapped(ref, desired, tuple(refusals))

    def trace(self, row: Row) -> Iterator[Traced]:
        """Yield each property's way from the source to HubSpot's text."""
        for rule in self._rules:
            source = rule.read(row)
            try:
                yield Traced(rule.name, source, _apply(rule, row))
            except ValueError as error:
                yield Traced(rule.name, source, None, str(error))


def _apply(rule: _Rule, row: Row) -> str | None:
    value = rule.read(row)
    if rule.values is not None and value is not None:
        text = str(value).strip()
        mapped = rule.values.get(text, rule.default)
        if mapped is None:
            raise ValueError(f"has no entry for {text[:80]!r} in its value map")
        value = mapped
    return rule.encode(value)


def _refusal(name: str, problem: str) -> Refusal:
    return Refusal(
        code="INVALID_VALUE",
        message=f"Property {name} was not sent: its value {problem}.",
        advice="Correct the value on the platform, or change the property's mapping; "
        "it is sent again when the record changes.",
        properties=(name,),
    )


def _without_match_key(name: str, refusals: list[Refusal]) -> Refusal:
    for refusal in refusals:
        if name in refusal.properties:
            return Refusal("INVALID_MATCH_KEY", refusal.message, refusal.advice, refusal.properties)
    return Refusal(
        code="NO_MATCH_KEY",
        message=f"The object was not sent: its match key {name} has no value.",
        advice="Give the record a value for it, or filter such records out in the mapping.",
        properties=(name,),
    )


def _rule(object_type: str, name: str, entry: Property, codecs: Mapping[str, Codec]) -> _Rule:
    codec = codecs.get(entry.codec)
    if codec is None:
        raise Misconfigured(
            f"Mapping of {object_type}.{name} names the codec {entry.codec!r}, which no plugin "
            f"registers. Known: {', '.join(sorted(codecs))}."
        )
    clears = entry.null is NullPolicy.CLEAR
    return _Rule(
        name, _reader(entry), codec.encode, entry.values, entry.default, clears, entry.calculator
    )


def _reader(entry: Property) -> Callable[[Row], Any]:
    if entry.constant is not None:
        constant = entry.constant
        return lambda _row: constant
    if entry.calculator is not None:
        return itemgetter(CALCULATED + entry.calculator)
    if entry.template is not None:
        return _template(entry.template)
    return _column(entry.from_ or "")


def _column(path: str) -> Callable[[Row], Any]:
    column, *inner = path.split(".")
    if not inner:
        return lambda row: row[column]

    def read(row: Row) -> Any:
        value = row[column]
        value = json.loads(value) if isinstance(value, str) else value
        for name in inner:
            value = value.get(name) if isinstance(value, dict) else None
        return value

    return read


def _template(text: str) -> Callable[[Row], Any]:
    parts = [
        (literal, _column(name) if name else None)
        for literal, name, _, _ in Formatter().parse(text)
    ]

    def read(row: Row) -> str:
        return "".join(literal + _filled(place, row) for literal, place in parts).strip(" ·-")

    return read


def _filled(place: Callable[[Row], Any] | None, row: Row) -> str:
    value = place(row) if place else None
    return "" if value is None else str(value)


def columns_of(mapping: ObjectMapping) -> Iterator[str]:
    """Yield each source column that the mapping reads, once."""
    seen: set[str] = set()
    for entry in mapping.properties.values():
        for column in entry.columns():
            if column not in seen:
                seen.add(column)
                yield column
