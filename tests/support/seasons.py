"""The runs of a season and what may go wrong in them, and what must hold at its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from stagedoor.model import ObjectRef, Owner, Side
from support.crowd import COLUMNS, OWNERS, PREFIX, PROPERTIES, Crowd, Person
from support.lives import Lives, News
from support.two_way_engine import Killed

Rows = Mapping[str, Mapping[str, Any]]
TROUBLES = ("", "", "", "refused", "unheard", "killed")


@dataclass
class Season:
    """People, and runs between what they do."""

    crowd: Crowd = field(default_factory=Crowd)
    news: News = field(default_factory=News)
    reads: list[dict[str, Any]] = field(default_factory=list)
    """Records that were read and have not arrived."""
    platform_writes: int = 0
    doubtful: set[str] = field(default_factory=set)
    """Accounts about which a write's answer was lost: of edits nobody can tell upon what."""

    def __post_init__(self) -> None:
        """Watch what the engine writes."""
        self.world = self.crowd.world
        self.lives = Lives(self.crowd, self.news)
        self.world.hubspot.on_write = self._hubspot_written

    # runs

    def outbound(self, chance: Random) -> None:
        """Run the outbound job; it may be cut off, or not hear HubSpot's answer."""
        hubspot = self.world.hubspot
        trouble = chance.choice(TROUBLES)
        if trouble in ("refused", "unheard"):
            hubspot.fails = [*[""] * chance.randrange(2), trouble]
        if trouble == "killed":
            self.world.kill_in = chance.randrange(60)
        bookmark = self.world.bookmark
        try:
            self.world.outbound()
        except (ConnectionError, Killed):
            self.world.bookmark = bookmark  # it moves with the STATE that was not acknowledged
        self._calm()

    def tap(self, chance: Random) -> None:
        """Read what hints name, live; some hints come late, some twice, in any order."""
        hints = self.news.hints
        chance.shuffle(hints)
        now = hints[: chance.randrange(len(hints) + 1)]
        again = [hint for hint in now if chance.random() < 0.3]
        self.news.hints = [*hints[len(now) :], *again]
        self.read(now)

    def read(self, ids: list[str]) -> None:
        """Read records as they are."""
        found = [self.world.hubspot.record(i) for i in ids]
        self.reads += [record for record in found if record is not None]

    def inbound(self, chance: Random) -> None:
        """Run the inbound job over some of what was read; it may be cut off."""
        arriving = _some(self.reads, chance)
        merges = _some(self.news.merges, chance)
        deletions = _some(self.news.deletions, chance)
        if chance.random() < 0.25:
            self.world.kill_in = chance.randrange(chance.choice((20, 80, 200)))
        try:
            self._take_in(arriving, merges, deletions)
        except Killed:
            # The tap's bookmark did not move: it reads all of it again.
            self.news.hints += [record["id"] for record in arriving]
            self.news.merges += merges
            self.news.deletions += deletions
        self._calm()

    def _take_in(self, records: Any, merges: Any, deletions: Any) -> None:
        living = [record for record in records if not record["archived"]]
        gone = [
            (r["id"], datetime.fromisoformat(r["updated_at"])) for r in records if r["archived"]
        ]
        told = [pair for merge in merges for pair in merge]
        before = self.rows()
        try:
            self.world.inbound(living, told, [*deletions, *gone])
        finally:
            for key, row in self.rows().items():
                changed = {n: v for n, v in row.items() if before.get(key, {}).get(n) != v}
                if changed:
                    self._platform_written(key, changed)

    def rows(self) -> Rows:
        """Return the fields that go both ways, by account."""
        return {
            row["customer_id"]: {column: row[column] for column in COLUMNS.values()}
            for row in self.world.platform.rows()
        }

    def _calm(self) -> None:
        unheard = "SELECT key FROM inbound.sending UNION SELECT key FROM inbound.writing"
        self.doubtful |= {key for (key,) in self.world.database.rows(unheard)}
        self.world.kill_in = None
        self.world.hubspot.fails = []

    # what the engine does

    def _hubspot_written(
        self, key: str, hubspot_id: str, name: str, value: str | None, is_new: bool
    ) -> None:
        person = self.crowd.with_key(key.removeprefix(PREFIX))
        assert person is not None
        if is_new:
            _begin_anew(person)
            person.hubspot_id, person.was_sent = hubspot_id, True
        assert person.hubspot_id == hubspot_id, f"{key} fills somebody else's record"
        held = person.lines[name].held[Side.HUBSPOT].value
        assert is_new or held != value, f"{name} was written twice: {value!r}"
        for one in self.crowd.sharing(hubspot_id):
            if one is person:
                one.lines[name].carry(Side.HUBSPOT, value)
            else:
                one.lines[name].edit(Side.HUBSPOT, value)

    def _platform_written(self, key: str, fields: Mapping[str, Any]) -> None:
        self.platform_writes += 1
        person = self.crowd.with_key(key) or self._made(key.removeprefix("hubspot-"))
        person.key = key
        for column, value in fields.items():
            person.lines[PROPERTIES[column]].carry(Side.PLATFORM, value)

    def _made(self, hubspot_id: str) -> Person:
        """Return who had no account before."""
        people = [person for person in self.crowd.people if person.key is None]
        for person in people:
            if person.made_by_hand == hubspot_id:
                return person
        return next(p for p in people if hubspot_id in (p.hubspot_id, *p.once))

    # rest

    def rest(self) -> None:
        """Let everything arrive, and both jobs run until nothing is written."""
        quiet = 0
        for _ in range(10):
            before = len(self.world.hubspot.log), self.platform_writes
            self.world.outbound()
            self.read([*dict.fromkeys(self.news.hints)])
            self.news.hints.clear()
            arriving = self.reads, self.news.merges, self.news.deletions
            self.reads, self.news.merges, self.news.deletions = [], [], []
            self._take_in(*arriving)
            quiet += 1
            if (len(self.world.hubspot.log), self.platform_writes) != before:
                quiet = 0
            if quiet == 3:
                return
        raise AssertionError("the two sides do not come to rest")

    def check(self) -> None:
        """Assert that both sides say the same of everybody, wherever no person must decide."""
        rows, waiting = self.rows(), self.world.notebook.waiting()
        for record in self.world.hubspot.living():
            sharing = self.crowd.sharing(record.hubspot_id)
            assert any(one.key for one in sharing), "a record made by hand has a row"
            filling = [one for one in sharing if self.crowd.is_filled(one)]
            assert len(filling) == 1 or all(one.is_deleted for one in sharing), record.hubspot_id
            for person in filling:
                ref = ObjectRef("contacts", f"{PREFIX}{person.key}")
                if not person.is_deleted:
                    self._check(
                        rows[str(person.key)],
                        record.properties,
                        waiting.get(ref, ()),
                        doubtful=ref.key in self.doubtful,
                    )

    @staticmethod
    def _check(
        row: Mapping[str, Any], held: Mapping[str, Any], waiting: Any, *, doubtful: bool
    ) -> None:
        for name, column in COLUMNS.items():
            ours, theirs = row[column], held.get(name)
            assert name in waiting or ours == theirs, (name, ours, theirs)
            if name in waiting and not doubtful:
                assert OWNERS[name] is Owner.MANUAL or theirs is None, name

    def check_quiet(self) -> None:
        """Assert that further runs, with repeated hints, write nothing and ask nothing."""
        hubspot = self.world.hubspot
        before = len(hubspot.log), self.platform_writes, hubspot.reads
        self.world.outbound()
        self.read([record.hubspot_id for record in hubspot.living()])
        records, self.reads = self.reads, []
        self._take_in(records, [], [])
        self.world.outbound()
        told = hubspot.log[before[0] :], self.world.notebook.waiting()
        assert (len(hubspot.log), self.platform_writes, hubspot.reads) == before, told


def _begin_anew(person: Person) -> None:
    """Let a person's new record be empty, and know nothing of one that was deleted."""
    for line in person.lines.values():
        ours = line.held[Side.PLATFORM]
        if line.name != "email":
            line.held[Side.HUBSPOT] = ours if ours.value is None else line.edits[0]


def _some(items: list[Any], chance: Random) -> list[Any]:
    """Take some items out, in any order."""
    chance.shuffle(items)
    return [items.pop() for _ in range(chance.randrange(len(items) + 1))]
