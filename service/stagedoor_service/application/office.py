"""What everything in the service works with: settings, store, portals, and who asks."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pydantic import SecretStr

from stagedoor.config import SANDBOX_TOKEN, HubSpotSettings, load_settings
from stagedoor.hubspot.portal import Portal
from stagedoor.store import Store, open_store
from stagedoor.store.api_keys import ApiKey
from stagedoor_service.application.portal_pool import PortalPool
from stagedoor_service.application.problem import Problem
from stagedoor_service.settings import ServiceSettings, load_service_settings

ACCOUNTS_KNOWN = 5.0
"""Seconds that the accounts of portals are remembered: a delivery must not wait for the store."""

PORTAL_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass
class _Accounts:
    """Portals by the number of their HubSpot account, as they were a moment ago."""

    known: dict[int | None, str] = field(default_factory=dict)
    until: float = 0.0


@dataclass(frozen=True)
class Office:
    """One process of the service."""

    settings: ServiceSettings
    target: HubSpotSettings
    """Settings of the default portal, as `target-hubspot` has them."""
    store: Store
    portals: PortalPool = field(default_factory=PortalPool)
    _accounts: _Accounts = field(default_factory=_Accounts)

    def names(self) -> list[str]:
        """Return the names of all portals, the default one first."""
        connected = self.store.connections.portals()
        return list(dict.fromkeys([self.target.portal, *self.settings.portals, *connected]))

    def portal_settings(self, portal: str) -> HubSpotSettings:
        """Return the engine's settings for one portal.

        A static token opens the default portal only; the others are connected by OAuth.
        """
        changed: dict[str, object] = {"portal": portal}
        if portal != self.target.portal:
            changed["access_token"] = None
        if self.settings.demo and self.store.connections.stamp(portal) is None:
            changed["access_token"] = SecretStr(SANDBOX_TOKEN)
        return self.target.model_copy(update=changed)

    def open(self, portal: str) -> Portal:
        """Return a portal, ready for calls that somebody waits for.

        Raises:
            Problem: It is not connected.
        """
        settings, stamp = self.portal_settings(portal), self.store.connections.stamp(portal)
        if settings.access_token is None and stamp is None:
            raise Problem("NOT_CONNECTED", f"Portal {portal!r} is not connected with HubSpot.")
        return self.portals.get(settings, stamp)

    def portal_named(self, name: str | None, key: ApiKey | None = None) -> str:
        """Return the portal that a call is about.

        Raises:
            Problem: There is none of this name, or the key does not open it.
        """
        chosen = name or (key.portal if key and key.portal else self.target.portal)
        opens = key is None or key.portal in (None, chosen)
        if not opens or not PORTAL_NAME.fullmatch(chosen) or chosen not in self.names():
            raise Problem(
                "PORTAL_UNKNOWN", "There is no such portal, or this key does not open it."
            )
        return chosen

    def portal_of(self, hub_id: int) -> str | None:
        """Return the portal that is connected with a HubSpot account; looked up now and then."""
        if time.monotonic() > self._accounts.until:
            self._accounts.known = {n: name for name, n in self.store.connections.portals().items()}
            static = self.portal_settings(self.target.portal)
            if static.access_token is not None:
                account = self.open(self.target.portal).account()
                self._accounts.known.setdefault(account.portal_id, self.target.portal)
            self._accounts.until = time.monotonic() + ACCOUNTS_KNOWN
        return self._accounts.known.get(hub_id)

    def close(self) -> None:
        """Close portals and store."""
        self.portals.close()
        self.store.close()


@contextmanager
def open_office(
    settings: ServiceSettings | None = None, target: HubSpotSettings | None = None
) -> Iterator[Office]:
    """Give the office of this process, by the environment where settings are not given.

    Raises:
        Misconfigured: Settings are wrong, or the store cannot be opened.
    """
    service, engine = settings or load_service_settings(), target or load_settings()
    office = Office(service, engine, open_store(engine))
    try:
        yield office
    finally:
        office.close()
