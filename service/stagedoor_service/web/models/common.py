"""What every shape stands on, and the shape of problems."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, JsonValue

LARGEST = 2**31 - 1
"""Largest number of a row that the store counts by."""


class Taken(BaseModel):
    """What a call sends; strangers are refused."""

    model_config = ConfigDict(extra="forbid")


class ProblemDetails(BaseModel):
    """RFC 9457."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[dict[str, JsonValue]] | None = None
