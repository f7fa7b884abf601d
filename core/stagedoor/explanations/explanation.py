"""What a code stands for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Explanation:
    """One code, in words for the person who meets it."""

    code: str
    what: str
    """What it says has happened."""
    why: str
    """What usually brings it about."""
    remedy: str
    """What to do."""
    status: int | None = None
    """HTTP status that the service answers with, where it answers with this code."""
