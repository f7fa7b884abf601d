"""Shapes of events that came in."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, JsonValue

from stagedoor.store.inbox import Entry
from stagedoor_service.web.models.common import Taken


class ReceivedAnswer(BaseModel):
    """What became of a delivery."""

    received: int = Field(description="Events that are on the disk now.")
    left_out: int = Field(description="Events of HubSpot accounts that are not connected.")


class EventAnswer(BaseModel):
    """One event that came in."""

    id: int
    source: str
    kind: str
    object_type: str
    object_id: str
    occurred_at: str
    received_at: str
    status: Literal["waiting", "taken", "done"]
    attempts: int
    done_at: str | None
    outcome: str | None
    payload: JsonValue = None

    @classmethod
    def of(cls, entry: Entry, *, payload: bool) -> EventAnswer:
        """Return an entry of the inbox as an answer."""
        told: dict[str, Any] = asdict(entry)
        arrival = told.pop("arrival")
        text = arrival.pop("payload")
        return cls.model_validate(
            {**told, **arrival, "payload": json.loads(text) if payload else None}
        )


class RetryAsked(Taken):
    """Which events."""

    ids: list[Annotated[int, Field(ge=1, le=2**62)]] = Field(min_length=1, max_length=500)


class RetryAnswer(BaseModel):
    """What becomes of them."""

    retried: int = Field(description="Events that wait once more; the others were not done.")


class EventsAnswer(BaseModel):
    """Events, newest first."""

    events: list[EventAnswer]
    next: int | None = Field(description="Value of `before` for the next page.")
