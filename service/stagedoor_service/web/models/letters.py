"""Shapes of dead letters."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from pydantic import BaseModel, Field

from stagedoor.store.dead_letters import KeptLetter
from stagedoor_service.web.models.common import LARGEST, Taken


class LetterAnswer(BaseModel):
    """One dead letter."""

    id: int
    run_id: str
    stage: str
    object_type: str
    key: str
    code: str
    message: str
    advice: str
    properties: list[str]
    category: str | None
    correlation_id: str | None
    times: int
    first_at: str
    last_at: str
    closed_at: str | None
    closed_as: str | None
    record: str | None = Field(None, description="JSON of what was refused; only for one letter.")

    @classmethod
    def of(cls, kept: KeptLetter) -> LetterAnswer:
        """Return a letter as an answer."""
        told: dict[str, Any] = asdict(kept)
        return cls.model_validate({**told, **told.pop("letter")})


class LettersAnswer(BaseModel):
    """Dead letters, oldest first."""

    dead_letters: list[LetterAnswer]
    next: int | None = Field(description="Value of `after` for the next page.")


class ReplayAsked(Taken):
    """Which open letters are to be sent again; nothing of it means all."""

    ids: list[Annotated[int, Field(ge=1, le=LARGEST)]] = Field(
        default_factory=list, max_length=10_000
    )
    code: str | None = Field(None, max_length=64)
    object_type: str | None = Field(None, max_length=128)
