"""Debug mode: what may be shown of a portal's calls to HubSpot, for a while."""

from __future__ import annotations

from collections.abc import Sequence

from stagedoor.store.inspections import InspectedCall, Inspection
from stagedoor_service.application.office import Office

LONGEST = 120
"""Minutes after which it ends at the latest."""
USUAL = 15

KEPT_HOURS = 24
"""Hours after which calls are forgotten, whatever the mode."""


def begin(office: Office, portal: str, minutes: int, *, by: str) -> Inspection:
    """Let a portal's calls be kept for some minutes from now."""
    return office.store.inspections.begin(portal, min(minutes, LONGEST) * 60, by=by)


def end(office: Office, portal: str) -> None:
    """Keep no more calls; those that were kept can be seen for a day."""
    office.store.inspections.end(portal)


def current(office: Office, portal: str) -> Inspection | None:
    """Return the debugging that goes on."""
    return office.store.inspections.current(portal)


def calls(
    office: Office, portal: str, *, limit: int = 50, before: int | None = None
) -> Sequence[InspectedCall]:
    """Return calls that were kept, newest first."""
    return office.store.inspections.list(portal, limit=limit, before=before)
