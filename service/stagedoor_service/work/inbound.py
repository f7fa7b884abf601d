"""Follows what HubSpot tells: its hints are read live, and what was edited goes back."""

from __future__ import annotations

from stagedoor.config import load_platform
from stagedoor.hubspot.portal import Portal
from stagedoor.hubspot.webhook_events import SOURCE
from stagedoor.store.inbox import Inbox
from stagedoor.sync.following import Shapers, follow_hints, leave_hints
from stagedoor.sync.platforms import open_writer
from stagedoor.sync.session import Session

NOTHING_DONE = 60.0
"""Seconds after which hints that nothing follows, such as of other object types, are looked at."""


class HubspotHints:
    """The webhooks of one portal."""

    title = "Webhooks of HubSpot"

    def __init__(self, inbox: Inbox) -> None:
        """Follow what comes into `inbox`."""
        self._inbox = inbox
        self._shapers: Shapers | None = None

    def has_open(self) -> bool:
        """Return whether something waits."""
        return self._inbox.has_open(SOURCE)

    def follow(self, session: Session, portal: Portal) -> float | None:
        """Let the platform say what HubSpot does of the objects that hints name.

        Raises:
            StagedoorError: HubSpot or the platform could not be reached; the hints wait on.
        """
        if not any(mapping.two_way for mapping in session.document.objects.values()):
            leave_hints(self._inbox, SOURCE)
            return None
        if self._shapers is None or self._shapers.portal is not portal:
            self._shapers = Shapers(portal)
        writer = open_writer(load_platform(), session.plugins)
        return None if follow_hints(session, self._inbox, self._shapers, writer) else NOTHING_DONE
