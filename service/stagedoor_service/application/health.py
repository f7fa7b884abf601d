"""Whether the service can do its work, and in numbers how it goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from stagedoor.store.tables import connections, dead_letters, inbox, runs
from stagedoor_service.application.office import Office


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether calls should be sent here."""

    ready: bool
    store: str


def readiness(office: Office) -> Readiness:
    """Return whether the store answers."""
    try:
        with office.store.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        return Readiness(ready=False, store=type(error).__name__)
    return Readiness(ready=True, store="ok")


@dataclass(frozen=True, slots=True)
class Gauges:
    """How it goes, by portal and by what is counted."""

    runs: dict[tuple[str, str], int]
    """By portal and status."""
    letters: dict[tuple[str, str], int]
    """Open ones, by portal and code."""
    events: dict[tuple[str, str, str], int]
    """By portal, source and status."""
    connections: dict[tuple[str, str], int]
    """By portal and status."""


def gauges(office: Office) -> Gauges:
    """Return the numbers of the store."""
    letters = select(dead_letters.c.portal, dead_letters.c.code, func.count())
    letters = letters.where(dead_letters.c.closed_at.is_(None)).group_by(
        dead_letters.c.portal, dead_letters.c.code
    )
    queries = (
        select(runs.c.portal, runs.c.status, func.count()).group_by(runs.c.portal, runs.c.status),
        letters,
        select(inbox.c.portal, inbox.c.source, inbox.c.status, func.count()).group_by(
            inbox.c.portal, inbox.c.source, inbox.c.status
        ),
        select(connections.c.portal, connections.c.status, func.count()).group_by(
            connections.c.portal, connections.c.status
        ),
    )
    found: list[Any] = []
    with office.store.engine.connect() as connection:
        for query in queries:
            rows = connection.execute(query).all()
            found.append({tuple(map(str, row[:-1])): int(row[-1]) for row in rows})
    return Gauges(*found)
