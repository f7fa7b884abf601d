"""Finds a place on the platform for records of HubSpot that nothing is linked to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from stagedoor.engine.inbound import DOUBTED
from stagedoor.extension import CreatingWriter, PlatformWriter
from stagedoor.model import Base
from stagedoor.state.seen import Linked
from stagedoor.store.decisions import Decided
from stagedoor.sync.diary import Diary
from stagedoor.sync.inbound_letters import not_made
from stagedoor.sync.newcomers import Newcomer, Newcomers, newcomers
from stagedoor.sync.our_side import Entry
from stagedoor.sync.tally import Tally


@dataclass
class Placed:
    """What became of unlinked records."""

    linked: list[tuple[Linked, Base]] = field(default_factory=list)
    """Those that are linked now."""
    parked: set[str] = field(default_factory=set)
    """HubSpot ids of those that wait until the platform has been read again."""


@dataclass
class Placing:
    """What one run does about unlinked records."""

    newcomers: Newcomers
    writer: PlatformWriter
    diary: Diary
    tally: Tally

    def place(
        self, hubspot_type: str, entries: Mapping[str, Entry], unlinked: Sequence[Linked]
    ) -> Placed:
        """Link records to an object that waits for one, or make rows of them."""
        placed = Placed()
        waiting = {item.seen.hubspot_id: item for item in unlinked}
        for entry in entries.values():
            found = list(newcomers(entry, [item.seen for item in waiting.values()]))
            for hubspot_id, ref in self.newcomers.linked_again(entry, found).items():
                self.tally.count(entry.name, "linked again")
                base = Base(ref, hubspot_id, "", {}, DOUBTED)
                placed.linked.append((waiting.pop(hubspot_id), base))
            expected = self.newcomers.expected(entry, found) & waiting.keys()
            placed.parked |= expected
            free = [one for one in found if one.seen.hubspot_id in waiting.keys() - expected]
            made = self._make(entry, free, placed) if entry.mapping.creates and free else set()
            waiting = {i: item for i, item in waiting.items() if i not in expected | made}
        for _ in waiting:
            self.tally.count(hubspot_type, "not on the platform")
        return placed

    def _make(self, entry: Entry, found: Sequence[Newcomer], placed: Placed) -> set[str]:
        """Make rows of records; return the HubSpot ids of those that have, or will have, one."""
        done: set[str] = set()
        for one in self.newcomers.unknown(entry, found):
            if not isinstance(self.writer, CreatingWriter) or one.unreadable:
                self.diary.bury([not_made(entry, one)])
                continue
            ref, outcome, decisions = self.newcomers.make(self.writer, entry, one)
            if outcome.conflicts:
                # The platform has them since it was read last; or has edited what a run that was
                # cut off had made. With the next read of it they are merged.
                placed.parked.add(one.seen.hubspot_id)
            elif not decisions:
                self.diary.bury([not_made(entry, one, outcome)])
                continue
            else:
                self.diary.log([Decided(ref, one.seen.hubspot_id, d) for d in decisions])
                self.tally.count(entry.name, "made")
            self.newcomers.ours.forget()
            done.add(one.seen.hubspot_id)
        return done
