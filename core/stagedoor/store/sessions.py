"""Sessions of the console: who signed in and has not signed out; only hashes are kept."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

from sqlalchemy import Engine, delete, insert, select

from stagedoor.store.runs import now
from stagedoor.store.service_tables import sessions as table


class Sessions:
    """The sessions of one store."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.time) -> None:
        """Keep them in `engine`'s database; `clock` gives seconds since 1970."""
        self._engine = engine
        self._clock = clock

    def begin(self, word: str, key_id: str, seconds: float) -> None:
        """Keep that whoever knows `word` is signed in with a key."""
        row = {
            "hash": _hash(word),
            "key_id": key_id,
            "begun_at": now(),
            "ends_at": self._clock() + seconds,
        }
        with self._engine.begin() as connection:
            connection.execute(insert(table).values(row))

    def key_id(self, word: str) -> str | None:
        """Return the key that a session was begun with; nothing once it has ended."""
        query = select(table.c.key_id).where(
            table.c.hash == _hash(word), table.c.ends_at > self._clock()
        )
        with self._engine.connect() as connection:
            return connection.execute(query).scalar_one_or_none()

    def end(self, word: str) -> None:
        """End a session, wherever else its word is known."""
        with self._engine.begin() as connection:
            connection.execute(delete(table).where(table.c.hash == _hash(word)))

    def end_all(self, key_id: str) -> int:
        """End every session of a key, and return how many those were."""
        with self._engine.begin() as connection:
            return connection.execute(delete(table).where(table.c.key_id == key_id)).rowcount

    def prune(self) -> int:
        """Forget those that have ended by themselves, and return how many those were."""
        with self._engine.begin() as connection:
            return connection.execute(
                delete(table).where(table.c.ends_at <= self._clock())
            ).rowcount


def _hash(word: str) -> str:
    """Return what is kept; the word has 192 random bits, so that one round is enough."""
    return hashlib.sha256(word.encode()).hexdigest()
