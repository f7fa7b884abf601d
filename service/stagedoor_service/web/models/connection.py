"""Shapes of connecting a portal."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel


class AuthorizationUrl(BaseModel):
    """Where a person connects the portal."""

    authorization_url: str


class ConnectionAnswer(BaseModel):
    """How a portal is connected."""

    connected: bool
    portal: str
    portal_id: int | None
    hub_domain: str | None
    last_sync: str | None
    kind: Literal["oauth", "token", "none"]
    scopes: list[str]
    missing_scopes: list[str]
    token: Literal["valid", "expired", "revoked", "none"]
    token_expires_at: float | None
    reason: str | None
    daily_calls: int | None
    daily_calls_left: int | None


class ConnectedAnswer(BaseModel):
    """Who has just been connected."""

    connected: bool = True
    portal: str
    portal_id: int | None
