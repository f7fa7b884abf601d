"""Shapes of runs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Literal

from pydantic import BaseModel, Field, JsonValue

from stagedoor.engine.scope import Condition, Word
from stagedoor.store.runs import RunRecord
from stagedoor_service.web.models.common import Taken


class ConditionGiven(Taken):
    """What a column of the object's source must be."""

    column: str = Field(max_length=128)
    word: Word = "is"
    value: JsonValue = None

    def condition(self) -> Condition:
        """Return it as the engine has it."""
        return Condition(self.column, self.word, self.value)


Ids = list[str]


class SyncAsked(Taken):
    """What a run is to be about; nothing of it means the whole object type."""

    ids: Ids = Field(
        default_factory=list,
        max_length=10_000,
        description="Keys (`customer:17`), the platform's ids (`17`), addresses, or HubSpot ids.",
    )
    filters: list[ConditionGiven] = Field(default_factory=list, max_length=20)
    read: bool = Field(default=True, description="Whether the platform is read first.")
    full: bool = Field(
        default=False, description="Whether it is read from the start, not only what changed."
    )
    allow_any_size: bool = Field(
        default=False, description="Whether `max_changes` and `max_removals` do not count."
    )


class PlanAsked(SyncAsked):
    """What a dry run is to be about."""

    read: bool = Field(default=False, description="Whether the platform is read first.")
    object_types: list[Literal["contacts", "companies", "deals", "tickets"]] = Field(
        default_factory=list
    )


class RunAnswer(BaseModel):
    """One run."""

    run_id: str
    portal: str
    purpose: str
    status: Literal["queued", "running", "done", "failed", "interrupted"]
    started_at: str
    ended_at: str | None
    exit_code: int | None
    error: str | None
    counts: dict[str, JsonValue]
    asked_by: str | None
    attempts: int
    request: dict[str, JsonValue] | None
    progress: dict[str, JsonValue] | None = Field(
        description="Phases in order, each with its steps and how many are done."
    )
    result: JsonValue = Field(None, description="What it found, such as a plan.")

    @classmethod
    def of(cls, run: RunRecord) -> RunAnswer:
        """Return a run as an answer."""
        return cls.model_validate(asdict(run))


class RunsAnswer(BaseModel):
    """Runs, newest first."""

    runs: list[RunAnswer]
    next: str | None = Field(description="Value of `before` for the next page.")
