"""Events: single events and the dates of series to rows of `events`.

A series itself sells nothing, its dates do: they are the events. They take over what they do
not say themselves from their series.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from stagedoor.streams import EVENTS
from stagedoor_plugins.platform_sources.pretix.names import spoken, text
from stagedoor_plugins.platform_sources.pretix.rows import Row, complete
from stagedoor_plugins.platform_sources.pretix.settings import PretixSettings


def event_id(slug: str, subevent: int | None) -> str:
    """Return the id of an event, or of one date of a series."""
    return slug if subevent is None else f"{slug}/{subevent}"


def rows(
    events: Iterable[Mapping[str, Any]],
    dates: Iterable[Mapping[str, Any]],
    settings: PretixSettings,
) -> Iterator[Row]:
    """Yield the rows of all events and dates, without `updated_at`."""
    series = {event["slug"]: event for event in events}
    for event in series.values():
        if not event["has_subevents"]:
            yield _row(event["slug"], event, event, settings)
    for date in dates:
        if parent := series.get(date["event"]):
            yield _row(event_id(date["event"], date["id"]), date, parent, settings)


def _row(
    key: str, date: Mapping[str, Any], series: Mapping[str, Any], settings: PretixSettings
) -> Row:
    # A date's own meta data are laid over those of its series.
    meta = {**(series.get("meta_data") or {}), **_said(date.get("meta_data"))}
    place = spoken(date.get("location"), settings.language) or spoken(
        series.get("location"), settings.language
    )
    return complete(
        EVENTS,
        event_id=key,
        name=spoken(date["name"], settings.language),
        category=text(meta.get(settings.category_property)),
        venue=place.splitlines()[0].strip() if place else None,
        city=text(meta.get(settings.city_property)),
        country=text(meta.get(settings.country_property)),
        starts_at=date["date_from"],
        ends_at=date.get("date_to"),
        status="scheduled",
        is_deleted=False,
    )


def _said(meta: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (meta or {}).items() if text(value)}


def changes(
    found: Iterable[Row], known: Mapping[str, str], now: datetime
) -> tuple[list[Row], dict[str, str]]:
    """Return the rows that differ from what is known, and what is known from now on.

    pretix says of no event when it changed, so a digest of each is kept. Events that are not
    there any more come as deleted rows, once.
    """
    moment, changed, digests = now.isoformat(), [], {}
    for row in found:
        digest = hashlib.sha256(msgspec.json.encode(row, order="sorted")).hexdigest()[:16]
        digests[row["event_id"]] = digest
        if known.get(row["event_id"]) != digest:
            changed.append({**row, "updated_at": moment})
    gone = [key for key in known if key not in digests]
    deleted = [complete(EVENTS, event_id=k, is_deleted=True, updated_at=moment) for k in gone]
    return changed + deleted, digests
