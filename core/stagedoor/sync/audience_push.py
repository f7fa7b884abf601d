"""Carries out what a plan says around contacts, settling as outcomes arrive."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from stagedoor.engine.audience import (
    AudiencePhase,
    KnownList,
    ListPhase,
    ListStep,
    OccurrencePhase,
    ParticipationPhase,
    changes_kind,
)
from stagedoor.errors import Forbidden, Reject
from stagedoor.hubspot.behavioural_events import SCOPES as EVENT_SCOPES
from stagedoor.hubspot.behavioural_writer import BehaviouralEventWriter, Definition
from stagedoor.hubspot.list_writer import LIST_GONE
from stagedoor.hubspot.portal import Portal
from stagedoor.mapping.lists import EventMapping
from stagedoor.model import ObjectRef, Refusal
from stagedoor.state.audience_ledger import AudienceLedger
from stagedoor.state.lists import ListState
from stagedoor.sync.letters import Letters
from stagedoor.sync.progress import Progress
from stagedoor.sync.side_by_side import side_by_side
from stagedoor.sync.summary import Summary

logger = logging.getLogger("stagedoor")

LISTS, PARTICIPATION, EVENTS = "lists", "participation", "events"
STAGES = ("list", "participation", "event")
"""Stages of the letters that are written here."""


class AudiencePush:
    """The phases of one plan around contacts being carried out."""

    def __init__(
        self,
        portal: Portal,
        ledger: AudienceLedger,
        letters: Letters,
        summary: Summary,
        progress: Progress,
        *,
        in_flight: int,
    ) -> None:
        """Write through `portal`, with at most `in_flight` calls at the same time."""
        self._portal = portal
        self._ledger = ledger
        self._letters = letters
        self._summary = summary
        self._progress = progress
        self._in_flight = in_flight
        self.lost_events: set[tuple[str, str]] = set()
        """Entries and keys of marketing events that HubSpot no longer has."""

    def carry_out(
        self,
        phases: Iterable[AudiencePhase],
        known: Mapping[str, KnownList],
        events: Mapping[str, EventMapping],
        *,
        may_define: bool,
    ) -> None:
        """Do what the phases say; `may_define` allows to make behavioural events."""
        for phase in phases:
            match phase:
                case ParticipationPhase():
                    self._participation(phase)
                case OccurrencePhase():
                    self._occurrences(phase, events[phase.event], may_define=may_define)
                case ListPhase():
                    self._list(phase, known.get(phase.wanted.key))

    def _participation(self, phase: ParticipationPhase) -> None:
        counts = self._summary.audience.setdefault(PARTICIPATION, Counter())
        title = f"{phase.attendance.verb} for {phase.entry}"
        with (
            ThreadPoolExecutor(self._in_flight, thread_name_prefix="hubspot") as pool,
            self._progress.phase(title, phase.count) as advance,
        ):
            call = self._portal.marketing_events.attend
            for batch, attended in side_by_side(pool, self._in_flight, call, phase.batches()):
                self._ledger.settle_people(phase.attendance, attended.done)
                refused = [person for person, _ in attended.refused]
                self._ledger.settle_people(phase.attendance, refused, refused=True)
                self._letters.bury_refusals(
                    "participation",
                    (
                        (ObjectRef(phase.entry, f"{p.event_key} {p.contact_key}"), why)
                        for p, why in attended.refused
                    ),
                )
                if attended.event_gone:
                    self.lost_events.add((phase.entry, batch.people[0].event_key))
                counts[phase.attendance.value.lower()] += len(attended.done)
                advance(len(batch.people))

    def _occurrences(
        self, phase: OccurrencePhase, mapping: EventMapping, *, may_define: bool
    ) -> None:
        """Tell what happened; a portal without behavioural events costs only these."""
        writer = self._portal.behavioural_events
        try:
            definition = _definition(writer, phase.event, mapping, may_define=may_define)
            if isinstance(definition, Refusal):
                self._give_up(phase.event, definition)
            else:
                self._tell(phase, definition)
        except (Forbidden, Reject) as error:
            self._give_up(phase.event, _unavailable(phase.event, error))

    def _give_up(self, event: str, why: Refusal) -> None:
        logger.warning("%s %s", why.message, why.advice)
        self._letters.bury_refusals("event", [(ObjectRef(EVENTS, event), why)])

    def _tell(self, phase: OccurrencePhase, definition: Definition) -> None:
        counts = self._summary.audience.setdefault(EVENTS, Counter())
        writer = self._portal.behavioural_events
        with (
            ThreadPoolExecutor(self._in_flight, thread_name_prefix="hubspot") as pool,
            self._progress.phase(f"tell {phase.event}", phase.count) as advance,
        ):
            for batch, told in side_by_side(
                pool, self._in_flight, lambda b: writer.tell(definition, b), phase.batches()
            ):
                self._ledger.settle_occurrences(phase.event, [one.key for one in told.done])
                refused = [one.key for one, _ in told.refused]
                self._ledger.settle_occurrences(phase.event, refused, refused=True)
                letters = ((ObjectRef(phase.event, o.key), why) for o, why in told.refused)
                self._letters.bury_refusals("event", letters)
                counts[phase.event] += len(told.done)
                advance(len(batch.occurrences))
        self._letters.resolve(EVENTS, [phase.event])

    def _list(self, phase: ListPhase, known: KnownList | None) -> None:
        key = phase.wanted.key
        made = self._ready(phase, known)
        if isinstance(made, Refusal):
            self._refuse_list(key, made)
            return
        counts = self._summary.audience.setdefault(LISTS, Counter())
        with self._progress.phase(f"list {key}", phase.add + phase.remove) as advance:
            for batch in phase.batches():
                self._ledger.intend_members(key, batch.add)
                moved = self._portal.lists.move(made, batch)
                self._ledger.settle_members(
                    key, moved.came, moved.left, [m.hubspot_id for m, _ in moved.refused]
                )
                counts["put on"] += len(moved.came)
                counts["taken off"] += len(moved.left)
                members = (
                    (ObjectRef(LISTS, f"{key} {m.key or m.hubspot_id}"), why)
                    for m, why in moved.refused
                )
                self._letters.bury_refusals("list", members)
                if moved.list_refusal is not None:
                    if moved.list_refusal.code == LIST_GONE:
                        self._ledger.forget_lists([made])
                    self._refuse_list(key, moved.list_refusal)
                    return
                advance(len(batch.members))
        self._letters.resolve(LISTS, [key])

    def _refuse_list(self, key: str, why: Refusal) -> None:
        self._letters.bury_refusals("list", [(ObjectRef(LISTS, key), why)])
        self._summary.audience.setdefault(LISTS, Counter())["refused"] += 1

    def _ready(self, phase: ListPhase, known: KnownList | None) -> str | Refusal:
        """Return the id of a list that is as wanted but for its members."""
        if changes_kind(phase.wanted, known):
            return _of_other_kind(phase.wanted.name)
        counts = self._summary.audience.setdefault(LISTS, Counter())
        if known is None or known.list_id is None:
            return self._made(phase, known, counts)
        for step in phase.steps:
            why = self._portal.lists.change(known.list_id, step, phase.wanted)
            if why is not None:
                return why
            counts["renamed" if step is ListStep.RENAME else "filtered anew"] += 1
        if phase.steps:
            self._settle(phase, known.list_id)
        return known.list_id

    def _made(
        self, phase: ListPhase, known: KnownList | None, counts: Counter[str]
    ) -> str | Refusal:
        """Make a list, or use the one that is there where it is ours or was given to us."""
        wanted = phase.wanted
        found = self._portal.lists.find(wanted)
        begun = known is not None and known.name == wanted.name
        if found is None:
            # From here on a list of this name is ours, even if the answer gets lost.
            self._ledger.settle_list(wanted.key, wanted.name, None)
            made = self._portal.lists.make(wanted)
            if isinstance(made, Refusal):
                return made
            self._settle(phase, made)
            counts["made"] += 1
            return made
        if not begun and not wanted.take_over:
            return _taken(wanted.name, found.list_id)
        if found.is_dynamic != (wanted.filters is not None):
            return _of_other_kind(wanted.name)
        if wanted.filters is not None:
            why = self._portal.lists.change(found.list_id, ListStep.FILTER, wanted)
            if why is not None:
                return why
        self._settle(phase, found.list_id)
        counts["found"] += 1
        return found.list_id

    def _settle(self, phase: ListPhase, list_id: str) -> None:
        wanted = phase.wanted
        self._ledger.settle_list(wanted.key, wanted.name, list_id, wanted.filters)


def forget_deleted(portal: Portal, ledger: AudienceLedger) -> int:
    """Forget the lists that were deleted in HubSpot, so that the plan makes them again."""
    kept = ledger.made_lists()
    if not kept:
        return 0
    deleted = sorted(set(kept) - portal.lists.existing(kept))
    ledger.forget_lists(deleted)
    return len(deleted)


def link_lists(portal: Portal, ledger: AudienceLedger, lists: ListState) -> int:
    """Find the mapping's lists by name, for a ledger that was lost; return how many there are."""
    linked = 0
    for wanted in lists.wanted:
        found = portal.lists.find(wanted)
        if found is not None and found.is_dynamic == (wanted.filters is not None):
            filters = None if wanted.filters is None else "{}"
            ledger.settle_list(wanted.key, wanted.name, found.list_id, filters)
            linked += 1
    return linked


