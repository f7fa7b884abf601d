"""The inspector of HubSpot calls: until when a portal's are kept, and the latest of them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, delete, insert, select, update

from stagedoor.store.insertion import insert_new
from stagedoor.store.runs import now
from stagedoor.store.service_tables import inspected_calls, inspections

MOST = 500
"""Calls of a portal that are kept; the oldest give way."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """A time in which a portal's calls are kept."""

    until: float
    """Seconds since 1970."""
    begun_at: str
    begun_by: str


@dataclass(frozen=True, slots=True)
class InspectedCall:
    """One attempt at a call, without what it said."""

    method: str
    route: str
    result: str
    """The HTTP status, or the name of the exception that came instead."""
    ms: float
    attempt: int
    correlation_id: str | None
    sent: int
    """Bytes of the request's body."""
    received: int
    redacted: Mapping[str, Any]
    """As `stagedoor.hubspot.redaction.Redacted` has it."""
    at: str = ""
    id: int = 0


class Inspections:
    """The inspector of all portals."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.time) -> None:
        """Keep it in `engine`'s database; `clock` gives seconds since 1970."""
        self._engine = engine
        self._clock = clock

    def begin(self, portal: str, seconds: float, *, by: str) -> Inspection:
        """Let a portal's calls be kept for a while from now; return until when."""
        told = Inspection(self._clock() + seconds, now(), by)
        row = {"until": told.until, "begun_at": told.begun_at, "begun_by": by}
        with self._engine.begin() as connection:
            if not insert_new(connection, inspections, [{"portal": portal, **row}]):
                mine = inspections.c.portal == portal
                connection.execute(update(inspections).where(mine).values(row))
        return told

    def end(self, portal: str) -> None:
        """Keep no more calls; those that are kept stay for a while."""
        with self._engine.begin() as connection:
            connection.execute(delete(inspections).where(inspections.c.portal == portal))

    def current(self, portal: str) -> Inspection | None:
        """Return the inspection that goes on; nothing when it has come to its end."""
        query = select(inspections).where(
            inspections.c.portal == portal, inspections.c.until > self._clock()
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return Inspection(row["until"], row["begun_at"], row["begun_by"]) if row else None

    def add(self, portal: str, call: InspectedCall) -> None:
        """Keep a call; of more than `MOST` the oldest are forgotten."""
        names = [name for name in InspectedCall.__slots__ if name not in ("id", "redacted", "at")]
        row = {
            **{name: getattr(call, name) for name in names},
            "portal": portal,
            "at": now(),
            "redacted": json.dumps(call.redacted, ensure_ascii=False),
        }
        table = inspected_calls
        mine = table.c.portal == portal
        last = select(table.c.id).where(mine).order_by(table.c.id.desc()).offset(MOST).limit(1)
        with self._engine.begin() as connection:
            connection.execute(insert(table).values(row))
            oldest = connection.execute(last).scalar()
            if oldest is not None:
                connection.execute(delete(table).where(mine, table.c.id <= oldest))

    def list(
        self, portal: str, *, limit: int = 50, before: int | None = None
    ) -> list[InspectedCall]:
        """Return the calls that are kept, newest first."""
        query = select(inspected_calls).where(inspected_calls.c.portal == portal)
        if before is not None:
            query = query.where(inspected_calls.c.id < before)
        query = query.order_by(inspected_calls.c.id.desc()).limit(limit)
        with self._engine.connect() as connection:
            return [_call(row) for row in connection.execute(query).mappings()]

    def prune(self, before: str) -> int:
        """Forget calls from before a time, and return how many those were."""
        old = inspected_calls.c.at < before
        with self._engine.begin() as connection:
            return connection.execute(delete(inspected_calls).where(old)).rowcount


def _call(row: Mapping[Any, Any]) -> InspectedCall:
    fields = {name: row[name] for name in InspectedCall.__slots__}
    return InspectedCall(**{**fields, "redacted": json.loads(row["redacted"])})
