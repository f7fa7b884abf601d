"""People on both sides, what they do, and what must hold when everything has come to rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from stagedoor.model import ObjectRef, Owner, Side
from support.lineage import Lineage
from support.two_way_engine import Killed, TwoWays

OWNERS = {
    "email": Owner.PLATFORM,
    "city": Owner.PLATFORM,
    "phone": Owner.HUBSPOT,
    "jobtitle": Owner.MANUAL,
    "preferred_language": Owner.NEWEST,
}
COLUMNS = {
    "email": "email",
    "city": "city",
    "phone": "phone",
    "jobtitle": "job_title",
    "preferred_language": "language",
}
PLAIN = [name for name in OWNERS if name != "email"]
MAPPING = """
extends: nothing
objects:
  contacts:
    match_key: email
    creates: true
    properties:
""" + "".join(
    f"      {name}: {{from: {COLUMNS[name]}, inbound: true, owner: {owner}"
    + (", codec: email}\n" if name == "email" else "}\n")
    for name, owner in OWNERS.items()
)


@dataclass
class Person:
    """One person: an account, a contact, or both."""

    key: str | None
    hubspot_id: str | None
    lines: dict[str, Lineage]
    out: str = ""
    """Why they are not compared any more: merged, or gone for good."""
    is_deleted: bool = False
    """On the platform."""
    was_sent: bool = False
    """Whether their record was made by the engine."""


@dataclass
class Lives:
    """A season: many people, and runs between them."""

    world: TwoWays = field(default_factory=lambda: TwoWays(MAPPING))
    people: list[Person] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    """HubSpot ids that something happened to, and that the tap has not read."""
    reads: list[dict[str, Any]] = field(default_factory=list)
    """Records that were read and have not arrived."""
    merges: list[tuple[str, str]] = field(default_factory=list)
    deletions: list[tuple[str, datetime]] = field(default_factory=list)
    platform_writes: int = 0
    troubled: bool = False
    """Whether an answer of HubSpot's was lost: of some edits nobody can tell upon what."""

    def __post_init__(self) -> None:
        """Watch what the engine writes."""
        self._number = 0
        self.world.hubspot.on_write = self._hubspot_written

    # people

    def arrive(self, chance: Random) -> None:
        """Let somebody open an account, be entered in HubSpot by hand, or both."""
        address = self._fresh("email")
        where = chance.choices(("platform", "hubspot", "both"), (8, 2, 1))[0]
        person = Person(None, None, {})
        self.people.append(person)
        given: dict[Side, dict[str, str | None]] = {}
        for side in Side:
            if where in (side, "both"):
                given[side] = {n: self._value(chance, n) for n in PLAIN}
                given[side]["email"] = address
        if Side.PLATFORM in given:
            person.key = f"a{len(self.people)}"
            values = {COLUMNS[n]: v for n, v in given[Side.PLATFORM].items()}
            self.world.platform.add(person.key, **values)
        if Side.HUBSPOT in given:
            person.hubspot_id = self.world.hubspot.make(given[Side.HUBSPOT])
            self.hints.append(person.hubspot_id)
        for name, owner in OWNERS.items():
            line = Lineage.begin(name, owner, None, None)
            for side, values in given.items():
                if values[name] is not None and (name != "email" or side is next(iter(given))):
                    line.edit(side, values[name])
            if name == "email":
                line = Lineage.begin(name, owner, address, None)
            person.lines[name] = line

    def live(self, person: Person, chance: Random) -> None:
        """Let a person do, or undergo, one thing at random."""
        acts = [
            (self.edit_platform, 8),
            (self.edit_hubspot, 8),
            (self.move, 2),
            (self.delete_on_platform, 1),
            (self.delete_in_hubspot, 1),
            (self.merge, 1),
        ]
        chosen = chance.choices([a for a, _ in acts], [w for _, w in acts])[0]
        if not person.out:
            chosen(person, chance)

    def edit_platform(self, person: Person, chance: Random) -> None:
        """Edit or clear a field on the platform, or change company."""
        if person.key is None or person.is_deleted:
            return
        if chance.random() < 0.1:
            self.world.platform.edit(person.key, company_id=str(chance.randrange(9)))
            return
        name = chance.choice(PLAIN)
        value = self._value(chance, name)
        if value is None and person.hubspot_id and not self._may_clear(person, name):
            value = self._fresh(name)
        self.world.platform.edit(person.key, **{COLUMNS[name]: value})
        person.lines[name].edit(Side.PLATFORM, value)

    def edit_hubspot(self, person: Person, chance: Random) -> None:
        """Edit or clear a property in HubSpot."""
        if not self._is_in_hubspot(person):
            return
        name = chance.choice(PLAIN)
        value = self._value(chance, name)
        if value is None and not self._may_clear(person, name):
            value = self._fresh(name)
        self._edit_in_hubspot(person, name, value)

    def _edit_in_hubspot(self, person: Person, name: str, value: str | None) -> None:
        assert person.hubspot_id is not None
        self.world.hubspot.edit(person.hubspot_id, name, value)
        person.lines[name].edit(Side.HUBSPOT, value)
        self.hints.append(person.hubspot_id)

    def move(self, person: Person, chance: Random) -> None:
        """Give a person another address, on either side."""
        address = self._fresh("email")
        if chance.random() < 0.5 and self._is_in_hubspot(person) and self._is_linked(person):
            self._edit_in_hubspot(person, "email", address)
        elif person.key is not None and not person.is_deleted and self._may_move(person):
            self.world.platform.edit(person.key, email=address)
            person.lines["email"].edit(Side.PLATFORM, address)

    def delete_on_platform(self, person: Person, chance: Random) -> None:
        """Close an account, or open it again."""
        if person.key is not None and not person.key.startswith("hubspot"):
            person.is_deleted = not person.is_deleted
            self.world.platform.edit(person.key, is_deleted=person.is_deleted)

    def delete_in_hubspot(self, person: Person, chance: Random) -> None:
        """Delete a contact in HubSpot, or restore it."""
        if person.hubspot_id is None or not (person.was_sent or self._is_linked(person)):
            return
        record = self.world.hubspot.records[person.hubspot_id]
        if record.archived:
            address = record.properties.get("email")
            if address is None or not self.world.hubspot.is_taken(address):
                self.world.hubspot.restore(person.hubspot_id)
                self.hints.append(person.hubspot_id)
        else:
            self.world.hubspot.archive(person.hubspot_id)
            self.deletions.append((person.hubspot_id, record.updated_at))

    def merge(self, person: Person, chance: Random) -> None:
        """Merge somebody's contact into this person's."""
        other = chance.choice(self.people)
        if other is person or not self._is_in_hubspot(person) or not self._is_in_hubspot(other):
            return
        if not all(self._rests(p) for p in (person, other)):
            return
        assert person.hubspot_id is not None
        assert other.hubspot_id is not None
        before = dict(self.world.hubspot.records[person.hubspot_id].properties)
        self.world.hubspot.merge(person.hubspot_id, other.hubspot_id)
        self.merges.append((other.hubspot_id, person.hubspot_id))
        other.out, other.hubspot_id = "merged", None
        for name, value in self.world.hubspot.records[person.hubspot_id].properties.items():
            if value != before.get(name):
                person.lines[name].edit(Side.HUBSPOT, value)
        self.hints.append(person.hubspot_id)

    # runs

    def outbound(self, chance: Random) -> None:
        """Run the outbound job; it may be cut off, or not hear HubSpot's answer."""
        hubspot = self.world.hubspot
        trouble = chance.choice(("", "", "", "refused", "unheard", "killed"))
        if trouble in ("refused", "unheard"):
            hubspot.fails = [*[""] * chance.randrange(2), trouble]
        if trouble == "killed":
            self.world.kill_in = chance.randrange(60)
        self.troubled |= trouble != ""
        bookmark = self.world.bookmark
        try:
            self.world.outbound()
        except (ConnectionError, Killed):
            self.world.bookmark = bookmark  # it moves with the STATE that was not acknowledged
        self._calm()

    def tap(self, chance: Random) -> None:
        """Read what hints name, live; some hints come late, some twice, in any order."""
        chance.shuffle(self.hints)
        now = self.hints[: chance.randrange(len(self.hints) + 1)]
        again = [hint for hint in now if chance.random() < 0.3]
        self.hints = [*self.hints[len(now) :], *again]
        self.read(now)

    def read(self, ids: list[str]) -> None:
        """Read records as they are."""
        found = [self.world.hubspot.record(i) for i in ids]
        self.reads += [record for record in found if record is not None]

    def inbound(self, chance: Random) -> None:
        """Run the inbound job over some of what was read; it may be cut off."""
        chance.shuffle(self.reads)
        arriving = [self.reads.pop() for _ in range(chance.randrange(len(self.reads) + 1))]
        merges = self._some(self.merges, chance)
        deletions = self._some(self.deletions, chance)
        if chance.random() < 0.25:
            self.world.kill_in = chance.randrange(80)
        try:
            self._take_in(arriving, merges, deletions)
        except Killed:
            # The tap's bookmark did not move: it reads all of it again.
            self.hints += [record["id"] for record in arriving]
            self.merges += merges
            self.deletions += deletions
        self._calm()

    def _take_in(self, records: Any, merges: Any, deletions: Any) -> None:
        living = [record for record in records if not record["archived"]]
        gone = [
            (r["id"], datetime.fromisoformat(r["updated_at"])) for r in records if r["archived"]
        ]
        before = self._rows()
        try:
            self.world.inbound(living, merges, [*deletions, *gone])
        finally:
            for key, row in self._rows().items():
                changed = {n: v for n, v in row.items() if before.get(key, {}).get(n) != v}
                if changed:
                    self._platform_written(key, changed)

    def _rows(self) -> dict[str, dict[str, Any]]:
        """Return the fields that go both ways, by account."""
        return {
            row["customer_id"]: {column: row[column] for column in COLUMNS.values()}
            for row in self.world.platform.rows()
        }

    def _calm(self) -> None:
        self.world.kill_in = None
        self.world.hubspot.fails = []

    @staticmethod
    def _some(items: list[Any], chance: Random) -> list[Any]:
        """Take some items out, in any order."""
        chance.shuffle(items)
        return [items.pop() for _ in range(chance.randrange(len(items) + 1))]

    # rest

    def rest(self) -> None:
        """Let everything arrive, and both jobs run until nothing is written."""
        quiet = 0
        for _ in range(8):
            before = len(self.world.hubspot.log), self.platform_writes
            self.world.outbound()
            self.read([*dict.fromkeys(self.hints)])
            self.hints = []
            records, self.reads = self.reads, []
            merges, self.merges = self.merges, []
            deletions, self.deletions = self.deletions, []
            self._take_in(records, merges, deletions)
            quiet += 1
            if (len(self.world.hubspot.log), self.platform_writes) != before:
                quiet = 0
            if quiet == 2:
                return
        raise AssertionError("the two sides do not come to rest")

    @property
    def edits(self) -> int:
        """How many edits people have made."""
        lines = [line for person in self.people for line in person.lines.values()]
        return sum(len(line.edits) - 1 for line in lines)

    def check(self) -> None:
        """Assert that both sides say the same of everybody, wherever no person must decide."""
        rows = {row["customer_id"]: row for row in self.world.platform.rows()}
        waiting = self.world.notebook.waiting()
        for person in self.people:
            if person.out or person.is_deleted or not self._is_in_hubspot(person):
                continue
            assert person.key is not None, "a record made by hand has a row"
            assert person.hubspot_id is not None
            held = self.world.hubspot.records[person.hubspot_id].properties
            open_ = waiting.get(ObjectRef("contacts", f"customer:{person.key}"), frozenset())
            for name, column in COLUMNS.items():
                ours, theirs = rows[person.key][column], held.get(name)
                assert name in open_ or ours == theirs, (person.key, name, ours, theirs)
                if name in open_ and not self.troubled:
                    assert OWNERS[name] is Owner.MANUAL or theirs is None, name

    def check_quiet(self) -> None:
        """Assert that further runs, with repeated hints, write nothing and ask nothing."""
        hubspot = self.world.hubspot
        before = len(hubspot.log), self.platform_writes, hubspot.reads
        self.world.outbound()
        self.read([record.hubspot_id for record in hubspot.living()])
        records, self.reads = self.reads, []
        self.world.inbound(records)
        self.world.outbound()
        told = hubspot.log[before[0] :], self.world.notebook.waiting()
        assert (len(hubspot.log), self.platform_writes, hubspot.reads) == before, told

    # what the engine does

    def _hubspot_written(self, hubspot_id: str, name: str, value: str | None) -> None:
        person = self._person(hubspot_id=hubspot_id)
        if person is None:
            address = self.world.hubspot.records[hubspot_id].properties["email"]
            (person,) = (
                p
                for p in self.people
                if p.key and not self._is_in_hubspot(p) and self._address(p) == address
            )
            self._begin_anew(person)
            person.hubspot_id, person.was_sent = hubspot_id, True
        if not person.out:
            person.lines[name].carry(Side.HUBSPOT, value)

    @staticmethod
    def _begin_anew(person: Person) -> None:
        """Let a person's new record be empty, and know nothing of one that was deleted."""
        for line in person.lines.values():
            ours = line.held[Side.PLATFORM]
            if line.name != "email":
                line.held[Side.HUBSPOT] = ours if ours.value is None else line.edits[0]

    def _platform_written(self, key: str, fields: Mapping[str, Any]) -> None:
        self.platform_writes += 1
        person = self._person(key=key)
        if person is None:
            person = self._person(hubspot_id=key.removeprefix("hubspot-"))
            assert person is not None
            person.key = key
        names = {column: name for name, column in COLUMNS.items()}
        for column, value in fields.items():
            if not person.out:
                person.lines[names[column]].carry(Side.PLATFORM, value)

    def _person(self, key: str | None = None, hubspot_id: str | None = None) -> Person | None:
        for person in self.people:
            if (key and person.key == key) or (hubspot_id and person.hubspot_id == hubspot_id):
                return person
        return None

    def _is_in_hubspot(self, person: Person) -> bool:
        record = self.world.hubspot.records.get(person.hubspot_id or "")
        return record is not None and not record.archived

    def _may_clear(self, person: Person, name: str) -> bool:
        """Whether no value can be told from one that never was, or never arrived."""
        return person.lines[name].was_shared and self._is_linked(person)

    def _may_move(self, person: Person) -> bool:
        """Whether an account may get another address: a record made by hand finds it by that."""
        return not self._is_in_hubspot(person) or person.was_sent or self._is_linked(person)

    def _is_linked(self, person: Person) -> bool:
        """Whether the state knows whose record it is, and waits for no answer about it."""
        known = self.world.database.rows(
            "SELECT 1 FROM ledger.objects o WHERE hubspot_id = ? AND key NOT IN "
            "(SELECT key FROM inbound.sending)",
            [person.hubspot_id],
        )
        return bool(known)

    def _rests(self, person: Person) -> bool:
        """Whether a person's address is settled, on both sides, and nothing else is going on."""
        if person.out or person.is_deleted or person.key is None:
            return False
        linked = self._is_in_hubspot(person) and self._is_linked(person)
        return linked and person.lines["email"].agrees

    def _address(self, person: Person) -> str | None:
        return person.lines["email"].held[Side.PLATFORM].value

    def _fresh(self, name: str) -> str:
        self._number += 1
        return f"e{self._number}@example.com" if name == "email" else f"{name} {self._number}"

    def _value(self, chance: Random, name: str) -> str | None:
        return None if chance.random() < 0.15 else self._fresh(name)
