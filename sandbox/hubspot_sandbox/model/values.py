"""Which values a property takes, and how HubSpot stores them.

https://developers.hubspot.com/docs/guides/api/crm/properties
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

import nh3

MAX_LENGTH = 65_536

_EMAIL = re.compile(r"[^@\s\"(),:;<>\[\\\]]+@(?:[\w-]+\.)+([a-z0-9-]{2,63})", re.IGNORECASE)
_MISSPELT_TLDS = {"con", "lcom", "comm", "ocm", "cmo", "vom", "xom", "nett", "orgg"}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_DAY_MS = 86_400_000


class Invalid(ValueError):
    """A value that HubSpot refuses: its error name and its sentence."""

    def __init__(self, error: str, message: str) -> None:
        """Keep both for the answer's list."""
        super().__init__(message)
        self.error = error


def canonical(definition: Mapping[str, Any], value: str, old: str | None = None) -> str:
    """Return `value` as HubSpot stores it; the empty text clears a property.

    A multiple choice that begins with a semicolon adds to the `old` one.

    Raises:
        Invalid: The property does not take this value.
    """
    if value == "":
        return ""
    if definition["name"] == "email":
        return email(value)
    if definition["fieldType"] == "checkbox" and value.startswith(";"):
        chosen = [*(old or "").split(";"), *value.split(";")]
        value = ";".join(dict.fromkeys(filter(None, chosen)))
    return _BY_TYPE[definition["type"]](definition, value)


def email(value: str) -> str:
    """Return an address trimmed and in lower case."""
    address = value.strip().lower()
    found = _EMAIL.fullmatch(address)
    if found is None or found.group(1) in _MISSPELT_TLDS or ".." in address:
        raise Invalid("INVALID_EMAIL", f"Email address {value} is invalid")
    return address


def _string(definition: Mapping[str, Any], value: str) -> str:
    if len(value) > MAX_LENGTH:
        raise Invalid("PROPERTY_VALUE_TOO_LONG", f"The value has over {MAX_LENGTH} characters")
    return nh3.clean(value) if definition["fieldType"] == "html" else value


def _number(_: Mapping[str, Any], value: str) -> str:
    if not _NUMBER.fullmatch(value.strip()):
        raise Invalid("INVALID_LONG", f"{value} was not a valid number.")
    try:
        number = Decimal(value.strip())
    except InvalidOperation:
        raise Invalid("INVALID_LONG", f"{value} was not a valid number.") from None
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _bool(_: Mapping[str, Any], value: str) -> str:
    if value.lower() not in ("true", "false"):
        raise Invalid(
            "INVALID_OPTION", f"{value} was not one of the allowed options: [true, false]"
        )
    return value.lower()


def _date(_: Mapping[str, Any], value: str) -> str:
    if re.fullmatch(r"-?\d+", value):
        ms = int(value)
        if ms % _DAY_MS:
            at = datetime.fromtimestamp(ms / 1000, UTC)
            spelled = f"{at:%H:%M:%S}.{ms % 1000:03d}"
            raise Invalid("INVALID_DATE", f"{value} is at {spelled} UTC, not midnight!")
        return datetime.fromtimestamp(ms / 1000, UTC).date().isoformat()
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise Invalid("INVALID_DATE", f"{value} was not a valid date.") from None


def _datetime(_: Mapping[str, Any], value: str) -> str:
    try:
        if re.fullmatch(r"-?\d+", value):
            return iso(int(value))
        parsed = datetime.fromisoformat(value)
    except (ValueError, OverflowError):
        raise Invalid("INVALID_DATE", f"{value} was not a valid datetime.") from None
    aware = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    return iso(round(aware.timestamp() * 1000))


def _enumeration(definition: Mapping[str, Any], value: str) -> str:
    allowed = [option["value"] for option in definition["options"]]
    chosen = value.split(";") if definition["fieldType"] == "checkbox" else [value]
    for choice in chosen:
        if choice and choice not in allowed:
            raise Invalid(
                "INVALID_OPTION",
                f"{choice} was not one of the allowed options: [{', '.join(allowed)}]",
            )
    return value


_BY_TYPE: dict[str, Callable[[Mapping[str, Any], str], str]] = {
    "string": _string,
    "number": _number,
    "bool": _bool,
    "date": _date,
    "datetime": _datetime,
    "enumeration": _enumeration,
    "phone_number": _string,
}


def iso(ms: int) -> str:
    """Return an instant as HubSpot writes it, `2026-11-24T18:30:00.000Z`."""
    return f"{_second(ms // 1000)}.{ms % 1000:03d}Z"


@lru_cache(maxsize=4_096)
def _second(second: int) -> str:
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}"


def forward_only(order: Sequence[str], old: str | None, new: str) -> str:
    """Return the lifecycle stage after a write: a backward one changes nothing, silently."""
    if not old or new == "" or old not in order or new not in order:
        return new
    return new if order.index(new) >= order.index(old) else old


ID_DIGITS = 18
"""The most that SQLite surely keeps as a number."""


def record_id(given: object) -> int | None:
    """Return the id that a call gives; nothing for what is none, or too long for one."""
    text = str(given)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= ID_DIGITS else None
