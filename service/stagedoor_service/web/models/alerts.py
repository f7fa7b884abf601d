"""Shapes of alerts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Literal

from pydantic import BaseModel, Field

from stagedoor.store.alerts import Alert, Delivery


class DeliveryAnswer(BaseModel):
    """What became of telling an alert by one channel."""

    channel: Literal["webhook", "email"]
    status: Literal["waiting", "sent", "given_up"]
    attempts: int
    sent_at: str | None
    error: str | None


class AlertAnswer(BaseModel):
    """One change."""

    id: int
    portal: str
    condition: str
    number: int = Field(description="Counts the changes of this condition.")
    status: Literal["problem", "recovered", "test"]
    at: str
    message: str
    deliveries: list[DeliveryAnswer]

    @classmethod
    def of(cls, alert: Alert, deliveries: Sequence[Delivery]) -> AlertAnswer:
        """Return an alert as an answer."""
        told = [asdict(delivery) for delivery in deliveries]
        return cls.model_validate({**asdict(alert), "deliveries": told})


class AlertsAnswer(BaseModel):
    """Alerts, newest first."""

    channels: list[str] = Field(description="By which people are told.")
    alerts: list[AlertAnswer]
    next: int | None = Field(description="Value of `before` for the next page.")


class TestAnswer(BaseModel):
    """A test alert that is being told."""

    channels: list[str]
