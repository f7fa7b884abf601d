"""Conflicts: properties that both sides changed, that wait for a person, and what he decides.

Decisions are runs, for API and console alike: they survive a restart, wait for whoever holds the
portal, and are on record.
"""

from __future__ import annotations

from stagedoor.model import Side
from stagedoor.store.conflicts import KeptConflict
from stagedoor.store.decisions import KeptDecision
from stagedoor.store.runs import RunRecord
from stagedoor.sync.resolving import Choice
from stagedoor_service.application import mappings
from stagedoor_service.application.office import Office
from stagedoor_service.application.problem import Problem
from stagedoor_service.application.running import DECIDE, UNDO, Wanted, ask_for_run

LATEST = 50
"""Decisions that are shown."""


def list_conflicts(office: Office, portal: str, *, closed: bool = False) -> list[KeptConflict]:
    """Return a portal's open conflicts, oldest first; closed ones too when asked."""
    return office.store.conflicts.list(portal, closed=closed)


def list_decisions(office: Office, portal: str, limit: int = LATEST) -> list[KeptDecision]:
    """Return the latest decisions, by rules and by people, newest first."""
    return office.store.decisions.list(portal, limit)


def decide(
    office: Office,
    portal: str,
    conflict_id: int,
    choice: Choice,
    *,
    always: bool,
    reason: str,
    asked_by: str,
) -> RunRecord:
    """Queue a run that gives both sides one side's value, or another.

    With `always` it lets that side win from then on, by a new version of the mapping.

    Raises:
        Problem: There is no such open conflict, or a rule is wanted and a file owns the mapping.
    """
    kept = office.store.conflicts.get(portal, conflict_id)
    if kept is None or kept.closed_at is not None:
        raise Problem("NOT_FOUND", "There is no open conflict of this id.")
    if always:
        mappings.check_not_in_file(office, portal)
    options = {
        "conflict_id": conflict_id,
        "use": choice.side,
        "value": choice.value,
        "reason": reason,
        "always": always,
    }
    ref = kept.ref
    wanted = Wanted((ref.object_type,), (ref.key,), read=False, options=options)
    return ask_for_run(office, portal, DECIDE, wanted, asked_by=asked_by)


def choice_of(wanted: Wanted) -> Choice:
    """Return what a run that was queued by `decide` is to give both sides."""
    told = wanted.options
    return Choice(Side(told["use"]) if told.get("use") else None, told.get("value"))


def undo(office: Office, portal: str, decision_id: int, *, asked_by: str) -> RunRecord:
    """Queue a run that takes a decision back.

    Raises:
        Problem: There is no such decision to undo.
    """
    kept = office.store.decisions.get(portal, decision_id)
    if kept is None or kept.undone_at is not None:
        raise Problem("NOT_FOUND", "There is no decision of this id to undo.")
    wanted = Wanted(read=False, options={"decision_id": decision_id})
    return ask_for_run(office, portal, UNDO, wanted, asked_by=asked_by)
