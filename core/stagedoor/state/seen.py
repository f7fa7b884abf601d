"""What was seen of HubSpot and is not settled yet; durable, so that a tap's STATE may leave."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from stagedoor.model import Base, ObjectRef
from stagedoor.state.database import StateDatabase
from stagedoor.state.moments import in_utc
from stagedoor.state.platform_rows import IN_FLIGHT

CHUNK = 1_000
"""Objects that pass through Python at a time."""
READ_BY = "platform read by"
"""The fact which run took in rows of the platform last."""


@dataclass(frozen=True, slots=True)
class SeenObject:
    """One HubSpot object as it was read: its two-way properties, in HubSpot's own values."""

    hubspot_id: str
    updated_at: datetime | None
    archived: bool
    properties: Mapping[str, Any]
    times: Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class Linked:
    """A seen object, and what the ledger has of it."""

    seen: SeenObject
    base: Base | None
    """Nothing where the ledger links no object to it."""
    newer: Mapping[str, frozenset[str | None]]
    """Properties that we have written after it was read, and which values are news all the same."""


class SeenObjects:
    """The seen objects of one portal."""

    def __init__(self, database: StateDatabase) -> None:
        """Keep them in `database`."""
        self._database = database

    def absorb(self, hubspot_type: str, seen: Sequence[SeenObject], now: datetime) -> None:
        """Keep what was read, durable on return; of two reads the later change counts."""
        if not seen:
            return
        table = pa.table(
            {
                "hubspot_id": [item.hubspot_id for item in seen],
                "updated_at": pa.array(
                    [i.updated_at and in_utc(i.updated_at) for i in seen], pa.timestamp("us")
                ),
                "archived": [item.archived for item in seen],
                "properties": [json.dumps(dict(i.properties), default=str) for i in seen],
                "times": [json.dumps(dict(item.times), default=_iso) for item in seen],
                "ordinal": range(len(seen)),
            }
        )
        with self._database.registered("just_seen", table), self._database.transaction():
            self._database.execute(
                "CREATE OR REPLACE TEMP TABLE news AS SELECT ? AS hubspot_type, "
                "n.* EXCLUDE (ordinal), ?::TIMESTAMP AS arrived_at, NULL::VARCHAR AS parked "
                "FROM just_seen n "
                "LEFT JOIN inbound.seen s ON s.hubspot_type = ? AND s.hubspot_id = n.hubspot_id "
                "LEFT JOIN (SELECT hubspot_id, max(updated_at) AS updated_at FROM inbound.settled "
                "WHERE hubspot_type = ? GROUP BY 1) d ON d.hubspot_id = n.hubspot_id "
                "WHERE coalesce(n.updated_at >= s.updated_at, true) "
                "AND coalesce(n.updated_at >= d.updated_at, true) "
                "QUALIFY row_number() OVER (PARTITION BY n.hubspot_id "
                "ORDER BY n.updated_at DESC NULLS LAST, n.ordinal DESC) = 1",
                [hubspot_type, in_utc(now), hubspot_type, hubspot_type],
            )
            self._database.execute(
                "DELETE FROM inbound.seen s USING news n "
                "WHERE s.hubspot_type = n.hubspot_type AND s.hubspot_id = n.hubspot_id"
            )
            self._database.execute("INSERT INTO inbound.seen SELECT * FROM news")

    def hubspot_types(self) -> list[str]:
        """Return the object types of which something waits."""
        rows = self._database.rows("SELECT DISTINCT hubspot_type FROM inbound.seen ORDER BY 1")
        return [str(row[0]) for row in rows]

    def linked(self, hubspot_type: str, object_types: Iterable[str]) -> Iterator[list[Linked]]:
        """Yield the seen objects of a type in chunks, each with the link that the ledger has.

        One that several of `object_types`, the mapping's entries, link comes once for each.
        """
        entries, read_by = list(object_types), self._database.fact(READ_BY) or ""
        after = ""
        while rows := self._database.rows(
            "WITH page AS (SELECT * FROM inbound.seen WHERE hubspot_type = ? AND hubspot_id > ? "
            "AND parked IS DISTINCT FROM ? ORDER BY hubspot_id LIMIT ?), "
            "newer AS (SELECT n.object_type, n.key, "
            "list({'names': n.names, 'edited': n.edited}) AS writes "
            "FROM inbound.sent n JOIN ledger.objects o "
            "ON o.object_type = n.object_type AND o.key = n.key "
            "JOIN page p ON p.hubspot_id = o.hubspot_id "
            "WHERE p.updated_at < n.sent_at AND list_contains(?::VARCHAR[], n.object_type) "
            "GROUP BY ALL) "
            "SELECT p.hubspot_id, p.updated_at, p.archived, p.properties, p.times, "
            "o.object_type, o.key, o.match_value, o.properties, o.source_hash, w.writes "
            "FROM page p LEFT JOIN ledger.objects o ON o.hubspot_id = p.hubspot_id "
            "AND list_contains(?::VARCHAR[], o.object_type) "
            "LEFT JOIN newer w ON w.object_type = o.object_type AND w.key = o.key "
            "ORDER BY p.hubspot_id, o.object_type, o.key",
            [hubspot_type, after, read_by, CHUNK, entries, entries],
        ):
            yield [_linked(row) for row in rows]
            after = rows[-1][0]

    def settle(self, hubspot_type: str, hubspot_ids: Iterable[str], now: datetime) -> None:
        """Forget seen objects of which everything is settled, and older reads of them."""
        done = list(hubspot_ids)
        if not done:
            return
        listed = "hubspot_type = ? AND hubspot_id IN (SELECT unnest(?::VARCHAR[]))"
        with self._database.transaction():
            self._database.execute(
                f"DELETE FROM inbound.settled WHERE {listed}", [hubspot_type, done]
            )
            self._database.execute(
                "INSERT INTO inbound.settled SELECT hubspot_type, hubspot_id, updated_at, ? "
                f"FROM inbound.seen WHERE {listed} AND updated_at IS NOT NULL",
                [in_utc(now), hubspot_type, done],
            )
            self._database.execute(f"DELETE FROM inbound.seen WHERE {listed}", [hubspot_type, done])

    def park(self, hubspot_type: str, hubspot_ids: Iterable[str]) -> None:
        """Let objects wait until the platform has been read again."""
        waiting = list(hubspot_ids)
        if waiting:
            self._database.execute(
                "UPDATE inbound.seen SET parked = ? WHERE hubspot_type = ? "
                "AND hubspot_id IN (SELECT unnest(?::VARCHAR[]))",
                [self._database.fact(READ_BY) or "", hubspot_type, waiting],
            )

    def forget_settled(self, now: datetime) -> None:
        """Forget up to where objects were taken over when no older read can still come."""
        self._database.execute(
            f"DELETE FROM inbound.settled WHERE settled_at < ?::TIMESTAMP - {IN_FLIGHT}",
            [in_utc(now)],
        )

    def count(self) -> int:
        """Return how many objects wait."""
        return int(self._database.scalar("SELECT count(*) FROM inbound.seen"))


def _linked(row: tuple[Any, ...]) -> Linked:
    hubspot_id, updated_at, archived, properties, times, entry, key, match, base, digest, newer = (
        row
    )
    seen = SeenObject(
        hubspot_id,
        updated_at and updated_at.replace(tzinfo=UTC),
        archived,
        json.loads(properties),
        {name: datetime.fromisoformat(at) for name, at in json.loads(times).items()},
    )
    if entry is None:
        return Linked(seen, None, {})
    agreed = Base(ObjectRef(entry, key), hubspot_id, match, json.loads(base), digest)
    return Linked(seen, agreed, _newer(newer or ()))


def _newer(writes: Iterable[Mapping[str, Any]]) -> dict[str, frozenset[str | None]]:
    """Return what we have written since a read; it may show the edit of it that was found later."""
    found: dict[str, frozenset[str | None]] = {}
    for write in writes:
        edits = json.loads(write["edited"] or "{}")
        for name in write["names"]:
            there = frozenset([edits[name]] if name in edits else [])
            found[name] = found.get(name, there) & there
    return found


def _iso(moment: object) -> str:
    return moment.isoformat() if isinstance(moment, datetime) else str(moment)
