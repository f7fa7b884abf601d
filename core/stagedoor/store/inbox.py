"""The inbox: what webhooks and journals told, kept until a run that read it is acknowledged.

Confirmation is by Singer STATE, never by emission. A run takes entries under a token of its own;
its last STATE carries the token, and is saved only after the target acknowledged it. The next
run confirms the token that its STATE brings, and takes again whatever another token took. So a
kill at any moment loses nothing; at worst a hint is followed twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Engine, and_, delete, func, or_, select, update

from stagedoor.arrivals import Arrival
from stagedoor.engine.batches import chunks
from stagedoor.store.insertion import insert_new
from stagedoor.store.tables import inbox as table

Clock: TypeAlias = Callable[[], datetime]

WAITING, TAKEN, DONE = "waiting", "taken", "done"
_CHUNK = 500
"""Rows in one statement; databases allow a limited number of values."""
_LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class PutResult:
    """What became of a delivery: how many events were new, how many were known."""

    new: int
    duplicates: int


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as the inbox holds it."""

    id: int
    arrival: Arrival
    status: str
    """waiting, taken (by a run that is not acknowledged yet) or done."""
    attempts: int
    """How often a run took it."""
    received_at: str
    done_at: str | None
    outcome: str | None
    """What the run that took it last made of it."""


