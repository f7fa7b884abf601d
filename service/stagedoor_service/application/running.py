"""Asks for runs, and tells what became of them; workers carry them out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from stagedoor.engine.scope import Condition, Scope
from stagedoor.store.runs import RunRecord
from stagedoor_service.application.office import Office
from stagedoor_service.application.problem import Problem
from stagedoor_service.application.tracing import carried

OBJECT_TYPES = ("contacts", "companies", "deals", "tickets")
"""HubSpot's object types that have an address of their own."""

OUTBOUND, PLAN, REPLAY, REALTIME = "outbound", "plan", "replay", "real-time"
INBOUND = "inbound"
DECIDE, UNDO = "conflict", "undo"
"""Purposes of runs."""

TRACE = "traceparent"
"""Option of a run that says below whose span it belongs."""

SCHEDULE = "schedule"
"""Who asks for runs by the clock."""


@dataclass(frozen=True)
class Wanted:
    """What a run is to do, as it waits in the queue."""

    object_types: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    read: bool = True
    """Whether the platform is read first."""
    full: bool = False
    """Whether it is read from the start, instead of what changed."""
    allow_any_size: bool = False
    """Whether `max_changes` and `max_removals` do not count."""
    letters: tuple[int, ...] = ()
    """Dead letters to replay."""
    options: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return it as the queue keeps it."""
        return {
            "object_types": list(self.object_types),
            "ids": list(self.ids),
            "conditions": [[c.column, c.word, c.value] for c in self.conditions],
            "read": self.read,
            "full": self.full,
            "allow_any_size": self.allow_any_size,
            "letters": list(self.letters),
            "options": self.options,
        }

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Wanted:
        """Return what the queue kept."""
        return cls(
            object_types=tuple(told.get("object_types", ())),
            ids=tuple(told.get("ids", ())),
            conditions=tuple(Condition(*condition) for condition in told.get("conditions", ())),
            read=bool(told.get("read", True)),
            full=bool(told.get("full")),
            allow_any_size=bool(told.get("allow_any_size")),
            letters=tuple(told.get("letters", ())),
            options=dict(told.get("options", {})),
        )

    @property
    def scope(self) -> Scope:
        """What the run is about."""
        ids = frozenset(text.strip().lower() if "@" in text else text for text in self.ids)
        return Scope(frozenset(self.object_types), ids, self.conditions)


def ask_for_run(
    office: Office, portal: str, purpose: str, wanted: Wanted, *, asked_by: str
) -> RunRecord:
    """Queue a run and return it.

    Raises:
        Problem: An object type that it names is switched off.
    """
    off = office.target.switched_off & set(wanted.object_types)
    if off:
        raise Problem("OBJECT_TYPE_OFF", f"Switched off by `sync`: {', '.join(sorted(off))}.")
    request = wanted.as_json()
    if (trace := carried().get("traceparent")) is not None:
        request["options"] = {**wanted.options, TRACE: trace}
    run = office.store.queue.put(purpose, portal, request, asked_by=asked_by)
    if run is None:  # only a run with a slot may be there already
        raise Problem("STAGEDOOR", "The run could not be queued.")
    return run


def ended(office: Office, portal: str, run_id: str, seconds: float) -> RunRecord | None:
    """Return a run once it has ended; nothing where that takes longer than `seconds`."""
    deadline = time.monotonic() + seconds
    while (run := one_run(office, portal, run_id)).ended_at is None:
        if time.monotonic() > deadline:
            return None
        time.sleep(0.1)
    return run


def schedule_run(office: Office, portal: str, slot: str) -> RunRecord | None:
    """Queue the run of a schedule's moment, once, however many services have the schedule.

    Nothing is queued while an earlier one waits: a run takes all that is pending.
    """
    if office.store.queue.waiting(portal, asked_by=SCHEDULE):
        return None
    name = f"schedule:{portal}:{slot}"
    wanted = Wanted(options={"moment": slot})
    return office.store.queue.put(OUTBOUND, portal, wanted.as_json(), asked_by=SCHEDULE, slot=name)


def list_runs(
    office: Office,
    portal: str,
    *,
    limit: int = 20,
    status: str | None = None,
    purpose: str | None = None,
    before: str | None = None,
) -> Sequence[RunRecord]:
    """Return a portal's runs, newest first."""
    return office.store.runs.list(
        limit, portal=portal, status=status, purpose=purpose, before=before
    )


def one_run(office: Office, portal: str, run_id: str) -> RunRecord:
    """Return one run of a portal.

    Raises:
        Problem: There is none of this id.
    """
    run = office.store.runs.get(run_id)
    if run is None or run.run_id != run_id or run.portal != portal:
        raise Problem("NOT_FOUND", "There is no run of this id.")
    return run
