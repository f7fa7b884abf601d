"""Tells in words, or in JSON, what a plan does around contacts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from stagedoor.engine.audience import (
    AudiencePhase,
    ListPhase,
    ListStep,
    OccurrencePhase,
    ParticipationPhase,
)


def lines(phase: AudiencePhase) -> Iterator[str]:
    """Yield one phase as text, a line for each thing that happens."""
    match phase:
        case ParticipationPhase():
            for event_key, contact_key in phase.planned():
                verb = phase.attendance.verb
                yield f"{verb} contacts {contact_key} for {phase.entry} {event_key}"
        case OccurrencePhase():
            for key, contact_key in phase.planned():
                yield f"tell {phase.event} {key} of contacts {contact_key}"
        case ListPhase():
            yield from _list_lines(phase)


def _list_lines(phase: ListPhase) -> Iterator[str]:
    name = phase.wanted.name
    for step in phase.steps:
        yield f"{step} list {phase.wanted.key}: {name}"
    for leaves, key in phase.planned():
        verb, word = ("take", "off") if leaves else ("put", "on")
        yield f"{verb} {phase.wanted.object_type} {key} {word} list {name}"


def total(phase: AudiencePhase) -> str:
    """Return the size of one phase, in words."""
    match phase:
        case ParticipationPhase():
            return f"{phase.entry}: {phase.count:,} to {phase.attendance.verb}"
        case OccurrencePhase():
            return f"{phase.event}: {phase.count:,} to tell"
        case ListPhase():
            steps = "".join(f"to {_STEPS[step]}, " for step in phase.steps)
            return (
                f"list {phase.wanted.name}: {steps}{phase.add:,} to put on it, "
                f"{phase.remove:,} to take off"
            )


_STEPS = {ListStep.MAKE: "make", ListStep.RENAME: "rename", ListStep.FILTER: "filter anew"}


def items(phase: AudiencePhase) -> Iterator[dict[str, Any]]:
    """Yield one phase as values of JSON, in the order of `lines`."""
    match phase:
        case ParticipationPhase():
            for event_key, contact_key in phase.planned():
                yield {
                    "action": phase.attendance.verb,
                    "object_type": phase.entry,
                    "event": event_key,
                    "contact": contact_key,
                }
        case OccurrencePhase():
            for key, contact_key in phase.planned():
                yield {"action": "tell", "event": phase.event, "key": key, "contact": contact_key}
        case ListPhase():
            yield from _list_items(phase)


def _list_items(phase: ListPhase) -> Iterator[dict[str, Any]]:
    wanted = phase.wanted
    for step in phase.steps:
        yield {"action": f"{step}_list", "list": wanted.key, "name": wanted.name}
    for leaves, key in phase.planned():
        action = "take_off_list" if leaves else "put_on_list"
        yield {"action": action, "list": wanted.key, "key": key}


def sizes(phases: Sequence[AudiencePhase]) -> dict[str, Any]:
    """Return the sizes of all phases, for the totals."""
    people: dict[str, int] = {}
    told: dict[str, int] = {}
    lists: dict[str, Any] = {}
    for phase in phases:
        match phase:
            case ParticipationPhase():
                verb = phase.attendance.verb
                people[verb] = people.get(verb, 0) + phase.count
            case OccurrencePhase():
                told[phase.event] = phase.count
            case ListPhase():
                counts = {"add": phase.add, "remove": phase.remove}
                lists[phase.wanted.key] = {"steps": list(phase.steps), **counts}
    return {"participation": people, "events": told, "lists": lists}
