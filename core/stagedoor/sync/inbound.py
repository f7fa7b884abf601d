"""The main path of an inbound run, from what was seen of HubSpot to a settled platform."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from stagedoor.engine import inbound as engine
from stagedoor.engine.batches import chunks
from stagedoor.engine.merge import Resolve
from stagedoor.extension import PlatformWriter
from stagedoor.mapping.document import MappingDocument
from stagedoor.plugins import Plugins
from stagedoor.state.database import StateDatabase
from stagedoor.state.ledger import Ledger
from stagedoor.state.links import Links
from stagedoor.state.merges import Merges
from stagedoor.state.platform_rows import PlatformRows
from stagedoor.state.seen import Linked, SeenObjects
from stagedoor.state.sent import in_flight
from stagedoor.state.writing import Writing
from stagedoor.sync.comparing import compared
from stagedoor.sync.deciding import Deciding, Left
from stagedoor.sync.diary import Diary
from stagedoor.sync.entries import seen_entries
from stagedoor.sync.inbound_letters import is_private, told_of
from stagedoor.sync.newcomers import Newcomers
from stagedoor.sync.our_side import Entry, OurSide, entries_of
from stagedoor.sync.placing import Placing
from stagedoor.sync.recovering import recover
from stagedoor.sync.tally import Tally

BATCH = 500
"""Objects that are decided, written and settled together."""


@dataclass
class Inbound:
    """One inbound run on one portal's state."""

    database: StateDatabase
    ledger: Ledger
    plugins: Plugins
    document: MappingDocument
    diary: Diary
    writer: PlatformWriter
    run_id: str
    now: datetime
    resolve: Resolve = lambda _conflict: None

    def __post_init__(self) -> None:
        """Look at nothing yet."""
        self.seen = SeenObjects(self.database)
        self.links = Links(self.database, self.run_id)
        self.rows = PlatformRows(self.database)
        self.writing = Writing(self.database)
        self.tally = Tally()
        object_types = seen_entries(self.database, self.document, self.plugins.object_types)
        self.entries = entries_of(self.document, object_types, self.plugins)
        self.in_flight = in_flight(self.database)
        ours = OurSide(self.database, self.plugins, self.document, self.now)
        newcomers = Newcomers(self.ledger, self.links, self.rows, ours, self.writing, self.now)
        self.placing = Placing(newcomers, self.writer, self.diary, self.tally)
        self.deciding = Deciding(
            self.database,
            self.ledger,
            self.writer,
            self.diary,
            ours,
            self.in_flight,
            self.resolve,
            self.tally,
            self.now,
        )

    @property
    def counts(self) -> dict[str, Counter[str]]:
        """What became of seen objects and of their properties, by entry."""
        return self.tally.counts

    def run(self) -> None:
        """Take over everything that was seen.

        Raises:
            Unavailable: The platform stopped answering; what was done is settled, the rest waits.
        """
        by_type: dict[str, dict[str, Entry]] = {}
        for entry in self.entries:
            by_type.setdefault(entry.object_type.hubspot_type, {})[entry.name] = entry
        self.rows.reapply(self.now)
        recover(self.ledger, self.writing)
        self.seen.forget_settled(self.now)
        for hubspot_type, entries in by_type.items():
            self._follow(hubspot_type, list(entries))
            self._take_over(hubspot_type, entries)

    def _follow(self, hubspot_type: str, names: list[str]) -> None:
        """Let links follow what happened to whole records."""
        merges = Merges(self.database, self.links)
        for told, moved in (
            ("merged", merges.follow(hubspot_type, names)),
            ("deleted", self.links.delete(hubspot_type, names)),
            ("restored", self.links.restore(hubspot_type, names)),
        ):
            for item in moved:
                self.tally.count(item.ref.object_type, told)
            self.diary.bury(
                [told_of(item) for item in moved if told == "merged" or is_private(item)]
            )

    def _take_over(self, hubspot_type: str, entries: Mapping[str, Entry]) -> None:
        for page in self.seen.linked(hubspot_type, entries):
            left = [self._batch(hubspot_type, entries, batch) for batch in chunks(page, BATCH)]
            parked = {hubspot_id for one in left for hubspot_id in one.parked}
            waiting = {hubspot_id for one in left for hubspot_id in one.waiting}
            done = {item.seen.hubspot_id for item in page} - parked - waiting
            self.seen.park(hubspot_type, parked)
            self.seen.settle(hubspot_type, done, self.now)

    def _batch(
        self, hubspot_type: str, entries: Mapping[str, Entry], batch: Sequence[Linked]
    ) -> Left:
        """Settle a batch; return what has to wait."""
        living = [item for item in batch if not item.seen.archived]
        placed = self.placing.place(hubspot_type, entries, [i for i in living if i.base is None])
        linked = [(item, item.base) for item in living if item.base is not None]
        differing: dict[str, list[engine.Seen]] = {}
        for item, base in (*linked, *placed.linked):
            name = base.ref.object_type
            seen = compared(entries[name], item, base, self.in_flight, self.diary)
            if seen.differing():
                differing.setdefault(name, []).append(seen)
            else:
                self.tally.count(name, "echo")
        left = Left(parked=placed.parked)
        for name, entry in entries.items():
            one = self.deciding.settle(entry, differing.get(name, ()))
            left.waiting |= one.waiting
            left.parked |= one.parked
        return left
