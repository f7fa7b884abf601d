"""Shapes of conflicts, and of the log."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, Field, model_validator

from stagedoor.model import Side
from stagedoor.store.conflicts import KeptConflict
from stagedoor.store.decisions import KeptDecision
from stagedoor.store.log import LogLine
from stagedoor_service.web.models.common import Taken


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


class DecisionGiven(Taken):
    """What both sides get: one side's value, or another; exactly one of the three."""

    use: Side | None = None
    value: str | None = Field(None, max_length=65_536)
    empty: bool = Field(default=False, description="Whether both get no value.")
    reason: str = Field("", max_length=1_000)
    always: bool = Field(
        default=False, description="Whether that side wins from now on; needs `mappings`, too."
    )

    @model_validator(mode="after")
    def _says_one_thing(self) -> DecisionGiven:
        if (self.use is not None) + (self.value is not None) + self.empty != 1:
            raise ValueError("give one of `use`, `value` and `empty`")
        if self.always and self.use is None:
            raise ValueError("`always` makes a rule of a side: give `use`")
        return self


class DecisionAnswer(BaseModel):
    """One decision, by a rule or by a person, without its values."""

    id: int
    run_id: str
    object_type: str
    key: str
    property: str
    rule: str
    by: str
    at: str
    undone_at: str | None

    @classmethod
    def of(cls, kept: KeptDecision) -> DecisionAnswer:
        """Return a decision as an answer."""
        made = kept.decision
        return cls(
            id=kept.id,
            run_id=kept.run_id,
            object_type=kept.ref.object_type,
            key=kept.ref.key,
            property=made.property,
            rule=str(made.rule),
            by=made.by,
            at=kept.at,
            undone_at=kept.undone_at,
        )


class DecisionsAnswer(BaseModel):
    """Decisions, newest first."""

    decisions: list[DecisionAnswer]


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
