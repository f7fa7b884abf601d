"""What a portal's owner has granted an OAuth app: values, shared by client and store."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

EARLY = 300.0
"""Seconds before its end from which a token is renewed."""


@dataclass(frozen=True, slots=True)
class Grant:
    """An access token, the refresh token that renews it, and what they open."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    issued_at: float
    """When it was asked for, in seconds since 1970."""
    expires_at: float
    hub_id: int | None = None
    scopes: tuple[str, ...] = ()

    def is_fresh(self, now: float) -> bool:
        """Return whether the access token may still be sent without renewing it.

        It is renewed five minutes before its end; one that lives too short for that, in the last
        tenth of its life.
        """
        life = self.expires_at - self.issued_at
        early = EARLY if life > 2 * EARLY else life / 10
        return now < self.expires_at - early


class ConnectionStatus(StrEnum):
    """Whether a connection works."""

    CONNECTED = "connected"
    RECONNECT = "reconnect"
    """HubSpot refuses the refresh token: a person must connect the portal again."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A portal's connection by OAuth, as the store keeps it."""

    portal: str
    grant: Grant
    status: ConnectionStatus = ConnectionStatus.CONNECTED
    reason: str | None = None
    """HubSpot's words, when it must be made again."""
