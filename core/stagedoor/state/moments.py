"""Instants as the state keeps them."""

from __future__ import annotations

from datetime import UTC, datetime


def in_utc(moment: datetime) -> datetime:
    """Return an instant in UTC, without a time zone."""
    return moment.astimezone(UTC).replace(tzinfo=None)
