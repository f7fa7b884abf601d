"""The operational store: runs, dead letters, connections and the inbox, shared by many processes.

SQLite in WAL mode by default, any SQLAlchemy URL otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine

from stagedoor.config import PortalSettings
from stagedoor.store.connections import Connections
from stagedoor.store.dead_letters import DeadLetters
from stagedoor.store.engine import open_engine
from stagedoor.store.erasures import Erasures
from stagedoor.store.inbox import Clock, Inbox
from stagedoor.store.runs import Runs

__all__ = ["Store", "open_store"]


@dataclass(frozen=True, slots=True)
class Store:
    """The store's subjects."""

    engine: Engine
    runs: Runs
    dead_letters: DeadLetters
    connections: Connections
    erasures: Erasures

    def inbox(self, portal: str, clock: Clock | None = None) -> Inbox:
        """Return the inbox of a portal."""
        return Inbox(self.engine, portal, clock)

    def close(self) -> None:
        """Close the connections."""
        self.engine.dispose()


def open_store(settings: PortalSettings) -> Store:
    """Open the store, making its tables when they are absent.

    Raises:
        Misconfigured: `store_url` cannot be opened, or a newer Stagedoor wrote the store.
    """
    engine = open_engine(settings.store_url, settings.root)
    connections = Connections(engine, settings.root)
    erasures = Erasures(engine)
    return Store(engine, Runs(engine), DeadLetters(engine), connections, erasures)
