"""What people do on both sides, each thing at random."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from stagedoor.model import Side
from support.crowd import COLUMNS, PLAIN, Crowd, Person

FREQUENCY = {
    "edit_platform": 8,
    "edit_hubspot": 8,
    "move": 2,
    "change_company": 1,
    "delete_on_platform": 1,
    "delete_in_hubspot": 1,
    "merge": 1,
}


@dataclass
class News:
    """What happened in HubSpot and has not been told."""

    hints: list[str] = field(default_factory=list)
    """HubSpot ids that something happened to, and that the tap has not read."""
    merges: list[list[tuple[str, str, datetime]]] = field(default_factory=list)
    """Merged ids, what they became, and when; a merge is told as a whole."""
    deletions: list[tuple[str, datetime]] = field(default_factory=list)


@dataclass
class Lives:
    """People who live."""

    crowd: Crowd
    news: News
    edits: int = 0
    """How many edits people have made."""

    def arrive(self, chance: Random) -> None:
        """Let somebody come."""
        person = self.crowd.arrive(chance)
        if person.hubspot_id is not None:
            self.news.hints.append(person.hubspot_id)

    def live(self, person: Person, chance: Random) -> None:
        """Let a person do, or undergo, one thing at random."""
        act = chance.choices(list(FREQUENCY), list(FREQUENCY.values()))[0]
        getattr(self, act)(person, chance)

    def edit_platform(self, person: Person, chance: Random) -> None:
        """Edit or clear a field on the platform."""
        if person.key is None or person.is_deleted:
            return
        name = chance.choice(PLAIN)
        value = self.crowd.value(chance, name)
        if value is None and person.hubspot_id and not self._may_clear(person, name):
            value = self.crowd.fresh(name)
        self._edit_on_platform(person, name, value)

    def change_company(self, person: Person, chance: Random) -> None:
        """Change company: the account changes, and nothing that goes both ways."""
        if person.key is not None and not person.is_deleted:
            self.crowd.world.platform.edit(person.key, company_id=str(chance.randrange(9)))

    def edit_hubspot(self, person: Person, chance: Random) -> None:
        """Edit or clear a property in HubSpot."""
        if not self.crowd.is_in_hubspot(person):
            return
        name = chance.choice(PLAIN)
        value = self.crowd.value(chance, name)
        if value is None and not self._may_clear(person, name):
            value = self.crowd.fresh(name)
        self._edit_in_hubspot(person, name, value)

    def move(self, person: Person, chance: Random) -> None:
        """Give a person another address, on either side."""
        address = self.crowd.fresh("email")
        in_hubspot = self.crowd.is_in_hubspot(person)
        linked = in_hubspot and self.crowd.is_linked(person)
        if linked and chance.random() < 0.5:
            self._edit_in_hubspot(person, "email", address)
        # A record made by hand finds its account by the address.
        elif person.key and not person.is_deleted and (not in_hubspot or linked or person.was_sent):
            self._edit_on_platform(person, "email", address)

    def delete_on_platform(self, person: Person, chance: Random) -> None:
        """Close an account, or open it again."""
        if person.key is not None and not person.key.startswith("hubspot"):
            person.is_deleted = not person.is_deleted
            self.crowd.world.platform.edit(person.key, is_deleted=person.is_deleted)

    def delete_in_hubspot(self, person: Person, chance: Random) -> None:
        """Delete a contact in HubSpot, or restore it."""
        hubspot = self.crowd.world.hubspot
        record = hubspot.records.get(person.hubspot_id or "")
        if record is None or not self._may_be_deleted(person):
            return
        if not record.archived:
            hubspot.archive(record.hubspot_id)
            self.news.deletions.append((record.hubspot_id, record.updated_at))
        elif not hubspot.is_taken(record.properties["email"] or ""):
            hubspot.restore(record.hubspot_id)
            self.news.hints.append(record.hubspot_id)

    def merge(self, person: Person, chance: Random) -> None:
        """Merge somebody's contact into this person's; both may get a new id."""
        other = chance.choice(self.crowd.people)
        if not (self._may_merge(person) and self._may_merge(other)):
            return
        winner, loser = str(person.hubspot_id), str(other.hubspot_id)
        if winner == loser:
            return
        hubspot = self.crowd.world.hubspot
        became = hubspot.merge(winner, loser, anew=chance.random() < 0.3)
        told = [(i, became, hubspot.merged_at[i]) for i in (loser, winner) if i != became]
        winners, losers = self.crowd.sharing(winner), self.crowd.sharing(loser)
        self.news.merges.append(chance.sample(told, len(told)))
        self.news.hints.append(became)
        for one in (*winners, *losers):
            one.once.add(str(one.hubspot_id))
            one.hubspot_id = became
            for name, value in hubspot.records[became].properties.items():
                # A read from before the merge may come late: it has what the winner held then.
                before = list(winners[0].lines[name].held[Side.HUBSPOT].line())
                for held in (*(e.value for e in before[::-1] if one in losers), value):
                    if held != one.lines[name].held[Side.HUBSPOT].value:
                        self._note(one, name, Side.HUBSPOT, held)

    # what that means for them

    def _edit_on_platform(self, person: Person, name: str, value: str | None) -> None:
        assert person.key is not None
        self.crowd.world.platform.edit(person.key, **{COLUMNS[name]: value})
        self._note(person, name, Side.PLATFORM, value)

    def _edit_in_hubspot(self, person: Person, name: str, value: str | None) -> None:
        assert person.hubspot_id is not None
        self.crowd.world.hubspot.edit(person.hubspot_id, name, value)
        for one in self.crowd.sharing(person.hubspot_id):
            self._note(one, name, Side.HUBSPOT, value)
        self.news.hints.append(person.hubspot_id)

    def _note(self, person: Person, name: str, side: Side, value: str | None) -> None:
        person.lines[name].edit(side, value)
        self.edits += 1

    def _may_clear(self, person: Person, name: str) -> bool:
        """Whether no value can be told from one that never was, never arrived, or is theirs."""
        line = person.lines[name]
        filled = all(edit.value is not None for edit in line.held.values())
        told = filled and line.was_shared and self.crowd.is_linked(person)
        return told and not self.crowd.is_being_written(person)

    def _may_be_deleted(self, person: Person) -> bool:
        """Whether a record is not one that an account with its address is about to find."""
        return person.key is None or person.was_sent or self.crowd.is_linked(person)

    def _may_merge(self, person: Person) -> bool:
        """Whether a record is linked to somebody's account, or nobody's yet."""
        if not self.crowd.is_in_hubspot(person):
            return False
        others = self.crowd.sharing(person.hubspot_id or "")
        return any(map(self.crowd.is_linked, others)) or all(one.key is None for one in others)
