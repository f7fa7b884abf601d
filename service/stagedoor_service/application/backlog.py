"""How long what came in has waited for this service, and what calls are left for it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from stagedoor.engine.platform_events import SOURCE as PLATFORM
from stagedoor.errors import Misconfigured
from stagedoor.hubspot.webhook_events import SOURCE as HUBSPOT
from stagedoor.hubspot.webhook_events import TYPE_IDS
from stagedoor.plugins import load_plugins
from stagedoor.sync.portals import told_budget
from stagedoor.sync.session import load_document
from stagedoor_service.application.hearing import SOURCE as HINTS
from stagedoor_service.application.office import Office

LASTS = 60.0
"""Seconds after which mapping and calls left, which cost more to look at, are looked at again."""


@dataclass
class Backlog:
    """What waits, and what is left to do it with, of all portals."""

    office: Office
    _before: dict[str, float] = field(default_factory=dict)
    _left: dict[str, tuple[float, frozenset[str]]] = field(default_factory=dict)
    _calls: dict[str, tuple[float, float]] = field(default_factory=dict)

    def seconds(self, portal: str) -> float:
        """Return how long the oldest event or run of a portal has waited, now and a look ago.

        The shorter of both: an old event that is followed once more waits for a moment only.
        """
        waited = self._waited(portal)
        before, self._before[portal] = self._before.get(portal, waited), waited
        return min(before, waited)

    def _waited(self, portal: str) -> float:
        inbox, queue = self.office.store.inbox(portal), self.office.store.queue
        since = [
            inbox.oldest_open(HUBSPOT, without=self._not_followed(portal)),
            inbox.oldest_open(PLATFORM),
            inbox.oldest_open(HINTS),
            queue.oldest_waiting(portal),
        ]
        waited = [datetime.now(UTC) - datetime.fromisoformat(at) for at in since if at]
        return max((one.total_seconds() for one in waited), default=0.0)

    def calls_left(self, portal: str) -> float:
        """Return the share of the day's calls that HubSpot last said were left; all, unsaid."""
        until, left = self._calls.get(portal, (0.0, 1.0))
        if time.monotonic() >= until:
            budget = told_budget(self.office.portal_settings(portal))
            left = budget.remaining / budget.limit if budget else 1.0
            self._calls[portal] = (time.monotonic() + LASTS, left)
        return left

    def _not_followed(self, portal: str) -> frozenset[str]:
        """Return the object types whose hints wait for somebody else, such as a tap of Meltano's.

        They are those from which nothing in the mapping goes back.
        """
        until, left = self._left.get(portal, (0.0, frozenset()))
        if time.monotonic() >= until:
            left = _not_two_way(self.office, portal)
            self._left[portal] = (time.monotonic() + LASTS, left)
        return left


def _not_two_way(office: Office, portal: str) -> frozenset[str]:
    settings = office.portal_settings(portal)
    try:
        document = load_document(settings, load_plugins(settings.plugins))
    except Misconfigured:
        return frozenset()  # nothing is followed before somebody mends it: all of it waits
    two_way = {
        mapping.object_type or name for name, mapping in document.objects.items() if mapping.two_way
    }
    others = {type_id: name for type_id, name in TYPE_IDS.items() if name not in two_way}
    return frozenset({*others, *others.values()})
