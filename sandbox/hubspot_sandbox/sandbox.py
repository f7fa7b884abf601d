"""One server: its portals, its apps, its clock, and what tests set."""

from __future__ import annotations

from pathlib import Path

from hubspot_sandbox.model.clock import Clock
from hubspot_sandbox.store.accounts import Accounts
from hubspot_sandbox.store.documents import Documents
from hubspot_sandbox.store.portal import PortalStore
from hubspot_sandbox.webhooks.delivery import Webhooks
from hubspot_sandbox.webhooks.journal import Journal
from hubspot_sandbox.webhooks.subscriptions import Subscriptions
from hubspot_sandbox.wire.faults import Faults
from hubspot_sandbox.wire.limits import Limits
from hubspot_sandbox.wire.stats import Stats


class Sandbox:
    """Everything behind one address."""

    def __init__(self, data: Path, *, seed: int = 1, account: str | None = None) -> None:
        """Open the portal kept in `data`, and the others that were made beside it."""
        self._data, self._seed, self.account = data, seed, account
        self.clock = Clock()
        self.portal = PortalStore(data, seed=seed, clock=self.clock)
        self._kept = Documents(self.portal.connection, "server")
        self.accounts = Accounts(self._kept, self.clock, self.portal.portal_id)
        self.portals = {self.portal.portal_id: self.portal}
        self.stats, self.faults, self.limits = Stats(), Faults(), Limits(account)
        for entry in self._kept.all("portals"):
            self._open(entry["portal_id"])
        self.subscriptions = Subscriptions(self._kept)
        self.journal = Journal(self, self._kept)
        self.webhooks = Webhooks(self)

    def _open(self, portal_id: int | None) -> PortalStore:
        number = portal_id or max(self.portals) + 1
        path = self._data.with_name(f"{self._data.name}.{number}")
        portal = PortalStore(path, seed=self._seed, clock=self.clock, portal_id=number)
        self.portals[number] = portal
        return portal

    def add_portal(self) -> PortalStore:
        """Make another portal."""
        portal = self._open(None)
        self._kept.put("portals", portal.portal_id, {"portal_id": portal.portal_id})
        self.webhooks.watch(portal)
        return portal

    def reset(self) -> None:
        """Empty every portal, and behave by default again."""
        for portal in self.portals.values():
            portal.empty()
        for kind in ("webhook_settings", "webhook_subscriptions", "journal_subscriptions"):
            self._kept.clear(kind)
        self._kept.clear("journal_files")
        self.webhooks.forget()
        self.webhooks.refresh()

    def close(self) -> None:
        """Close all files."""
        for portal in self.portals.values():
            portal.close()
