"""Runs: what each execution did, and how it ended."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, and_, delete, insert, or_, select, update

from stagedoor.store.tables import runs


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One execution."""

    run_id: str
    portal: str
    purpose: str
    status: str
    """queued, running, done, failed, or interrupted (killed before it could say how it ended)."""
    started_at: str
    ended_at: str | None
    exit_code: int | None
    error: str | None
    counts: Mapping[str, Any]
    request: Mapping[str, Any] | None = None
    """What a queued run was asked to do."""
    asked_by: str | None = None
    attempts: int = 0
    progress: Mapping[str, Any] | None = None
    result: Any = None
    """What it found, such as a plan."""


class Runs:
    """The record of all runs."""

    def __init__(self, engine: Engine) -> None:
        """Keep records in `engine`'s database."""
        self._engine = engine

    def start(self, purpose: str, portal: str, queued: str | None = None) -> RunRecord:
        """Record that a run begins: a new one, or the one that is `queued` under this id.

        The caller holds the portal's lease, so a run of it that never ended was killed.
        """
        begun = {"status": "running", "started_at": now(), "ended_at": None, "error": None}
        row = {"run_id": queued or new_run_id(), "portal": portal, "purpose": purpose, **begun}
        mine = runs.c.run_id == row["run_id"]
        with self._engine.begin() as connection:
            connection.execute(
                update(runs)
                .where(runs.c.portal == portal, runs.c.status == "running")
                .values(status="interrupted")
            )
            if (
                not queued
                or not connection.execute(update(runs).where(mine).values(begun)).rowcount
            ):
                connection.execute(insert(runs).values(row))
            return record_of(connection.execute(select(runs).where(mine)).mappings().one())

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

    def list(
        self,
        limit: int = 20,
        *,
        portal: str | None = None,
        status: str | None = None,
        purpose: str | None = None,
        before: str | None = None,
    ) -> list[RunRecord]:
        """Return the latest runs, newest first, without their results.

        With `before`, an id, those that began earlier than that run.
        """
        columns = [column for column in runs.c if column.name != "result"]
        query = select(*columns).order_by(runs.c.started_at.desc(), runs.c.run_id.desc())
        for name, value in {"portal": portal, "status": status, "purpose": purpose}.items():
            if value is not None:
                query = query.where(runs.c[name] == value)
        if before is not None:
            begun = select(runs.c.started_at).where(runs.c.run_id == before).scalar_subquery()
            earlier = and_(runs.c.started_at == begun, runs.c.run_id < before)
            query = query.where(or_(runs.c.started_at < begun, earlier))
        with self._engine.connect() as connection:
            return [record_of(row) for row in connection.execute(query.limit(limit)).mappings()]

    def prune(self, before: str, *, purpose: str | None = None) -> int:
        """Forget runs that ended before a time, and return how many those were."""
        old = [runs.c.ended_at < before]
        if purpose is not None:
            old.append(runs.c.purpose == purpose)
        with self._engine.begin() as connection:
            return connection.execute(delete(runs).where(*old)).rowcount

    def get(self, prefix: str) -> RunRecord | None:
        """Return the newest run whose id begins with `prefix`."""
        query = (
            select(runs)
            .where(runs.c.run_id.startswith(prefix, autoescape=True))
            .order_by(runs.c.started_at.desc())
            .limit(1)
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return record_of(row) if row else None


_JSON = ("counts", "request", "progress", "result")


def record_of(row: Mapping[Any, Any]) -> RunRecord:
    """Return the run that a row of the table keeps."""
    fields = {name: row[name] for name in RunRecord.__slots__ if name in row}
    fields |= {name: json.loads(row[name]) for name in _JSON if row.get(name)}
    return RunRecord(**{**fields, "counts": fields["counts"] or {}})


def new_run_id() -> str:
    """Return an id for a run, which sorts by time."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


def now() -> str:
    """Return the time as the store writes it, ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