class Inbox:
    """The inbox of one portal."""

    def __init__(self, engine: Engine, portal: str, clock: Clock | None = None) -> None:
        """Keep it in `engine`'s database."""
        self._engine = engine
        self._portal = portal
        self._clock = clock or (lambda: datetime.now(UTC))

    def put(self, deliveries: Sequence[Arrival]) -> PutResult:
        """Keep events, once each; they are on disk when this returns."""
        new = 0
        with self._engine.begin() as connection:
            for chunk in chunks(deliveries, _CHUNK):
                new += insert_new(connection, table, [self._row(one) for one in chunk])
        return PutResult(new, len(deliveries) - new)

    def _row(self, arrival: Arrival) -> dict[str, Any]:
        fields = {name: getattr(arrival, name) for name in Arrival.__slots__}
        return {
            **fields,
            "event_key": _short(arrival.event_key),
            "portal": self._portal,
            "received_at": self._now(),
            "status": WAITING,
            "attempts": 0,
        }

    def _now(self) -> str:
        return self._clock().astimezone(UTC).isoformat(timespec="milliseconds")

    def take(
        self,
        token: str,
        limit: int,
        *,
        source: str = "hubspot",
        object_types: Collection[str] | None = None,
    ) -> list[Entry]:
        """Take up to `limit` entries that are not done, oldest first, under a run's own token.

        What this token has taken already is left out, so that asking until nothing comes gives
        each entry once. With `object_types` the others wait on.
        """
        mine = or_(table.c.token.is_(None), table.c.token != token)
        wanted = [*self._of(source), table.c.status != DONE, mine]
        if object_types is not None:
            wanted.append(table.c.object_type.in_(object_types))
        oldest = select(table.c.id).where(*wanted).order_by(table.c.id).limit(limit)
        taken = (
            update(table)
            .where(table.c.id.in_(oldest.scalar_subquery()))
            .values(status=TAKEN, token=token, attempts=table.c.attempts + 1)
            .returning(table)
        )
        with self._engine.begin() as connection:
            rows = connection.execute(taken).mappings().all()
        return sorted((_entry(row) for row in rows), key=lambda entry: entry.id)

    def note(self, ids: Sequence[int], outcome: str) -> None:
        """Keep what a run made of entries; they are not done before its token is confirmed."""
        with self._engine.begin() as connection:
            for chunk in chunks(ids, _CHUNK):
                connection.execute(
                    update(table).where(table.c.id.in_(chunk)).values(outcome=outcome)
                )

    def confirm(self, token: str) -> int:
        """Mark done what a token took, and return how many entries that were.

        A token that took nothing, or that another token took over from, changes nothing.
        """
        done = (
            update(table)
            .where(table.c.portal == self._portal, table.c.token == token, table.c.status == TAKEN)
            .values(status=DONE, done_at=self._now())
        )
        with self._engine.begin() as connection:
            return connection.execute(done).rowcount

    def retry(self, ids: Sequence[int]) -> int:
        """Let entries that are done wait once more, and return how many those were."""
        back = {"status": WAITING, "token": None, "done_at": None}
        retried = 0
        with self._engine.begin() as connection:
            for chunk in chunks(ids, _CHUNK):
                mine = [table.c.portal == self._portal, table.c.id.in_(chunk)]
                done = update(table).where(*mine, table.c.status == DONE).values(back)
                retried += connection.execute(done).rowcount
        return retried

    def history(
        self,
        limit: int = 50,
        *,
        before: int | None = None,
        source: str | None = None,
        status: str | None = None,
        object_type: str | None = None,
        object_id: str | None = None,
    ) -> list[Entry]:
        """Return entries, newest first; `before` is the id of the last one seen."""
        wanted = {"source": source, "status": status, "object_type": object_type}
        wanted |= {"object_id": object_id}
        query = select(table).where(table.c.portal == self._portal)
        for name, value in wanted.items():
            if value is not None:
                query = query.where(table.c[name] == value)
        if before is not None:
            query = query.where(table.c.id < before)
        query = query.order_by(table.c.id.desc()).limit(limit)
        with self._engine.connect() as connection:
            return [_entry(row) for row in connection.execute(query).mappings()]

    def counts(self, source: str | None = None) -> dict[str, int]:
        """Return how many entries there are, by status."""
        query = select(table.c.status, func.count()).where(*self._of(source))
        with self._engine.connect() as connection:
            rows = connection.execute(query.group_by(table.c.status)).all()
        return {str(status): int(number) for status, number in rows}

    def has_open(self, source: str) -> bool:
        """Return whether anything of a source is not done."""
        wanted = [*self._of(source), table.c.status.in_((WAITING, TAKEN))]
        query = select(table.c.id).where(*wanted).limit(1)
        with self._engine.connect() as connection:
            return connection.execute(query).first() is not None

    def oldest_open(self, source: str, *, without: Collection[str] = ()) -> str | None:
        """Return when the oldest entry of a source came that is not done, ISO 8601.

        Object types in `without` do not count.
        """
        found = []
        with self._engine.connect() as connection:
            for status in (WAITING, TAKEN):  # one at a time, so that the index serves the order
                query = select(table.c.received_at).where(
                    *self._of(source),
                    table.c.status == status,
                    table.c.object_type.not_in(without),
                )
                at = connection.execute(query.order_by(table.c.id).limit(1)).scalar()
                found += [at] if at is not None else []
        return min(found, default=None)

    def prune(self, before: datetime) -> int:
        """Forget what was done before a time, and return how many entries that were.

        An event that is forgotten is new when it arrives again: HubSpot repeats for 24 hours.
        """
        horizon = before.astimezone(UTC).isoformat(timespec="milliseconds")
        old = and_(*self._of(None), table.c.status == DONE, table.c.done_at < horizon)
        with self._engine.begin() as connection:
            return connection.execute(delete(table).where(old)).rowcount

    def _of(self, source: str | None) -> list[ColumnElement[bool]]:
        wanted: list[ColumnElement[bool]] = [table.c.portal == self._portal]
        return wanted if source is None else [*wanted, table.c.source == source]


def _short(key: str) -> str:
    """Return a key as the column holds it; a long one by its hash."""
    if len(key) <= _LONGEST_KEY:
        return key
    return f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"


def _entry(row: Mapping[Any, Any]) -> Entry:
    arrival = Arrival(**{name: row[name] for name in Arrival.__slots__})
    own = ("id", "status", "attempts", "received_at", "done_at", "outcome")
    return Entry(arrival=arrival, **{name: row[name] for name in own})
