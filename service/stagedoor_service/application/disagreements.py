"""What both sides changed: what waits for a person, and what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stagedoor.store.conflicts import KeptConflict
from stagedoor.store.decisions import KeptDecision
from stagedoor_service.application.office import Office

LATEST = 50
"""Decisions that are shown."""


@dataclass(frozen=True, slots=True)
class Disagreements:
    """Properties that both sides changed."""

    waiting: Sequence[KeptConflict]
    decided: Sequence[KeptDecision]
    """Newest first."""


def disagreements(office: Office, portal: str) -> Disagreements:
    """Return what waits, oldest first, and the latest decisions."""
    store = office.store
    return Disagreements(store.conflicts.list(portal), store.decisions.list(portal, LATEST))
