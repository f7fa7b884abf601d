"""Where a reading of orders begins, and where it ended; kept in Singer's STATE."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from stagedoor_plugins.platform_sources.pretix.settings import PretixSettings

KEY = "reading"


@dataclass(frozen=True, slots=True)
class Mark:
    """What one stream has got of the orders so far."""

    since: datetime | None = None
    """pretix's clock when the first page of the last reading was made."""
    basis: str | None = None
    """What rows depend on beside their order; another basis means that all are read again."""
    catalogues: Mapping[str, str] = field(default_factory=dict)
    """Digest of each catalogue that was used, by event."""
    refunds: frozenset[str] = frozenset()
    """Refunds of the last days that were seen."""
    speakers: Mapping[str, str] = field(default_factory=dict)
    """The order that speaks for each company."""


def load(state: Mapping[str, Any]) -> Mark:
    """Return the mark in a stream's state."""
    value, kept = state.get("replication_key_value"), state.get(KEY)
    if not value or not isinstance(kept, Mapping):
        return Mark()
    return Mark(
        datetime.fromisoformat(value),
        kept["basis"],
        dict(kept["catalogues"]),
        frozenset(kept["refunds"]),
        dict(kept.get("speakers") or {}),
    )


def store(mark: Mark, state: MutableMapping[str, Any], replication_key: str) -> None:
    """Write the mark into a stream's state."""
    state["replication_key"] = replication_key
    state["replication_key_value"] = mark.since.isoformat() if mark.since else None
    state[KEY] = {
        "basis": mark.basis,
        "catalogues": dict(sorted(mark.catalogues.items())),
        "refunds": sorted(mark.refunds),
    }
    if mark.speakers:
        state[KEY]["speakers"] = dict(sorted(mark.speakers.items()))


def common(marks: Iterable[Mark]) -> Mark:
    """Return the mark from which one reading serves all streams."""
    first, *others = marks
    for mark in others:
        first = _both(first, mark)
    return first


def _both(one: Mark, other: Mark) -> Mark:
    return Mark(
        min(one.since, other.since) if one.since and other.since else None,
        one.basis if one.basis == other.basis else None,
        {
            slug: digest if other.catalogues.get(slug, digest) == digest else ""
            for slug, digest in {**other.catalogues, **one.catalogues}.items()
        },
        one.refunds & other.refunds,
        {**one.speakers, **other.speakers},  # one stream keeps them, the others have none
    )


def basis(settings: PretixSettings, erasures: str) -> str:
    """Return a digest of what rows depend on beside their order.

    Erasing an account cuts its orders loose without their changing, and nobody can say
    afterwards which ones they were.
    """
    parts = [sorted(settings.events), settings.language, sorted(settings.mailbox_domains), erasures]
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:16]
