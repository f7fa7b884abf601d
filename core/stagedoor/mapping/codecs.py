"""Codecs: a value ⇄ HubSpot's canonical text.

Encoding returns `None` for "no value" and raises `ValueError`, in words for a person, for what
HubSpot would refuse. https://developers.hubspot.com/docs/api-reference/crm-properties-v3/guide
"""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from email_validator import EmailNotValidError, EmailSyntaxError, validate_email

from stagedoor.extension import Codec

MAX_TEXT = 65_536
"""Characters that a HubSpot string property holds at most."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_DOMAIN = re.compile(r"^(?:[a-z]+://)?(?:www\.)?([^/?#:\s]+)", re.IGNORECASE)
_FALSE = {"false", "0", "no", "f", "n"}
_TRUE = {"true", "1", "yes", "t", "y"}


def encode_text(value: Any) -> str | None:
    """Return trimmed text without control characters; empty text is no value."""
    if value is None:
        return None
    text = value if isinstance(value, str) else _plain(value)
    text = _CONTROL.sub("", text).strip()
    if len(text) > MAX_TEXT:
        raise ValueError(f"is {len(text):,} characters long; HubSpot takes {MAX_TEXT:,}")
    return text or None


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    if isinstance(value, (int, float, Decimal)):
        return encode_number(value) or ""
    return str(value)


def encode_email(value: Any) -> str | None:
    """Return the address trimmed and in lower case, as HubSpot stores it."""
    text = encode_text(value)
    if text is None:
        return None
    text = text.lower()
    try:
        validate_email(text, check_deliverability=False, test_environment=True)
    except EmailSyntaxError as error:
        raise ValueError(f"is not an e-mail address: {error}") from error
    except EmailNotValidError as error:
        raise ValueError(f"cannot be used: {error}") from error
    return text


def encode_number(value: Any) -> str | None:
    """Return plain digits with at most one point: no exponent, no thousands separator."""
    if value is None or value == "":
        return None
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value).strip())
    except InvalidOperation:
        raise ValueError("is not a number") from None
    if not number.is_finite():
        raise ValueError("is not a finite number")
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def encode_integer(value: Any) -> str | None:
    """Return a whole number's digits."""
    text = encode_number(value)
    if text is not None and "." in text:
        raise ValueError("is not a whole number")
    return text


def encode_bool(value: Any) -> str | None:
    """Return `true` or `false`."""
    if value is None or value == "":
        return None
    word = str(value).strip().lower()
    if word in _TRUE:
        return "true"
    if word in _FALSE:
        return "false"
    raise ValueError("is neither true nor false")


def _instant(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    try:
        parsed = datetime.fromisoformat(str(value).strip())
    except ValueError:
        raise ValueError("is not a date and time in ISO 8601") from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def encode_datetime(value: Any) -> str | None:
    """Return an instant as `2026-11-24T18:30:00.000Z`."""
    if value is None or value == "":
        return None
    instant = _instant(value).astimezone(UTC)
    return instant.strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}Z"


def encode_date(value: Any) -> str | None:
    """Return a day as `2026-11-24`: the UTC day of an instant."""
    if value is None or value == "":
        return None
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    return _instant(value).astimezone(UTC).date().isoformat()


def encode_domain(value: Any) -> str | None:
    """Return a web domain in lower case, without scheme, `www.` or path."""
    text = encode_text(value)
    if text is None:
        return None
    found = _DOMAIN.match(text)
    if found is None or "." not in found.group(1):
        raise ValueError("is not a web domain")
    return found.group(1).lower().rstrip(".")


def encode_phone(value: Any) -> str | None:
    """Return the number as typed, with runs of spaces made one."""
    text = encode_text(value)
    return re.sub(r"\s+", " ", text) if text else None


def _decode_bool(text: str) -> bool:
    return text == "true"


def _decode_instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


BUILT_IN: tuple[Codec, ...] = (
    Codec("text", "Text, trimmed, without control characters.", encode_text, str),
    Codec("email", "E-mail address, trimmed and in lower case.", encode_email, str),
    Codec("number", "Number in plain digits.", encode_number, Decimal),
    Codec("integer", "Whole number.", encode_integer, int),
    Codec("bool", "true or false.", encode_bool, _decode_bool),
    Codec("date", "Day, `YYYY-MM-DD` in UTC.", encode_date, date.fromisoformat),
    Codec("datetime", "Instant, ISO 8601 in UTC with ms.", encode_datetime, _decode_instant),
    Codec("domain", "Web domain in lower case.", encode_domain, str),
    Codec("phone", "Phone number as typed.", encode_phone, str),
)
