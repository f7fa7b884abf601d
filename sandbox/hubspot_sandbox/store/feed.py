"""The changes of a portal, in order: what webhooks and the journal are made of."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened to a record."""

    number: int
    at: int
    action: str
    type: str
    id: int
    source: str
    detail: dict[str, Any]


@dataclass
class Feed:
    """Remembers changes while somebody subscribes to them, and tells that there are some."""

    connection: sqlite3.Connection
    active: bool = False
    listeners: list[Callable[[], None]] = field(default_factory=list)

    def add(
        self, action: str, kind: str, record_id: int, at: int, source: str, **detail: Any
    ) -> None:
        """Remember a change: CREATE, UPDATE, DELETE, MERGE, RESTORE, or an association's."""
        if not self.active:
            return
        self.connection.execute(
            "INSERT INTO changes (at, action, type, id, source, detail) VALUES (?, ?, ?, ?, ?, ?)",
            [at, action, kind, record_id, source, json.dumps(detail)],
        )

    def after(self, number: int, limit: int) -> Iterator[Change]:
        """Yield changes that came after one, oldest first."""
        for row in self.connection.execute(
            "SELECT * FROM changes WHERE number > ? ORDER BY number LIMIT ?", [number, limit]
        ):
            yield _change(row)

    @property
    def last(self) -> int:
        """The number of the latest change."""
        row = self.connection.execute("SELECT max(number) AS n FROM changes").fetchone()
        return int(row["n"] or 0)

    def forget(self, before: int) -> None:
        """Forget what happened before a time (ms)."""
        self.connection.execute("DELETE FROM changes WHERE at < ?", [before])

    def tell(self) -> None:
        """Tell whoever waits that there may be something new."""
        for listener in self.listeners:
            listener()


def _change(row: Mapping[str, Any]) -> Change:
    return Change(
        row["number"],
        row["at"],
        row["action"],
        row["type"],
        row["id"],
        row["source"],
        json.loads(row["detail"]),
    )
