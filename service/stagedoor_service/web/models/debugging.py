"""Shapes of debug mode."""

from __future__ import annotations

from dataclasses import asdict

from pydantic import BaseModel, Field

from stagedoor.store.inspections import InspectedCall, Inspection
from stagedoor_service.application.debugging import LONGEST, USUAL
from stagedoor_service.web.models.common import Taken


class DebuggingAsked(Taken):
    """For how long."""

    minutes: int = Field(USUAL, ge=1, le=LONGEST)


class DebuggingAnswer(BaseModel):
    """Whether calls are kept."""

    on: bool
    until: float | None = Field(None, description="When it ends by itself, in seconds since 1970.")
    begun_at: str | None = None
    begun_by: str | None = None

    @classmethod
    def of(cls, current: Inspection | None) -> DebuggingAnswer:
        """Return a state as an answer."""
        return cls(on=True, **asdict(current)) if current else cls(on=False)


class RedactedAnswer(BaseModel):
    """A call without what it said."""

    query: list[str] = Field(description="Names of the parameters.")
    properties: list[str] = Field(description="Names of the properties written or asked for.")
    request: str | None = Field(description="Outline of the body: names, kinds and lengths.")
    response: str | None
    category: str | None = Field(description="HubSpot's error category.")
    message: str | None = Field(description="HubSpot's sentence, without values.")


class CallAnswer(BaseModel):
    """One attempt at a call."""

    id: int
    at: str
    method: str
    route: str = Field(description="The path without names and ids.")
    result: str = Field(description="The HTTP status, or what came instead.")
    ms: float
    attempt: int
    correlation_id: str | None = Field(description="HubSpot's id of the call, for its support.")
    sent: int = Field(description="Bytes of the request's body.")
    received: int = Field(description="Bytes of the response's body.")
    redacted: RedactedAnswer

    @classmethod
    def of(cls, call: InspectedCall) -> CallAnswer:
        """Return a call as an answer."""
        return cls.model_validate(asdict(call))


class CallsAnswer(BaseModel):
    """Calls, newest first."""

    calls: list[CallAnswer]
    next: int | None = Field(description="Value of `before` for the next page.")
