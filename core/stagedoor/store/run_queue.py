"""Runs that wait: asked for by anybody, carried out once by some worker.

A worker claims a run for a while and renews its claim as long as it lives. The claim of one that
was killed runs out, and the run goes back into the queue.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, func, or_, select, update

from stagedoor.store.insertion import insert_new
from stagedoor.store.runs import RunRecord, new_run_id, now, record_of
from stagedoor.store.tables import runs as table

CLAIM = 30.0
"""Seconds that a claim lasts without being renewed."""
ATTEMPTS = 3
"""Times that a run may be begun before it counts as failed: it may be what kills the worker."""

QUEUED = "queued"
_OPEN = (QUEUED, "running", "interrupted")


class RunQueue:
    """The queue of all portals."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.time) -> None:
        """Keep it in `engine`'s database; `clock` gives seconds since 1970."""
        self._engine = engine
        self._clock = clock

    def put(
        self,
        purpose: str,
        portal: str,
        request: Mapping[str, Any],
        *,
        asked_by: str,
        slot: str | None = None,
    ) -> RunRecord | None:
        """Queue a run and return it; nothing where one with the same `slot` was queued before."""
        row = {
            "run_id": new_run_id(),
            "portal": portal,
            "purpose": purpose,
            "status": QUEUED,
            "started_at": datetime.now(UTC).isoformat(timespec="microseconds"),  # their order
            "request": json.dumps(request),
            "asked_by": asked_by,
            "slot": slot,
            "attempts": 0,
        }
        with self._engine.begin() as connection:
            if not insert_new(connection, table, [row]):
                return None
            query = select(table).where(table.c.run_id == row["run_id"])
            return record_of(connection.execute(query).mappings().one())

    def claim(self, worker: str, *, without: Collection[str] = ()) -> RunRecord | None:
        """Claim the run that has waited longest, of a portal that is not among `without`."""
        waiting = [table.c.status == QUEUED, self._is_free(), table.c.portal.not_in(without)]
        oldest: Select[Any] = select(table.c.run_id).where(*waiting)
        oldest = oldest.order_by(table.c.started_at, table.c.run_id).limit(1)
        if self._engine.dialect.name == "postgresql":
            oldest = oldest.with_for_update(skip_locked=True)
        claimed = (
            update(table)
            .where(table.c.run_id == oldest.scalar_subquery(), *waiting)
            .values(
                claimed_by=worker,
                claimed_until=self._clock() + CLAIM,
                attempts=table.c.attempts + 1,
            )
            .returning(table)
        )
        if not self._any(*waiting):
            return None  # a look costs no write
        with self._engine.begin() as connection:
            row = connection.execute(claimed).mappings().first()
        return record_of(row) if row else None

    def _any(self, *wanted: ColumnElement[bool]) -> bool:
        query = select(table.c.run_id).where(*wanted).limit(1)
        with self._engine.connect() as connection:
            return connection.execute(query).first() is not None

    def _is_free(self) -> ColumnElement[bool]:
        return or_(table.c.claimed_until.is_(None), table.c.claimed_until < self._clock())

    def renew(self, worker: str, run_ids: Collection[str]) -> None:
        """Hold on to runs that are being carried out."""
        with self._engine.begin() as connection:
            connection.execute(
                update(table)
                .where(table.c.run_id.in_(run_ids), table.c.claimed_by == worker)
                .values(claimed_until=self._clock() + CLAIM)
            )

    def hand_back(self, worker: str) -> int:
        """Put what a worker has not finished back into the queue; return how many runs that is."""
        mine = [table.c.claimed_by == worker, table.c.status.in_(_OPEN), table.c.ended_at.is_(None)]
        back = {
            "status": QUEUED,
            "claimed_by": None,
            "claimed_until": None,
            "attempts": table.c.attempts - 1,
        }
        with self._engine.begin() as connection:
            return connection.execute(update(table).where(*mine).values(back)).rowcount

    def recover(self) -> int:
        """Put runs back whose worker was killed; what has been tried often enough has failed."""
        lost = [
            table.c.request.is_not(None),
            table.c.ended_at.is_(None),
            table.c.status.in_(("running", "interrupted")),
            table.c.claimed_until < self._clock(),
        ]
        if not self._any(*lost):
            return 0
        told = f"Its worker was killed {ATTEMPTS} times while it ran. See the service's log."
        over = {"status": "failed", "ended_at": now(), "exit_code": 1, "error": told}
        back = {"status": QUEUED, "claimed_by": None, "claimed_until": None}
        with self._engine.begin() as connection:
            connection.execute(
                update(table).where(*lost, table.c.attempts >= ATTEMPTS).values(over)
            )
            return connection.execute(update(table).where(*lost).values(back)).rowcount

    def waiting(self, portal: str | None = None, *, asked_by: str | None = None) -> int:
        """Return how many runs wait."""
        query = select(func.count()).select_from(table).where(table.c.status == QUEUED)
        if portal is not None:
            query = query.where(table.c.portal == portal)
        if asked_by is not None:
            query = query.where(table.c.asked_by == asked_by)
        with self._engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def oldest_waiting(self, portal: str) -> str | None:
        """Return since when the run waits that has waited longest, ISO 8601."""
        query = select(func.min(table.c.started_at))
        query = query.where(table.c.portal == portal, table.c.status == QUEUED)
        with self._engine.connect() as connection:
            return connection.execute(query).scalar()

    def note_progress(self, run_id: str, progress: Mapping[str, Any]) -> None:
        """Keep how far a run is."""
        self._set(run_id, {"progress": json.dumps(progress)})

    def note_result(self, run_id: str, result: Any) -> None:
        """Keep what a run found, such as a plan."""
        self._set(run_id, {"result": json.dumps(result, ensure_ascii=False, default=str)})

    def _set(self, run_id: str, values: Mapping[str, Any]) -> None:
        with self._engine.begin() as connection:
            connection.execute(update(table).where(table.c.run_id == run_id).values(values))
