"""Reads one stream from a database, in keyset pages by (`updated_at`, key).

A page starts after the last row of the page before, so rows that share a timestamp are neither
lost nor read twice; memory holds one page. A row that changes while we read moves behind us and
is read again. Rows newer than the start of the reading wait for the next run, so that it ends;
a read from the beginning goes after them, since it must be able to say that it left none out.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, FromClause, Row, and_, func, or_, select

from stagedoor.streams import StreamSpec
from stagedoor_plugins.platform_sources.conform import conformer

PAGE = 5_000
CHASES = 5
"""Times that a read from the beginning goes after rows which changed while it read."""


@dataclass(frozen=True)
class StreamReader:
    """Where one stream comes from."""

    engine: Engine
    spec: StreamSpec
    source: FromClause
    columns: Mapping[str, ColumnElement[Any]]
    """Column of each field that the database has; others are null."""
    page: int = PAGE

    def rows(self, since: datetime | None) -> Generator[dict[str, Any], None, bool]:
        """Yield rows changed at or after `since` (UTC), oldest change first.

        Returns whether every row of the source was among them: `since` was nothing, and no row
        moved on unread.
        """
        changed = self.columns[self.spec.replication_key]
        until = self._latest()
        if until is None:
            return since is None and not self._undated()
        start = changed >= since if since is not None else changed.is_not(None)
        yield from self._between(start, until)
        if since is not None:
            return False
        for _ in range(CHASES):
            before, until = until, self._latest()
            if until == before:
                return not self._undated()
            yield from self._between(changed > before, until)
        return False

    def _latest(self) -> Any:
        changed = self.columns[self.spec.replication_key]
        with self.engine.connect() as connection:
            query = select(func.max(changed)).select_from(self.source)
            return connection.execute(query).scalar()

    def _undated(self) -> bool:
        """Whether rows have no time of change, and so are never read."""
        changed = self.columns[self.spec.replication_key]
        query = select(changed).select_from(self.source).where(changed.is_(None)).limit(1)
        with self.engine.connect() as connection:
            return connection.execute(query).first() is not None

    def _between(self, start: ColumnElement[bool], until: Any) -> Iterator[dict[str, Any]]:
        """Yield the rows from `start` to `until`, page by page."""
        changed, key = self.columns[self.spec.replication_key], self.columns[self.spec.key]
        conform = [(name, conformer(self.spec, name)) for name in self.columns]
        absent = [field.name for field in self.spec.fields if field.name not in self.columns]
        query = select(*(column.label(name) for name, column in self.columns.items()))
        query = query.select_from(self.source).order_by(changed, key).limit(self.page)
        while True:
            page = self._page(query.where(start, changed <= until))
            for row in page:
                fields = dict.fromkeys(absent)
                fields.update((name, to(row._mapping[name])) for name, to in conform)
                yield fields
            if len(page) < self.page:
                return
            last = page[-1]._mapping
            last_changed, last_key = last[self.spec.replication_key], last[self.spec.key]
            start = or_(changed > last_changed, and_(changed == last_changed, key > last_key))

    def _page(self, query: Any) -> list[Row[Any]]:
        with self.engine.connect() as connection:
            return list(connection.execution_options(stream_results=True).execute(query))
