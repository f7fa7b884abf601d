"""What is planned around contacts: lists and their members, participation, behavioural events.

Values, like the rest of a plan. Each phase gives its items anew at each call, so that a plan of
a million members fits in memory.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import Any, TypeAlias

from stagedoor.engine.batches import chunks

MAX_MEMBERS = 1_000
"""Records of one call that changes a list. HubSpot names no limit; a refused call is halved."""
MAX_PARTICIPANTS = 100
"""People of one call about a marketing event. HubSpot names no limit; see `MAX_MEMBERS`."""
MAX_OCCURRENCES = 500
"""Behavioural events of one call.
https://developers.hubspot.com/docs/guides/api/analytics-and-events/custom-events"""
_OCCURRENCES = uuid.UUID("6d0f7f0c-8c57-5d52-9d0c-3f5a5f2f0b41")


class ListStep(StrEnum):
    """What happens to a list itself, before its members."""

    MAKE = "make"
    RENAME = "rename"
    FILTER = "filter"
    """Give a dynamic list other filters."""


@dataclass(frozen=True, slots=True)
class WantedList:
    """A list as the mapping wants it."""

    key: str
    """Entry of the mapping; with the value behind a slash where it makes one for each."""
    name: str
    object_type: str
    """HubSpot's object type of its records."""
    filters: str | None = None
    """The filter branch of a dynamic list, as canonical JSON; a static list has none."""
    take_over: bool = False


@dataclass(frozen=True, slots=True)
class KnownList:
    """A list as the ledger knows it."""

    key: str
    name: str
    list_id: str | None
    """Absent when making it has begun, and its end is not known."""
    filters: str | None = None

    @property
    def is_made(self) -> bool:
        """Whether HubSpot has it."""
        return self.list_id is not None


def steps_of(wanted: WantedList, known: KnownList | None) -> tuple[ListStep, ...]:
    """Return what turns the list that HubSpot has into the one that is wanted."""
    if known is None or not known.is_made:
        return (ListStep.MAKE,)
    steps = []
    if known.name != wanted.name:
        steps.append(ListStep.RENAME)
    if known.filters != wanted.filters:
        steps.append(ListStep.FILTER)
    return tuple(steps)


def changes_kind(wanted: WantedList, known: KnownList | None) -> bool:
    """Whether a list that exists would have to become static or dynamic: HubSpot has no way."""
    made = known is not None and known.is_made
    return made and known is not None and (known.filters is None) != (wanted.filters is None)


def canonical(value: Mapping[str, Any]) -> str:
    """Return the one spelling of a JSON value that equal values share."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Member:
    """A record to put on a list, or to take off it."""

    leaves: bool
    hubspot_id: str
    key: str | None


@dataclass(frozen=True, slots=True)
class MembershipBatch:
    """Up to `MAX_MEMBERS` members of one list: one call."""

    members: tuple[Member, ...]

    @property
    def add(self) -> list[str]:
        """Ids of the records that come."""
        return [member.hubspot_id for member in self.members if not member.leaves]

    @property
    def remove(self) -> list[str]:
        """Ids of the records that go."""
        return [member.hubspot_id for member in self.members if member.leaves]


@dataclass(frozen=True)
class ListPhase:
    """One list: what happens to it, and who comes and goes."""

    wanted: WantedList
    steps: tuple[ListStep, ...]
    add: int = 0
    remove: int = 0
    members: Callable[[], Iterator[Member]] = lambda: iter(())
    """Members whose records are in HubSpot at the time of the call."""
    planned: Callable[[], Iterator[tuple[bool, str]]] = lambda: iter(())
    """Whether each planned member leaves, and its key, in HubSpot already or not."""

    @property
    def count(self) -> int:
        """Changes of this phase."""
        return len(self.steps) + self.add + self.remove

    @property
    def calls(self) -> int:
        """Calls that it needs when every call succeeds."""
        return len(self.steps) - (-(self.add + self.remove) // MAX_MEMBERS)

    def batches(self) -> Iterator[MembershipBatch]:
        """Yield the calls that change its members."""
        for chunk in chunks(self.members(), MAX_MEMBERS):
            yield MembershipBatch(chunk)


class Attendance(StrEnum):
    """What somebody does about an event; HubSpot's words."""

    REGISTERED = "REGISTERED"
    ATTENDED = "ATTENDED"
    CANCELLED = "CANCELLED"

    @property
    def verb(self) -> str:
        """The word in HubSpot's paths."""
        return {"REGISTERED": "register", "ATTENDED": "attend", "CANCELLED": "cancel"}[self]


@dataclass(frozen=True, slots=True)
class Participation:
    """One person who did something about one event, at a time."""

    event_key: str
    contact_key: str
    event_id: str
    contact_id: str
    at: int
    """Milliseconds since 1970: with the contact, what HubSpot tells repetitions by."""


@dataclass(frozen=True, slots=True)
class ParticipationBatch:
    """Up to 100 people of one marketing event: one call."""

    attendance: Attendance
    event_id: str
    people: tuple[Participation, ...]


@dataclass(frozen=True)
class ParticipationPhase:
    """Everybody who did one thing about any event."""

    entry: str
    """Entry of the mapping whose events these are."""
    attendance: Attendance
    count: int
    calls: int
    people: Callable[[], Iterator[Participation]]
    """By event; those whose contact and event are in HubSpot at the time of the call."""
    planned: Callable[[], Iterator[tuple[str, str]]]
    """Event and contact of all that is planned."""

    def batches(self) -> Iterator[ParticipationBatch]:
        """Yield the calls of this phase."""
        for event_id, group in groupby(self.people(), key=lambda person: person.event_id):
            for chunk in chunks(group, MAX_PARTICIPANTS):
                yield ParticipationBatch(self.attendance, event_id, chunk)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A behavioural event of one contact."""

    key: str
    contact_key: str
    contact_id: str
    at: datetime
    properties: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OccurrenceBatch:
    """Up to 500 occurrences of one behavioural event: one call."""

    event: str
    occurrences: tuple[Occurrence, ...]


@dataclass(frozen=True)
class OccurrencePhase:
    """All occurrences of one behavioural event that HubSpot does not know."""

    event: str
    count: int
    occurrences: Callable[[], Iterator[Occurrence]]
    planned: Callable[[], Iterator[tuple[str, str]]]
    """Key and contact of all that is planned."""

    @property
    def calls(self) -> int:
        """Calls that it needs when every call succeeds."""
        return -(-self.count // MAX_OCCURRENCES)

    def batches(self) -> Iterator[OccurrenceBatch]:
        """Yield the calls of this phase."""
        for chunk in chunks(self.occurrences(), MAX_OCCURRENCES):
            yield OccurrenceBatch(self.event, chunk)


AudiencePhase: TypeAlias = ParticipationPhase | OccurrencePhase | ListPhase


def occurrence_id(event: str, key: str) -> str:
    """Return the id that is the same each time one occurrence is sent."""
    return str(uuid.uuid5(_OCCURRENCES, f"{event}/{key}"))