def _definition(
    writer: BehaviouralEventWriter, event: str, mapping: EventMapping, *, may_define: bool
) -> Definition | Refusal:
    found: Definition | Refusal | None = writer.definition(event)
    if found is None and may_define:
        found = writer.define(event, mapping)
    if found is not None:
        return found
    return Refusal(
        "EVENT_NOT_DEFINED",
        f"HubSpot does not know the behavioural event {event}; nothing was told of it.",
        "Define it with `stagedoor provision apply`; the next run tells everything.",
    )


def _unavailable(event: str, error: Forbidden | Reject) -> Refusal:
    return Refusal(
        "EVENTS_UNAVAILABLE",
        f"The behavioural event {event} was not told: {error}",
        f"It needs Marketing Hub Enterprise and the scopes {' and '.join(EVENT_SCOPES)}. Grant "
        "them, or take the event out of the mapping; everything else was written.",
    )


def _taken(name: str, list_id: str) -> Refusal:
    return Refusal(
        "LIST_EXISTS",
        f"HubSpot has a list {name} (id {list_id}) already that Stagedoor did not make.",
        "Set `take_over: true` on the list in the mapping to use it, or give it another `name`.",
    )


def _of_other_kind(name: str) -> Refusal:
    return Refusal(
        "LIST_OF_OTHER_KIND",
        f"The list {name} is static in HubSpot and dynamic in the mapping, or the other way round.",
        "HubSpot cannot change that: delete it there, or give the list another entry and `name`.",
    )
