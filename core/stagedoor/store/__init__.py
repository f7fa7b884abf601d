"""The operational store, shared by many processes: runs, dead letters, connections and more.

SQLite in WAL mode by default, any SQLAlchemy URL otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from stagedoor.config import PortalSettings
from stagedoor.store.alerts import Alerts
from stagedoor.store.api_keys import ApiKeys
from stagedoor.store.conflicts import Conflicts
from stagedoor.store.connections import Connections
from stagedoor.store.consents import Consents
from stagedoor.store.dead_letters import DeadLetters
from stagedoor.store.decisions import Decisions
from stagedoor.store.engine import open_engine
from stagedoor.store.erasures import Erasures
from stagedoor.store.inbox import Clock, Inbox
from stagedoor.store.inspections import Inspections
from stagedoor.store.log import Log
from stagedoor.store.mappings import Mappings
from stagedoor.store.run_queue import RunQueue
from stagedoor.store.runs import Runs
from stagedoor.store.sessions import Sessions

__all__ = ["Store", "open_store"]


@dataclass(frozen=True, slots=True)
class Store:
    """The store's subjects."""

    engine: Engine
    root: Path
    """Folder of local state, with the locks and maybe the key of tokens."""
    runs: Runs
    dead_letters: DeadLetters
    connections: Connections
    erasures: Erasures

    @property
    def conflicts(self) -> Conflicts:
        """What waits for a person to decide."""
        return Conflicts(self.engine)

    @property
    def decisions(self) -> Decisions:
        """What was decided about properties that go both ways."""
        return Decisions(self.engine)

    @property
    def api_keys(self) -> ApiKeys:
        """Who may call the service."""
        return ApiKeys(self.engine)

    @property
    def consents(self) -> Consents:
        """Consents that are being waited for."""
        return Consents(self.engine, self.root)

    @property
    def mappings(self) -> Mappings:
        """Mapping documents that no file has."""
        return Mappings(self.engine)

    @property
    def queue(self) -> RunQueue:
        """Runs that wait."""
        return RunQueue(self.engine)

    @property
    def log(self) -> Log:
        """The service's log."""
        return Log(self.engine)

    @property
    def alerts(self) -> Alerts:
        """What people are told of."""
        return Alerts(self.engine)

    @property
    def sessions(self) -> Sessions:
        """Who is signed in to the console."""
        return Sessions(self.engine)

    @property
    def inspections(self) -> Inspections:
        """Calls of HubSpot that somebody wants to see."""
        return Inspections(self.engine)

    def inbox(self, portal: str, clock: Clock | None = None) -> Inbox:
        """Return the inbox of a portal."""
        return Inbox(self.engine, portal, clock)

    def close(self) -> None:
        """Close the connections."""
        self.engine.dispose()


def open_store(settings: PortalSettings) -> Store:
    """Open the store, bringing its tables to what this version knows.

    Raises:
        Misconfigured: `store_url` cannot be opened, or a newer Stagedoor wrote the store.
    """
    engine = open_engine(settings.store_url, settings.root)
    connections = Connections(engine, settings.root)
    erasures = Erasures(engine)
    return Store(engine, settings.root, Runs(engine), DeadLetters(engine), connections, erasures)
