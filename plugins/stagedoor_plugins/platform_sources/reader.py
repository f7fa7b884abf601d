"""Reads one stream from a database, in keyset pages by (`updated_at`, key).

A page starts after the last row of the page before, so rows that share a timestamp are neither
lost nor read twice; memory holds one page. A row that changes while we read moves behind us and
is read again. Rows newer than the start of the reading wait for the next run, so that it ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, FromClause, Row, and_, func, or_, select

from stagedoor.streams import StreamSpec
from stagedoor_plugins.platform_sources.conform import conformer

PAGE = 5_000


@dataclass(frozen=True)
class StreamReader:
    """Where one stream comes from."""

    engine: Engine
    spec: StreamSpec
    source: FromClause
    columns: Mapping[str, ColumnElement[Any]]
    """Column of each field that the database has; others are null."""
    page: int = PAGE

    def rows(self, since: datetime | None) -> Iterator[dict[str, Any]]:
        """Yield rows changed at or after `since` (UTC), oldest change first."""
        changed, key = self.columns[self.spec.replication_key], self.columns[self.spec.key]
        conform = [(name, conformer(self.spec, name)) for name in self.columns]
        absent = [field.name for field in self.spec.fields if field.name not in self.columns]
        query = select(*(column.label(name) for name, column in self.columns.items()))
        query = query.select_from(self.source).order_by(changed, key).limit(self.page)
        with self.engine.connect() as connection:
            until = connection.execute(select(func.max(changed)).select_from(self.source)).scalar()
        if until is None:
            return
        start = changed >= since if since is not None else changed.is_not(None)
        while True:
            page = self._page(query.where(start, changed <= until))
            for row in page:
                fields = dict.fromkeys(absent)
                fields.update((name, to(row._mapping[name])) for name, to in conform)  # noqa: SLF001
                yield fields
            if len(page) < self.page:
                return
            last = page[-1]._mapping  # noqa: SLF001
            last_changed, last_key = last[self.spec.replication_key], last[self.spec.key]
            start = or_(changed > last_changed, and_(changed == last_changed, key > last_key))

    def _page(self, query: Any) -> list[Row[Any]]:
        with self.engine.connect() as connection:
            return list(connection.execution_options(stream_results=True).execute(query))
