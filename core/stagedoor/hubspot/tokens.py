"""Where the client gets its bearer token from."""

from __future__ import annotations

from typing import Protocol

from pydantic import SecretStr

from stagedoor.errors import Misconfigured


class TokenProvider(Protocol):
    """Gives tokens, and newer ones when HubSpot says that one has expired."""

    def current(self) -> str:
        """Return the token to send."""

    def refresh(self, stale: str) -> str:
        """Return a token newer than `stale`."""


class StaticToken:
    """A service key or private-app token: it does not expire, it is revoked."""

    def __init__(self, token: SecretStr) -> None:
        """Keep the token out of representations and logs."""
        self._token = token

    def current(self) -> str:
        """Return the token."""
        return self._token.get_secret_value()

    def refresh(self, stale: str) -> str:
        """Refuse: a static token has no newer one."""
        del stale
        raise Misconfigured(
            "HubSpot says that the token has expired. Make a new service key or private-app token "
            "and set `access_token`."
        )
