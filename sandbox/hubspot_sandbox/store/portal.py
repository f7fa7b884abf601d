"""One portal: its file, its clock, and what hangs together in one transaction."""

from __future__ import annotations

import random
import sqlite3
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hubspot_sandbox.model.behaviour import Behaviour
from hubspot_sandbox.model.clock import Clock
from hubspot_sandbox.model.types import ObjectType, Registry
from hubspot_sandbox.store.association_types import AssociationTypes
from hubspot_sandbox.store.associations import Associations
from hubspot_sandbox.store.attendance import Attendance
from hubspot_sandbox.store.database import TABLES, connect
from hubspot_sandbox.store.documents import Documents
from hubspot_sandbox.store.feed import Feed
from hubspot_sandbox.store.index import Index
from hubspot_sandbox.store.lists import Lists
from hubspot_sandbox.store.lookups import Lookups
from hubspot_sandbox.store.merges import Merges
from hubspot_sandbox.store.objects import Objects
from hubspot_sandbox.store.schema import Schema


class PortalStore:
    """Everything that a portal remembers."""

    def __init__(
        self, path: Path, *, seed: int = 1, clock: Clock | None = None, portal_id: int | None = None
    ) -> None:
        """Open the portal kept in `path`, made when absent."""
        self.path = path
        self.connection = connect(path)
        self.clock = clock or Clock()
        self.random = random.Random(seed)
        self.feed = Feed(self.connection)
        self.index = Index(self.connection)
        self.documents = Documents(self.connection)
        self._bumps: deque[tuple[int, ObjectType, int]] = deque()
        self.portal_id = self._identity(portal_id)
        self._open()

    def _open(self) -> None:
        """Read what is kept in memory as well."""
        self.types = Registry(self.portal_id)
        self.schema = Schema(self.connection, self.types, self.documents)
        self.objects = Objects(self.connection, self.schema, self.feed, self.index)
        association_types = AssociationTypes(self.connection)
        self.associations = Associations(self.connection, association_types, self.feed)
        self.merges = Merges(self.connection, self.objects, self.associations, self.feed)
        self.lists = Lists(self.connection, self.documents, self.objects, self.types)
        self.attendance = Attendance(self.connection)
        self.lookups = Lookups(self.connection, self.schema)
        self.behaviour = Behaviour()

    def _identity(self, wanted: int | None) -> int:
        row = self.connection.execute("SELECT value FROM facts WHERE name='portal_id'").fetchone()
        if row is not None:
            return int(row["value"])
        portal_id = wanted or random.SystemRandom().randrange(10_000_000, 99_999_999)
        self.connection.execute("INSERT INTO facts VALUES ('portal_id', ?)", [str(portal_id)])
        return portal_id

    @property
    def behaviour(self) -> Behaviour:
        """What the portal does where HubSpot's answer is not known."""
        return self.objects.behaviour

    @behaviour.setter
    def behaviour(self, behaviour: Behaviour) -> None:
        self.objects.behaviour = behaviour
        self.index.delay_ms = behaviour.index_delay_ms

    def behave(self, given: Mapping[str, Any]) -> None:
        """Change some of the behaviour.

        Raises:
            ValueError: Naming what is no behaviour.
        """
        self.behaviour = self.behaviour.changed(given)

    def acting(self, source: str) -> None:
        """Tell who makes the changes that follow: INTEGRATION, CRM_UI or IMPORT."""
        self.objects.source = self.associations.source = source

    def now(self) -> int:
        """Return the portal's time, in ms since 1970."""
        return self.clock.now()

    def created(self, kind: ObjectType, record_id: int) -> None:
        """Let a new record's modified date move by itself a little later."""
        if self.behaviour.post_create_bump_ms:
            due = self.now() + self.behaviour.post_create_bump_ms
            self._bumps.append((due, kind, record_id))

    def settle(self) -> None:
        """Carry out what HubSpot does on its own and is due by now."""
        while self._bumps and self._bumps[0][0] <= self.now():
            due, kind, record_id = self._bumps.popleft()
            with self.transaction():
                self.objects.touch(kind, record_id, due)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Keep everything inside, or nothing."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield self.connection
        except BaseException:
            self.connection.execute("ROLLBACK")
            if self.schema.touched:
                self.schema.read()
            raise
        self.connection.execute("COMMIT")
        self.schema.touched = False
        if self.feed.active:
            self.feed.tell()

    def empty(self) -> None:
        """Forget everything but which portal this is; behave by default again."""
        with self.transaction():
            for table in TABLES:
                self.connection.execute(f"DELETE FROM {table}")
            self.index.forget()
            self._bumps.clear()
            self._open()
        self.feed.active = False

    def close(self) -> None:
        """Close the file."""
        self.connection.close()
