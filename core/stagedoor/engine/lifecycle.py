"""Decides whether a contact's life cycle stage is written; pure.

HubSpot takes a backward write, answers 200, and keeps the later stage. And a stage that somebody
set there is that person's decision. So HubSpot's present stage is read before one is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from stagedoor.mapping.facts import Choice
from stagedoor.mapping.lifecycle import PROPERTY, is_further
from stagedoor.model import Base, Change, Desired


class Verdict(StrEnum):
    """What becomes of a wanted stage."""

    WRITE = "write"
    AGREED = "agreed"
    """HubSpot has it already."""
    KEPT = "kept"
    """Somebody else's setting stays, or HubSpot is further."""


def forward_only(desired: Desired, base: Base | None, order: Sequence[Choice]) -> Desired:
    """Return `desired` without a stage that is not further than the one last agreed on."""
    wanted, last = desired.properties.get(PROPERTY), base.properties.get(PROPERTY) if base else None
    if wanted is None or last is None or is_further(order, last, wanted):
        return desired
    kept = {name: value for name, value in desired.properties.items() if name != PROPERTY}
    return replace(desired, properties=kept)


def verdict(wanted: str, last: str | None, present: str | None, order: Sequence[Choice]) -> Verdict:
    """Return what to do, by the stage last agreed on and the one that HubSpot has now.

    A stage that differs from the last one agreed on was set by somebody else since. One from
    before the first agreement stays where it is further.
    """
    if present == wanted:
        return Verdict.AGREED
    if last is not None:
        return Verdict.WRITE if present == last else Verdict.KEPT
    if present is None or is_further(order, present, wanted):
        return Verdict.WRITE
    return Verdict.KEPT


def without_stage(change: Change) -> Change:
    """Return `change` with the stage left out."""
    before, after = (
        {name: value for name, value in values.items() if name != PROPERTY}
        for values in (change.before, change.after)
    )
    return replace(change, before=before, after=after)
