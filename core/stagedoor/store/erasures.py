"""Erased people: what was erased, by whom and when; and hashes by which they are kept away.

Nothing here names a person. What identifies one is kept as a salted SHA-256 hash: it recognises
somebody who comes again, and cannot be read back. Whoever holds this store, salt and all, can
still test whether an address that they know already is among the hashes.
"""

from __future__ import annotations

import getpass
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Engine, false, insert, or_, select, text, update

from stagedoor.engine.person import Person, fingerprint
from stagedoor.store.runs import now
from stagedoor.store.tables import (
    blocked,
    conflicts,
    dead_letters,
    decisions,
    erasures,
    facts,
    inbox,
    runs,
)

_STRUCK = "(erased)"
_OF_RUNS = (runs.c.counts, runs.c.request, runs.c.result)
"""What is emptied of runs that mention a person; a plan shows values."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """One line of the audit."""

    at: str
    run_id: str
    who: str
    reason: str
    """anonymised (by the platform) or forgotten (on demand)."""
    what: str
    """hubspot (GDPR-deleted), cleared (emptied in HubSpot) or local (only here)."""
    hubspot_id_hash: str | None
    counts: Mapping[str, int]


class Erasures:
    """The audit of one store, and who stays away."""

    def __init__(self, engine: Engine) -> None:
        """Keep it in `engine`'s database."""
        self._engine = engine

    @property
    def salt(self) -> str:
        """The store's own salt, made on first use."""
        query = select(facts.c.value).where(facts.c.name == "salt")
        with self._engine.begin() as connection:
            found = connection.execute(query).scalar_one_or_none()
            if found is None:
                found = secrets.token_hex(16)
                connection.execute(insert(facts).values(name="salt", value=found))
        return str(found)

    def record(
        self,
        portal: str,
        run_id: str,
        *,
        reason: str,
        what: str,
        hubspot_id: str | None,
        counts: Mapping[str, int] | None = None,
    ) -> None:
        """Add a line to the audit."""
        row = {
            "portal": portal,
            "at": now(),
            "run_id": run_id,
            "who": _who(),
            "reason": reason,
            "what": what,
            "hubspot_id_hash": hubspot_id and fingerprint(self.salt, f"hubspot:{hubspot_id}"),
            "counts": json.dumps(dict(counts or {})),
        }
        with self._engine.begin() as connection:
            connection.execute(insert(erasures).values(row))

    def audit(self, portal: str) -> list[Erasure]:
        """Return the lines of a portal, oldest first."""
        query = select(erasures).where(erasures.c.portal == portal).order_by(erasures.c.id)
        with self._engine.connect() as connection:
            return [_line(row._mapping) for row in connection.execute(query)]

    def block(self, portal: str, words: Iterable[str]) -> None:
        """Keep whoever these words name away: `customer:17`, `email:ana@example.com`."""
        hashes = {fingerprint(self.salt, word) for word in words} - self.blocked(portal)
        if hashes:
            rows = [{"portal": portal, "hash": h, "at": now()} for h in sorted(hashes)]
            with self._engine.begin() as connection:
                connection.execute(insert(blocked), rows)

    def blocked(self, portal: str) -> frozenset[str]:
        """Return the hashes of who stays away from a portal."""
        query = select(blocked.c.hash).where(blocked.c.portal == portal)
        with self._engine.connect() as connection:
            return frozenset(connection.execute(query).scalars())

    def letters_about(self, portal: str, person: Person) -> list[int]:
        """Return the ids of dead letters, open or closed, that hold something of a person."""
        found = dead_letters.c
        columns = (found.key, found.message, found.record)
        mentions = [c.icontains(word, autoescape=True) for c in columns for word in person.words]
        mentions += [found.key.in_(person.keys)]
        for customer_id in sorted(person.customer_ids):
            row = json.dumps({"customer_id": customer_id})[1:-1]
            mentions.append(found.record.contains(row, autoescape=True))
        query = select(found.id).where(found.portal == portal, or_(*mentions))
        with self._engine.connect() as connection:
            return list(connection.execute(query).scalars())

    def erase(self, portal: str, person: Person) -> None:
        """Delete a person's dead letters and events, and strike what runs say of them."""
        letters = self.letters_about(portal, person)
        with self._engine.begin() as connection:
            connection.execute(inbox.delete().where(inbox.c.portal == portal, _mentions(person)))
            for letter_id in letters:
                connection.execute(dead_letters.delete().where(dead_letters.c.id == letter_id))
            for table in (conflicts, decisions):
                connection.execute(
                    table.delete().where(table.c.portal == portal, table.c.key.in_(person.keys))
                )
            for word in person.words:
                for column in (runs.c.error, *_OF_RUNS):
                    connection.execute(
                        update(runs)
                        .where(runs.c.portal == portal, column.icontains(word, autoescape=True))
                        .values({column.name: _STRUCK if column is runs.c.error else None})
                    )

    def scrub(self) -> None:
        """Leave no trace in SQLite's free pages and log; other databases see to theirs."""
        if self._engine.dialect.name != "sqlite":
            return
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
            connection.execute(text("VACUUM"))
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))


def _mentions(person: Person) -> ColumnElement[bool]:
    """Return what holds for events whose payload tells of a person."""
    told = [inbox.c.payload.icontains(word, autoescape=True) for word in person.words]
    for customer_id in sorted(person.customer_ids):
        row = json.dumps({"customer_id": customer_id}, ensure_ascii=False)[1:-1]
        told.append(inbox.c.payload.contains(row, autoescape=True))
    return or_(*told) if told else false()


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _line(row: Mapping[Any, Any]) -> Erasure:
    fields = {name: row[name] for name in Erasure.__slots__ if name != "counts"}
    return Erasure(**fields, counts=json.loads(row["counts"]))
