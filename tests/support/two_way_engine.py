"""The real engine between a dictionary and a database, in this process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, create_engine, insert, select, update
from sqlalchemy.pool import StaticPool

from stagedoor.mapping.document import MappingDocument
from stagedoor.mapping.loader import assemble
from stagedoor.model import ObjectRef, Refusal
from stagedoor.plugins import load_plugins
from stagedoor.state.database import StateDatabase
from stagedoor.state.ledger import Ledger
from stagedoor.state.links import Held, Links
from stagedoor.state.merges import Merge, Merges
from stagedoor.state.platform_rows import PlatformRows
from stagedoor.state.replica import Replica
from stagedoor.state.seen import READ_BY, SeenObjects
from stagedoor.state.sent import Sent, clear_in_flight, in_flight, note_agreed, sent_as
from stagedoor.state.writing import Writing
from stagedoor.store.decisions import Decided
from stagedoor.streams import STREAMS
from stagedoor.sync.absorption import StreamAbsorber
from stagedoor.sync.inbound import Inbound
from stagedoor.sync.intake import merges_in, seen_object, wanted_properties
from stagedoor.sync.planning import Planner
from stagedoor.sync.present import PresentValues, TwoWay
from stagedoor.sync.progress import LogProgress
from stagedoor.sync.pushing import Push
from stagedoor.sync.recovering import recover
from stagedoor.sync.summary import Summary
from stagedoor_plugins.platform_sources.sql_writer import SqlWriter
from stagedoor_plugins.platform_sources.tables import TABLES, metadata
from stagedoor_plugins.platform_sources.writable_table import WritableTable
from support.two_way_portal import Clock, DictHubSpot

PLUGINS = load_plugins()
CUSTOMERS = TABLES["customers"]
SPEC = STREAMS["customers"]


class Killed(BaseException):
    """The process was killed."""


@dataclass
class Notebook:
    """Decisions, conflicts and letters, without a store."""

    conflicts: dict[tuple[ObjectRef, str], Decided] = field(default_factory=dict)
    decisions: list[Decided] = field(default_factory=list)
    letters: list[tuple[ObjectRef, Refusal]] = field(default_factory=list)

    def waiting(self) -> Mapping[ObjectRef, frozenset[str]]:
        found: dict[ObjectRef, frozenset[str]] = {}
        for ref, name in self.conflicts:
            found[ref] = found.get(ref, frozenset()) | {name}
        return found

    def log(self, made: Sequence[Decided]) -> list[int]:
        self.decisions += made
        return list(range(len(made)))

    def drop(self, ids: Iterable[int]) -> None:
        pass

    def open(self, conflicts: Sequence[Decided]) -> None:
        self.conflicts.update({(c.ref, c.decision.property): c for c in conflicts})

    def close(self, properties: Sequence[tuple[ObjectRef, str]]) -> None:
        for place in properties:
            self.conflicts.pop(place, None)

    def bury(self, refusals: Sequence[tuple[ObjectRef, Refusal]]) -> None:
        self.letters += refusals


class NoLetters:
    """Dead letters of pushes are not what this is about."""

    def bury_changes(self, refused: Any) -> None:
        self.refused = list(refused)

    def resolve(self, object_type: str, keys: Any) -> None:
        pass


class Platform:
    """A platform's database in memory, and the people who use it."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.engine: Engine = create_engine("sqlite://", poolclass=StaticPool)
        metadata.create_all(self.engine, tables=[CUSTOMERS])
        fields = [f.name for f in SPEC.fields]
        table = WritableTable(SPEC, CUSTOMERS, {}, fields)
        self.writer = SqlWriter(self.engine, lambda _stream: table, clock=clock)

    def add(self, key: str, **fields: Any) -> None:
        """Open an account."""
        row = {"customer_id": key, "updated_at": self._now(), "created_at": self._now(), **fields}
        with self.engine.begin() as connection:
            connection.execute(insert(CUSTOMERS).values(row))

    def edit(self, key: str, **fields: Any) -> None:
        """Edit an account."""
        values = {"updated_at": self._now(), **fields}
        same = CUSTOMERS.c.customer_id == key
        with self.engine.begin() as connection:
            connection.execute(update(CUSTOMERS).where(same).values(values))

    def rows(self, since: datetime | None = None) -> list[dict[str, Any]]:
        """Return all accounts, or those that changed since."""
        query = select(CUSTOMERS)
        if since is not None:
            query = query.where(CUSTOMERS.c.updated_at >= since)
        with self.engine.connect() as connection:
            return [dict(row._mapping) for row in connection.execute(query)]

    def _now(self) -> datetime:
        return self.clock().replace(tzinfo=None)


