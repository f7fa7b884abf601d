"""Conflicts: properties that both sides changed, and that wait for a person."""

from __future__ import annotations

from stagedoor.model import Side
from stagedoor.store.conflicts import KeptConflict
from stagedoor.store.decisions import KeptDecision
from stagedoor.store.runs import RunRecord
from stagedoor_service.application.office import Office
from stagedoor_service.application.problem import Problem
from stagedoor_service.application.running import DECIDE, UNDO, Wanted, ask_for_run


def list_conflicts(office: Office, portal: str, *, closed: bool = False) -> list[KeptConflict]:
    """Return a portal's open conflicts, oldest first; closed ones too when asked."""
    return office.store.conflicts.list(portal, closed=closed)


def list_decisions(office: Office, portal: str, limit: int = 50) -> list[KeptDecision]:
    """Return the latest decisions, by rules and by people."""
    return office.store.decisions.list(portal, limit)


def decide(
    office: Office,
    portal: str,
    conflict_id: int,
    *,
    use: Side | None,
    value: str | None,
    reason: str,
    asked_by: str,
) -> RunRecord:
    """Queue a run that gives both sides one side's value, or another.

    Raises:
        Problem: There is no such open conflict.
    """
    kept = office.store.conflicts.get(portal, conflict_id)
    if kept is None or kept.closed_at is not None:
        raise Problem("NOT_FOUND", "There is no open conflict of this id.")
    options = {"conflict_id": conflict_id, "use": use, "value": value, "reason": reason}
    wanted = Wanted(read=False, options=options)
    return ask_for_run(office, portal, DECIDE, wanted, asked_by=asked_by)


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
