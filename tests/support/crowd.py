"""The people of a season: their accounts, their contacts, and who is who."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from stagedoor.model import Owner, Side
from support.lineage import Lineage
from support.two_way_engine import TwoWays

OWNERS = {
    "email": Owner.PLATFORM,
    "city": Owner.PLATFORM,
    "phone": Owner.HUBSPOT,
    "jobtitle": Owner.MANUAL,
    "preferred_language": Owner.NEWEST,
    "address": Owner.IF_EMPTY,
}
COLUMNS = {
    "email": "email",
    "city": "city",
    "phone": "phone",
    "jobtitle": "job_title",
    "preferred_language": "language",
    "address": "street",
}
PROPERTIES = {column: name for name, column in COLUMNS.items()}
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
PREFIX = "customer:"
"""Before an account's key, in the key of its object."""


@dataclass(eq=False)
class Person:
    """One person: an account, a contact, or both. Merged people share a contact."""

    key: str | None
    hubspot_id: str | None
    lines: dict[str, Lineage]
    made_by_hand: str | None = None
    """HubSpot id of the record that somebody made of them."""
    once: set[str] = field(default_factory=set)
    """HubSpot ids that their contact had before it was merged."""
    is_deleted: bool = False
    """On the platform."""
    was_sent: bool = False
    """Whether their record was made by the engine."""


@dataclass
class Crowd:
    """Who lives in a world."""

    world: TwoWays = field(default_factory=lambda: TwoWays(MAPPING))
    people: list[Person] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin to count."""
        self._number = 0

    def arrive(self, chance: Random) -> Person:
        """Let somebody open an account, be entered in HubSpot by hand, or both."""
        address = self.fresh("email")
        where = chance.choices(("platform", "hubspot", "both"), (8, 2, 1))[0]
        person = Person(None, None, {})
        self.people.append(person)
        given: dict[Side, dict[str, str | None]] = {}
        for side in Side:
            if where in (side, "both"):
                given[side] = {n: self.value(chance, n) for n in PLAIN} | {"email": address}
        if Side.PLATFORM in given:
            person.key = f"a{len(self.people)}"
            values = {COLUMNS[n]: v for n, v in given[Side.PLATFORM].items()}
            self.world.platform.add(person.key, **values)
        if Side.HUBSPOT in given:
            person.hubspot_id = self.world.hubspot.make(given[Side.HUBSPOT])
            person.made_by_hand = person.hubspot_id
        for name, owner in OWNERS.items():
            line = Lineage.begin(name, owner, address if name == "email" else None, None)
            for side, values in given.items() if name != "email" else ():
                if values[name] is not None:
                    line.edit(side, values[name])
            person.lines[name] = line
        return person

    # who is who

    def with_key(self, key: str) -> Person | None:
        """Return whose account it is."""
        return next((person for person in self.people if person.key == key), None)

    def sharing(self, hubspot_id: str) -> list[Person]:
        """Return whose contact it is: several people's when theirs were merged."""
        return [person for person in self.people if person.hubspot_id == hubspot_id]

    def is_in_hubspot(self, person: Person) -> bool:
        """Whether a person's contact is there, and not deleted."""
        record = self.world.hubspot.records.get(person.hubspot_id or "")
        return record is not None and not record.archived

    def is_linked(self, person: Person) -> bool:
        """Whether the state knows whose record it is, and waits for no answer about it."""
        return person.key is not None and self.world.has(
            "SELECT 1 FROM ledger.objects WHERE key = ? AND hubspot_id = ? "
            "AND key NOT IN (SELECT key FROM inbound.sending)",
            [PREFIX + person.key, person.hubspot_id],
        )

    def is_filled(self, person: Person) -> bool:
        """Whether a person's contact is theirs: of merged people one's account fills it."""
        return person.key is not None and self.world.has(
            "SELECT 1 FROM ledger.objects WHERE key = ? AND hubspot_id = ?",
            [PREFIX + person.key, person.hubspot_id],
        )

    def is_being_written(self, person: Person) -> bool:
        """Whether a run was cut off that wrote to a person's account."""
        return self.world.has(
            "SELECT 1 FROM inbound.writing WHERE key = ?", [f"{PREFIX}{person.key}"]
        )

    # values

    def fresh(self, name: str) -> str:
        """Return a value that nobody has had."""
        self._number += 1
        return f"e{self._number}@example.com" if name == "email" else f"{name} {self._number}"

    def value(self, chance: Random, name: str) -> str | None:
        """Return a new value, or none."""
        return None if chance.random() < 0.15 else self.fresh(name)