class TwoWays:
    """One platform, one HubSpot, and the state between them."""

    def __init__(self, mapping: str) -> None:
        self.clock = Clock()
        self.platform = Platform(self.clock)
        self.hubspot = DictHubSpot(self.clock)
        self.database = StateDatabase.in_memory()
        self.database.execute("SET threads=1")
        self.document: MappingDocument = assemble(
            PLUGINS.object_types, PLUGINS.calculators, mapping
        )
        self.replica = Replica(self.database)
        self.ledger = Ledger(self.database, "run")
        self.notebook = Notebook()
        self.kill_in: int | None = None
        self.runs = 0
        self.bookmark: datetime | None = None
        self._execute = self.database.execute
        self.database.execute = self._counted  # type: ignore[method-assign] # to be killed in one

    def _counted(self, sql: str, parameters: Any = None) -> Any:
        if self.kill_in is not None:
            self.kill_in -= 1
            if self.kill_in < 0:
                self.kill_in = None
                raise Killed
        return self._execute(sql, parameters)

    def has(self, sql: str, parameters: Any = None) -> bool:
        """Whether the state has a row that a query asks for."""
        return bool(self.database.rows(sql, parameters))

    # the two jobs

    def read_platform(self) -> list[dict[str, Any]]:
        """Return what tap-platform would send now."""
        rows = self.platform.rows(self.bookmark)
        self.bookmark = max((row["updated_at"] for row in rows), default=self.bookmark)
        return rows

    def absorb(self, rows: list[dict[str, Any]] | None = None) -> None:
        """Take in what tap-platform reads, and push nothing."""
        rows = self.read_platform() if rows is None else rows
        absorber = StreamAbsorber(
            self.replica, lambda _letters: None, "customers", SPEC.json_schema(), ["customer_id"]
        )
        absorber.absorb_records([_record(row) for row in rows])

    def outbound(self, rows: list[dict[str, Any]] | None = None) -> None:
        """Take in what the tap read, and push."""
        self.absorb(rows)
        self.runs += 1
        self.database.remember(READ_BY, f"run {self.runs}")
        PlatformRows(self.database).reapply(self.clock())
        recover(self.ledger, Writing(self.database))
        for _ in range(3):
            two_way = TwoWay(
                PLUGINS.codecs,
                self.notebook.waiting(),
                in_flight(self.database),
                sent_as(self.database),
            )
            present = PresentValues(self.hubspot.read_by, 1, two_way)
            planner = Planner(
                self.database, self.ledger, PLUGINS, self.document, self.clock(), present
            )
            planned = planner.plan()
            self.notebook.log([Decided(c.ref, c.hubspot_id or "", d) for c, d in two_way.decided])
            self.notebook.close(two_way.agreed)
            note_agreed(self.database, two_way.agreed_at)
            clear_in_flight(self.database, two_way.heard, two_way.in_flight)
            push = Push(
                self.hubspot,
                self.ledger,
                NoLetters(),  # type: ignore[arg-type] # it buries none
                Summary(),
                LogProgress(),
                in_flight=1,
                associations=(),
                last=False,
            )
            push.sent = Sent(
                self.database, {n: m.two_way for n, m in self.document.objects.items()}
            )
            push.carry_out(planned.plan)
            if not push.again:
                break

    def inbound(
        self,
        records: Sequence[Mapping[str, Any]] = (),
        merges: Iterable[tuple[Any, ...]] = (),
        deletions: Sequence[tuple[str, datetime]] = (),
    ) -> Inbound:
        """Take in what tap-hubspot read, and write the platform."""
        seen, links = SeenObjects(self.database), Links(self.database, "run")
        wanted = wanted_properties(self.document)["contacts"]
        told = [*(m for record in records for m in merges_in(record)), *(Merge(*m) for m in merges)]
        Merges(self.database, links).absorb("contacts", told)
        seen.absorb("contacts", [seen_object(r, wanted) for r in records], self.clock())
        gone = [(i, Held.ARCHIVED, at) for i, at in deletions]
        links.absorb_deletions("contacts", gone, self.clock())
        run = Inbound(
            self.database,
            self.ledger,
            PLUGINS,
            self.document,
            self.notebook,
            self.platform.writer,
            "run",
            self.clock(),
        )
        run.run()
        return run

    def close(self) -> None:
        self.database.close()
        self.platform.engine.dispose()


def _record(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() + "+00:00" if isinstance(value, datetime) else value
        for name, value in row.items()
    }
