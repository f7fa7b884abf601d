"""Mapping documents that were saved here rather than in a file: every version is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, func, insert, select
from sqlalchemy.exc import IntegrityError

from stagedoor.store.runs import now
from stagedoor.store.tables import mappings as table


@dataclass(frozen=True, slots=True)
class MappingVersion:
    """One saved document; the newest of a portal is in force."""

    portal: str
    version: int
    text: str
    note: str
    saved_by: str
    saved_at: str


class Mappings:
    """The saved mapping documents of all portals."""

    def __init__(self, engine: Engine) -> None:
        """Keep them in `engine`'s database."""
        self._engine = engine

    def current(self, portal: str) -> MappingVersion | None:
        """Return the version in force."""
        query = select(table).where(table.c.portal == portal).order_by(table.c.version.desc())
        return self._first(query.limit(1))

    def get(self, portal: str, version: int) -> MappingVersion | None:
        """Return one version."""
        return self._first(
            select(table).where(table.c.portal == portal, table.c.version == version)
        )

    def _first(self, query: Any) -> MappingVersion | None:
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return _version(row) if row else None

    def history(self, portal: str, limit: int = 50) -> list[MappingVersion]:
        """Return the versions, newest first."""
        query = select(table).where(table.c.portal == portal)
        query = query.order_by(table.c.version.desc()).limit(limit)
        with self._engine.connect() as connection:
            return [_version(row) for row in connection.execute(query).mappings()]

    def save(
        self, portal: str, text: str, *, by: str, note: str = "", replaces: int | None = None
    ) -> MappingVersion | None:
        """Keep a document as the newest version, and return it.

        With `replaces`, nothing is kept, and nothing returned, where another version than this
        is in force: somebody else was faster. No version is 0.
        """
        with self._engine.begin() as connection:
            newest = select(func.coalesce(func.max(table.c.version), 0))
            last = int(connection.execute(newest.where(table.c.portal == portal)).scalar_one())
            if replaces is not None and replaces != last:
                return None
            saved = MappingVersion(portal, last + 1, text, note, by, now())
            row = {name: getattr(saved, name) for name in MappingVersion.__slots__}
            try:
                connection.execute(insert(table).values(row))
            except IntegrityError:
                return None
        return saved


def _version(row: Mapping[Any, Any]) -> MappingVersion:
    return MappingVersion(**{name: row[name] for name in MappingVersion.__slots__})
