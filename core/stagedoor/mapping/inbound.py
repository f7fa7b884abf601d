"""How an edit in HubSpot goes back: from canonical text to a field of the platform's row; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from stagedoor.extension import Codec, ObjectType, PlatformRow, Value
from stagedoor.mapping.codecs import encode_bool, encode_number
from stagedoor.mapping.document import ObjectMapping
from stagedoor.mapping.problems import Path, Problem, known
from stagedoor.mapping.properties import Property
from stagedoor.streams import STREAMS, Field, FieldType

_KEPT_BY_PLATFORM = {"created_at", "updated_at", "is_deleted", "is_anonymised"}
"""Fields that nobody but the platform sets."""


@dataclass(frozen=True, slots=True)
class WayBack:
    """Where one property's edits go on the platform, and how they are written there."""

    property: str
    stream: str
    column: str
    shared: bool
    """Whether every row of the object gets it."""
    kind: FieldType
    codec: Codec
    values: Mapping[str, str] | None

    def seen(self, value: Any) -> str | None:
        """Return HubSpot's value as canonical text.

        Raises:
            ValueError: It is none of this property's, in words for a person.
        """
        return self.codec.encode(value)

    def canonical(self, value: Any) -> str | None:
        """Return the platform's value as the mapping sends it.

        Raises:
            ValueError: It cannot be sent.
        """
        if self.values is not None and value is not None:
            text = str(value).strip()
            if text not in self.values:
                raise ValueError(f"has no entry for {text[:80]!r} in its value map")
            value = self.values[text]
        return self.codec.encode(value)

    def back(self, text: str | None) -> Value:
        """Return what the platform's field must hold for the mapping to send `text`.

        Raises:
            ValueError: No value of the field's type does.
        """
        if text is None:
            return None
        value = fitted(self._unmapped(text), self.kind)
        if self.canonical(value) != text:
            raise ValueError(f"would not come back the same from {self.stream}.{self.column}")
        return value

    def _unmapped(self, text: str) -> Any:
        if self.values is None:
            return self.codec.decode(text)
        for on_platform, in_hubspot in self.values.items():
            if self.codec.encode(in_hubspot) == text:
                return on_platform
        raise ValueError(f"has no entry that gives {text[:80]!r} in its value map")


def fitted(value: Any, kind: FieldType) -> Value:
    """Return a codec's value as a field of this type holds it.

    Raises:
        ValueError: The type cannot hold it.
    """
    match kind:
        case "boolean":
            return encode_bool(value) == "true"
        case "integer":
            number = _number(value)
            if number != number.to_integral_value():
                raise ValueError("is not a whole number")
            return int(number)
        case "decimal":
            return _number(value)
        case "timestamp":
            return _instant(value)
        case _:
            return _text(value)


def _number(value: Any) -> Decimal:
    try:
        return value if isinstance(value, Decimal) else Decimal(str(value).strip())
    except InvalidOperation:
        raise ValueError("is not a number") from None


def _instant(value: Any) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if not isinstance(value, datetime):
        value = datetime.fromisoformat(str(value))
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return str(aware.astimezone(UTC).isoformat())


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float, Decimal)):
        return encode_number(value) or ""
    return value.isoformat() if isinstance(value, date) else str(value)


def ways_back(
    mapping: ObjectMapping, object_type: ObjectType, codecs: Mapping[str, Codec]
) -> dict[str, WayBack]:
    """Return the way back of each two-way property, by its name; the mapping must be right."""
    row = object_type.row
    found: dict[str, WayBack] = {}
    if row is None:
        return found
    for name, rule in mapping.two_way.items():
        column = _place(rule, row)
        found[name] = WayBack(
            property=name,
            stream=row.stream,
            column=column.name,
            shared=column.name in row.shared,
            kind=column.type,
            codec=codecs[rule.codec],
            values=rule.values,
        )
    return found


def inbound_problems(
    entry: str, mapping: ObjectMapping, object_type: ObjectType
) -> Iterator[Problem]:
    """Yield why properties of one entry cannot be written back."""
    taken: dict[str, str] = {}
    for name, rule in mapping.two_way.items():
        path = ("objects", entry, "properties", name, "inbound" if rule.to is None else "to")
        if object_type.row is None:
            reason = f"objects of {entry} are no rows of the platform's: nothing can go back."
            yield Problem(path, reason, "Take `inbound` out.")
            continue
        try:
            column = _place(rule, object_type.row).name
        except LookupError as error:
            yield Problem(path, str(error.args[0]), str(error.args[1]))
            continue
        other = taken.setdefault(column, name)
        if other != name:
            reason = f"both {other} and {name} would go to {object_type.row.stream}.{column}."
            yield Problem(path, reason, "Let one of them go back.")
    yield from _creates(("objects", entry, "creates"), mapping, object_type)


def _creates(path: Path, mapping: ObjectMapping, object_type: ObjectType) -> Iterator[Problem]:
    if not mapping.creates:
        return
    match = mapping.properties[mapping.match_key]
    if object_type.row is None:
        yield Problem(path, "its objects are no rows of the platform's.", "Take it out.")
    elif not match.inbound and match.from_ != "key":
        yield Problem(
            path,
            f"a new row would lack {mapping.match_key}, by which its object is found.",
            f"Give {mapping.match_key} `inbound: true`.",
        )


def _place(rule: Property, row: PlatformRow) -> Field:
    """Return the field of the row that a property's edits go to.

    Raises:
        LookupError: There is none; with the reason and the remedy.
    """
    spec = STREAMS[row.stream]
    fields = {f.name: f for f in spec.fields}
    free = [n for n, f in fields.items() if n not in _KEPT_BY_PLATFORM and f.type != "json"]
    free.remove(spec.key)
    if rule.to is not None:
        stream, _, column = rule.to.partition(".")
        if stream != row.stream:
            raise LookupError(
                f"its objects are rows of {row.stream}, not of {stream!r}.",
                f"Write `to: {row.stream}.…`.",
            )
        if column not in free:
            raise LookupError(f"{stream} has no column {column!r} to write.", known(column, free))
        return fields[column]
    source = rule.from_ or ""
    plain = row.columns is None or source in row.columns
    if source in fields and source not in free:
        raise LookupError(f"the platform alone sets {source!r}.", "Take `inbound` out.")
    if not plain or source not in free:
        raise LookupError(
            f"`from: {source}` is no plain column of {row.stream}, so that nobody knows where an "
            "edit goes.",
            f"Write `to: {row.stream}.…`, or take `inbound` out.",
        )
    return fields[source]
