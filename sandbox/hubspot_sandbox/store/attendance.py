"""Who registered for a marketing event, attended it, or cancelled.

https://developers.hubspot.com/docs/guides/api/marketing/marketing-events
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

STATES = {"REGISTER": "REGISTERED", "ATTEND": "ATTENDED", "CANCEL": "CANCELLED"}
"""States by the word in the path; the longer words are taken as well."""


@dataclass(frozen=True, slots=True)
class Participation:
    """What one person did about one event, and when (ms)."""

    event: int
    contact: int
    at: int
    state: str
    properties: dict[str, Any]


class Attendance:
    """All participations of a portal; the caller opens the transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Keep participations through `connection`."""
        self._connection = connection

    def add(self, what: Participation) -> bool:
        """Keep a participation, once; whether it is new."""
        kept = self._connection.execute(
            "INSERT OR IGNORE INTO attendance VALUES (?, ?, ?, ?, ?)",
            [what.event, what.contact, what.at, what.state, json.dumps(what.properties)],
        )
        return kept.rowcount > 0

    def of_event(self, event: int) -> list[Participation]:
        """Return what happened about an event, oldest first."""
        return self._read("event", event)

    def of_contact(self, contact: int) -> list[Participation]:
        """Return what a person did, oldest first."""
        return self._read("contact", contact)

    def _read(self, side: str, number: int) -> list[Participation]:
        rows = self._connection.execute(
            f"SELECT * FROM attendance WHERE {side} = ? ORDER BY at, contact, event", [number]
        )
        return [
            Participation(
                row["event"], row["contact"], row["at"], row["state"], json.loads(row["properties"])
            )
            for row in rows
        ]

    def counts(self, event: int, *, over: bool) -> dict[str, int]:
        """Return how many people are in each state now; who registered and never came, if over."""
        last = {one.contact: one.state for one in self.of_event(event)}
        states = list(last.values())
        registered = states.count("REGISTERED")
        return {
            "attended": states.count("ATTENDED"),
            "registered": registered,
            "cancelled": states.count("CANCELLED"),
            "noShows": registered if over else 0,
        }

    def drop(self, event: int) -> None:
        """Forget an event's participations."""
        self._connection.execute("DELETE FROM attendance WHERE event = ?", [event])

    def move(self, old: int, new: int) -> None:
        """Give what one contact did to another."""
        self._connection.execute(
            "UPDATE OR IGNORE attendance SET contact = ? WHERE contact = ?", [new, old]
        )
