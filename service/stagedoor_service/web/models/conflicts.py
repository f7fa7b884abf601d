"""Shapes of conflicts, and of the log."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, Field

from stagedoor.store.conflicts import KeptConflict
from stagedoor.store.log import LogLine


class ConflictAnswer(BaseModel):
    """One property that both sides changed."""

    id: int
    run_id: str
    object_type: str
    key: str
    hubspot_id: str
    property: str
    base: str | None = Field(description="What both sides last agreed on.")
    ours: str | None = Field(description="What the platform says.")
    theirs: str | None = Field(description="What HubSpot says.")
    rule: str
    reason: str
    opened_at: str
    closed_at: str | None
    closed_as: str | None

    @classmethod
    def of(cls, kept: KeptConflict) -> ConflictAnswer:
        """Return a conflict as an answer."""
        told: dict[str, Any] = asdict(kept)
        return cls.model_validate({**told, **told.pop("ref")})


class ConflictsAnswer(BaseModel):
    """Conflicts, oldest first."""

    conflicts: list[ConflictAnswer]


class LineAnswer(BaseModel):
    """One line of the log."""

    id: int
    at: str
    level: str
    source: str
    message: str
    portal: str | None
    run_id: str | None

    @classmethod
    def of(cls, line: LogLine) -> LineAnswer:
        """Return a line as an answer."""
        return cls.model_validate(asdict(line))


class LogAnswer(BaseModel):
    """Lines, newest first."""

    lines: list[LineAnswer]
    next: int | None = Field(description="Value of `before` for the next page.")
