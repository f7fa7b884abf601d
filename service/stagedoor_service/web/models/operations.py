"""Shapes of health and explanations."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel


class HealthAnswer(BaseModel):
    """Whether the process lives."""

    status: Literal["ok"] = "ok"


class ReadinessAnswer(BaseModel):
    """Whether calls should be sent here."""

    ready: bool
    store: str


class ExplanationAnswer(BaseModel):
    """What a code means."""

    code: str
    what: str
    why: str
    remedy: str
    status: int | None
