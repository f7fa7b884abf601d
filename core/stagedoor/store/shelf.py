"""A text in the operational store that processes on several machines change in turn."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, Engine, select, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from stagedoor.config import PortalSettings
from stagedoor.errors import Unavailable
from stagedoor.store.engine import open_engine
from stagedoor.store.insertion import insert_new
from stagedoor.store.tables import facts

T = TypeVar("T")

_LONGEST_NAME = 64


class Shelf:
    """One text, in PostgreSQL; safe for several threads."""

    def __init__(self, engine: Engine, name: str) -> None:
        """Keep it under `name`; `clock` goes by the database's clock from now on.

        Raises:
            Unavailable: The database does not answer.
        """
        self._engine = engine
        self._name = (
            name if len(name) <= _LONGEST_NAME else hashlib.sha256(name.encode()).hexdigest()
        )
        self._ahead = self._transaction(self._begin)

    def _begin(self, connection: Connection) -> float:
        """Make room for the text; return how many seconds the database's clock is ahead of ours."""
        insert_new(connection, facts, [{"name": self._name, "value": ""}])
        asked = time.time()
        theirs = connection.execute(text("SELECT extract(epoch FROM clock_timestamp())"))
        return float(theirs.scalar_one()) - (asked + time.time()) / 2

    def clock(self) -> float:
        """Return the time by the database's clock, in seconds since 1970."""
        return time.time() + self._ahead

    def change(self, do: Callable[[str], tuple[str, T]]) -> T:
        """Let `do` make another text of the present one, alone; return what it returns beside.

        The text may be lost when the database crashes: nobody waits for its disk.

        Raises:
            Unavailable: The database does not answer.
        """

        def changed(connection: Connection) -> T:
            connection.execute(text("SET LOCAL synchronous_commit TO off"))
            mine = facts.c.name == self._name
            held = select(facts.c.value).where(mine).with_for_update()
            value, result = do(str(connection.execute(held).scalar_one()))
            connection.execute(update(facts).where(mine).values(value=value))
            return result

        return self._transaction(changed)

    def _transaction(self, do: Callable[[Connection], T]) -> T:
        try:
            with self._engine.begin() as connection:
                return do(connection)
        except SQLAlchemyError as error:
            raise Unavailable(
                "The limits of the portal are kept in the operational store, which does not answer "
                f"({type(error).__name__}). What is pending stays pending: check that its database "
                "runs, then run again."
            ) from error

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()


def open_shelf(settings: PortalSettings, name: str) -> Shelf | None:
    """Return a shelf of the store, where machines share one; nothing for SQLite.

    Raises:
        Misconfigured: The store cannot be opened.
        Unavailable: Its database does not answer.
    """
    url = settings.store_url
    if url is None or make_url(url).get_backend_name() != "postgresql":
        return None
    return Shelf(open_engine(url, settings.root), name)
