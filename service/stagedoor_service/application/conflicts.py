"""Conflicts: properties that both sides changed, and that wait for a person."""

from __future__ import annotations

from stagedoor.store.conflicts import KeptConflict
from stagedoor_service.application.office import Office


def list_conflicts(office: Office, portal: str, *, closed: bool = False) -> list[KeptConflict]:
    """Return a portal's open conflicts, oldest first; closed ones too when asked."""
    return office.store.conflicts.list(portal, closed=closed)
