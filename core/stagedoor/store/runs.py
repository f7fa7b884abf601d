"""Runs: what each execution did, and how it ended."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, insert, select, update

from stagedoor.store.tables import runs


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One execution."""

    run_id: str
    portal: str
    purpose: str
    status: str
    """running, done, failed, or interrupted (killed before it could say how it ended)."""
    started_at: str
    ended_at: str | None
    exit_code: int | None
    error: str | None
    counts: Mapping[str, Any]


class Runs:
    """The record of all runs."""

    def __init__(self, engine: Engine) -> None:
        """Keep records in `engine`'s database."""
        self._engine = engine

    def start(self, purpose: str, portal: str) -> RunRecord:
        """Record that a run begins.

        The caller holds the portal's lease, so a run of it that never ended was killed.
        """
        run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
        row = {
            "run_id": run_id,
            "portal": portal,
            "purpose": purpose,
            "status": "running",
            "started_at": now(),
        }
        with self._engine.begin() as connection:
            connection.execute(
                update(runs)
                .where(runs.c.portal == portal, runs.c.status == "running")
                .values(status="interrupted")
            )
            connection.execute(insert(runs).values(row))
        return RunRecord(
            run_id, portal, purpose, "running", row["started_at"], None, None, None, {}
        )

    def finish(
        self,
        run_id: str,
        status: str,
        *,
        exit_code: int,
        counts: Mapping[str, Any],
        error: str | None = None,
    ) -> None:
        """Record how a run ended."""
        with self._engine.begin() as connection:
            connection.execute(
                update(runs)
                .where(runs.c.run_id == run_id)
                .values(
                    status=status,
                    ended_at=now(),
                    exit_code=exit_code,
                    error=error,
                    counts=json.dumps(counts),
                )
            )

    def list(self, limit: int = 20) -> list[RunRecord]:
        """Return the latest runs, newest first."""
        query = select(runs).order_by(runs.c.started_at.desc(), runs.c.run_id.desc()).limit(limit)
        with self._engine.connect() as connection:
            return [_record(row._mapping) for row in connection.execute(query)]

    def get(self, prefix: str) -> RunRecord | None:
        """Return the newest run whose id begins with `prefix`."""
        query = (
            select(runs)
            .where(runs.c.run_id.startswith(prefix, autoescape=True))
            .order_by(runs.c.started_at.desc())
            .limit(1)
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        return _record(row._mapping) if row else None


def _record(row: Mapping[Any, Any]) -> RunRecord:
    counts = json.loads(row["counts"]) if row["counts"] else {}
    fields = {name: row[name] for name in RunRecord.__slots__ if name != "counts"}
    return RunRecord(**fields, counts=counts)


def now() -> str:
    """Return the time as the store writes it, ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
