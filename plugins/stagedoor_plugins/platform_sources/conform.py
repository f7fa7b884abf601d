"""Turns a database value into the JSON value that a stream's schema asks for.

What cannot be turned goes on as text: the target then keeps the record as a dead letter that
names the field, and nothing is lost.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from stagedoor.streams import FieldType, StreamSpec

Conform = Callable[[Any], Any]


def conformer(spec: StreamSpec, name: str) -> Conform:
    """Return the function for one field of a stream."""
    kind = next(field.type for field in spec.fields if field.name == name)
    return _CONFORM[kind]


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


def _integer(value: Any) -> Any:
    if value is None or isinstance(value, int):
        return value
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    return int(number) if number.is_finite() and number == int(number) else str(value)


def _decimal(value: Any) -> Any:
    if value is None:
        return None
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        return str(value)
    return number if number.is_finite() else str(value)


def _boolean(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if value in (0, 1):
        return bool(value)
    word = str(value).strip().lower()
    return {"true": True, "t": True, "yes": True, "false": False, "f": False, "no": False}.get(
        word, str(value)
    )


def _timestamp(value: Any) -> str | None:
    """Return ISO 8601 in UTC; an instant without time zone is taken as UTC."""
    if value is None:
        return None
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return str(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if not isinstance(value, datetime):
        return str(value)
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat()


def _json(value: Any) -> Any:
    if value is None or isinstance(value, dict):
        return value
    try:
        return json.loads(value)
    except (TypeError, ValueError):
        return str(value)


_CONFORM: dict[FieldType, Conform] = {
    "string": _text,
    "integer": _integer,
    "decimal": _decimal,
    "boolean": _boolean,
    "timestamp": _timestamp,
    "json": _json,
}
