"""The service's log, as far as it is shown to people: sentences, never contents of records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, delete, insert, select

from stagedoor.store.tables import log as table


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line."""

    at: str
    level: str
    source: str
    message: str
    portal: str | None = None
    run_id: str | None = None
    id: int = 0


class Log:
    """The lines of all portals."""

    def __init__(self, engine: Engine) -> None:
        """Keep them in `engine`'s database."""
        self._engine = engine

    def add(self, lines: Sequence[LogLine]) -> None:
        """Keep lines."""
        names = [name for name in LogLine.__slots__ if name != "id"]
        rows = [{name: getattr(line, name) for name in names} for line in lines]
        if rows:
            with self._engine.begin() as connection:
                connection.execute(insert(table), rows)

    def list(
        self,
        portal: str,
        *,
        limit: int = 100,
        before: int | None = None,
        run_id: str | None = None,
        level: str | None = None,
    ) -> list[LogLine]:
        """Return a portal's lines and those of no portal, newest first."""
        query = select(table).where((table.c.portal == portal) | table.c.portal.is_(None))
        if before is not None:
            query = query.where(table.c.id < before)
        for name, value in {"run_id": run_id, "level": level}.items():
            if value is not None:
                query = query.where(table.c[name] == value)
        query = query.order_by(table.c.id.desc()).limit(limit)
        with self._engine.connect() as connection:
            return [_line(row) for row in connection.execute(query).mappings()]

    def prune(self, before: str) -> int:
        """Forget lines from before a time, and return how many those were."""
        with self._engine.begin() as connection:
            return connection.execute(delete(table).where(table.c.at < before)).rowcount


def _line(row: Mapping[Any, Any]) -> LogLine:
    return LogLine(**{name: row[name] for name in LogLine.__slots__})
