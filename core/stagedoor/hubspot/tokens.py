"""Where the client gets its bearer token from."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from pydantic import SecretStr

from stagedoor.errors import Misconfigured
from stagedoor.grants import Connection, ConnectionStatus, Grant
from stagedoor.hubspot.authority import Authority, Ended


class TokenProvider(Protocol):
    """Gives tokens, and newer ones when HubSpot says that one has expired."""

    renewable: bool
    """Whether there can be a newer token at all."""

    def current(self) -> str:
        """Return the token to send."""

    def refresh(self, stale: str) -> str:
        """Return a token newer than `stale`."""


class StaticToken:
    """A service key or private-app token: it does not expire, it is revoked."""

    renewable = False

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


class ConnectionStore(Protocol):
    """Where connections are kept, for all processes."""

    def get(self, portal: str) -> Connection | None:
        """Return a portal's connection."""

    def put(self, portal: str, grant: Grant) -> None:
        """Keep a grant, for good, before this returns."""

    def ask_to_reconnect(self, portal: str, reason: str) -> None:
        """Keep that a portal must be connected again."""

    def lock(self, portal: str) -> AbstractContextManager[None]:
        """Let one process at a time renew a portal's tokens."""


class OAuthToken:
    """The access token of a connected portal, renewed early and by one caller at a time."""

    renewable = True

    def __init__(
        self,
        portal: str,
        store: ConnectionStore,
        authority: Authority,
        clock: Callable[[], float],
    ) -> None:
        """Renew at `authority`, and share what it gives with other processes by `store`."""
        self._portal = portal
        self._store = store
        self._authority = authority
        self._clock = clock
        self._lock = threading.Lock()
        self._held: Grant | None = None

    def current(self) -> str:
        """Return a token with some life left in it.

        Raises:
            Misconfigured: The portal must be connected, or connected again.
            Unavailable: HubSpot does not renew it now.
        """
        held = self._held
        if held is not None and held.is_fresh(self._clock()):
            return held.access_token
        return self._newer(None)

    def refresh(self, stale: str) -> str:
        """Return a token newer than `stale`, whoever renewed it.

        Raises:
            Misconfigured: The portal must be connected again.
            Unavailable: HubSpot does not renew it now.
        """
        return self._newer(stale)

    def _newer(self, stale: str | None) -> str:
        with self._lock:
            for held in (self._held, self._stored()):
                if held is not None and self._serves(held, stale):
                    self._held = held
                    return held.access_token
            with self._store.lock(self._portal):
                held = self._stored()  # another process may have renewed it meanwhile
                if not self._serves(held, stale):
                    held = self._renewed(held)
                self._held = held
            return held.access_token

    def _serves(self, grant: Grant, stale: str | None) -> bool:
        return grant.access_token != stale and grant.is_fresh(self._clock())

    def _stored(self) -> Grant:
        connection = self._store.get(self._portal)
        if connection is None:
            raise Misconfigured(
                f"Portal {self._portal!r} is not connected. Connect it, or set `access_token`."
            )
        if connection.status is ConnectionStatus.RECONNECT:
            raise _must_reconnect(self._portal, connection.reason or "no reason given")
        return connection.grant

    def _renewed(self, held: Grant) -> Grant:
        """Return a new grant, kept before anybody uses it: the old refresh token may be dead."""
        answer = self._authority.refresh(held.refresh_token)
        if isinstance(answer, Ended):
            self._store.ask_to_reconnect(self._portal, answer.reason)
            raise _must_reconnect(self._portal, answer.reason)
        self._store.put(self._portal, answer)
        return answer


class AppToken:
    """The token of an app itself, asked for again when it has come to its end."""

    renewable = True

    def __init__(
        self, authority: Authority, scopes: Sequence[str], clock: Callable[[], float]
    ) -> None:
        """Ask `authority` for these scopes."""
        self._authority = authority
        self._scopes = scopes
        self._clock = clock
        self._lock = threading.Lock()
        self._held: Grant | None = None

    def current(self) -> str:
        """Return a token with some life left in it.

        Raises:
            Misconfigured: HubSpot gives the app none.
            Unavailable: HubSpot gives none now.
        """
        held = self._held
        if held is not None and held.is_fresh(self._clock()):
            return held.access_token
        return self.refresh(held.access_token if held else "")

    def refresh(self, stale: str) -> str:
        """Return a token newer than `stale`."""
        with self._lock:
            if self._held is None or self._held.access_token == stale:
                answer = self._authority.own(self._scopes)
                if isinstance(answer, Ended):
                    raise Misconfigured(
                        f"HubSpot gives the app no token of its own: {answer.reason}. Check "
                        f"`client_id`, and that the app has the scopes {', '.join(self._scopes)}."
                    )
                self._held = answer
            return self._held.access_token


def _must_reconnect(portal: str, reason: str) -> Misconfigured:
    return Misconfigured(
        f"HubSpot no longer lets Stagedoor into portal {portal!r}: {reason}. Somebody took the app "
        "out or revoked its token. Connect the portal again; what is pending stays pending."
    )
