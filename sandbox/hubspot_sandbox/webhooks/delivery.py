"""Calls apps: arrays of events, several at a time, again when it goes wrong.

https://developers.hubspot.com/docs/guides/api/app-management/webhooks
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import msgspec

from hubspot_sandbox.store.portal import PortalStore
from hubspot_sandbox.webhooks.events import events_of
from hubspot_sandbox.webhooks.signatures import headers
from hubspot_sandbox.webhooks.subscriptions import CONCURRENT

if TYPE_CHECKING:
    from hubspot_sandbox.sandbox import Sandbox

MAX_EVENTS, TIMEOUT, KEPT = 100, 5.0, 1_000
HOUR = 3_600_000
WAITS = (
    *(60_000, 300_000, 900_000, HOUR // 2, HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR),
    *(6 * HOUR, 7 * HOUR),
)
"""How long to wait before each of the ten further attempts, in ms of the portal's clock."""


@dataclass(frozen=True, slots=True)
class Disorder:
    """What a test asks to go wrong in the order of deliveries."""

    duplicates: float = 0.0
    """Share of events that come twice."""
    shuffle: bool = False
    max_events: int = MAX_EVENTS
    hold: bool = False
    """Whether to keep everything back until told otherwise."""
    signature: str = "v1"
    seed: int = 1


@dataclass
class Delivery:
    """One array of events on its way to an app."""

    app_id: int
    portal_id: int
    events: list[dict[str, Any]]
    due: int
    attempt: int = 0


@dataclass
class Webhooks:
    """Delivers what apps have subscribed to; each change goes out at least once while it lives."""

    sandbox: Sandbox
    waiting: list[Delivery] = field(default_factory=list)
    history: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=KEPT))
    disorder: Disorder = field(default_factory=Disorder)
    _seen: dict[int, int] = field(default_factory=dict)
    _number: int = 0

    def __post_init__(self) -> None:
        """Begin with what happens from now on."""
        self._wake = asyncio.Event()
        self._chance = random.Random(1)
        self._in_flight: dict[int, int] = {}
        for portal in self.sandbox.portals.values():
            self.watch(portal)

    def watch(self, portal: PortalStore) -> None:
        """Be told when something happens in a portal."""
        self._seen[portal.portal_id] = portal.feed.last
        portal.feed.listeners.append(self._wake.set)
        self.refresh()

    def refresh(self) -> None:
        """Let portals remember changes only while somebody wants to know of them."""
        wanted = bool(self.sandbox.subscriptions.all()) or self.sandbox.journal.is_wanted
        for portal in self.sandbox.portals.values():
            if wanted and not portal.feed.active:
                self._seen[portal.portal_id] = portal.feed.last
            portal.feed.active = wanted
        self._wake.set()

    def set(self, disorder: Disorder) -> None:
        """Deliver in another order from now on."""
        self.disorder = disorder
        self._chance = random.Random(disorder.seed)
        self._wake.set()

    def forget(self) -> None:
        """Drop what waits, the history, and any disorder."""
        self.set(Disorder())
        self.waiting.clear()
        self.history.clear()
        for portal in self.sandbox.portals.values():
            self._seen[portal.portal_id] = portal.feed.last

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Deliver as long as the block lasts."""
        async with httpx.AsyncClient(timeout=TIMEOUT) as client:
            task = asyncio.create_task(self._run(client))
            try:
                yield
            finally:
                task.cancel()

    async def _run(self, client: httpx.AsyncClient) -> None:
        flying: set[asyncio.Task[None]] = set()
        while True:
            self._wake.clear()
            self.collect()
            for delivery in self._ready():
                self._in_flight[delivery.app_id] = self._in_flight.get(delivery.app_id, 0) + 1
                task = asyncio.create_task(self._deliver(client, delivery))
                flying.add(task)
                task.add_done_callback(flying.discard)
            await self._rest()

    async def _rest(self) -> None:
        """Wait until something happens, or the next attempt is due."""
        now = self.sandbox.clock.now()
        soon = [d.due - now for d in self.waiting if d.due > now]
        try:
            async with asyncio.timeout(min(soon) / 1_000 if soon else None):
                await self._wake.wait()
        except TimeoutError:
            return

    def collect(self) -> None:
        """Make deliveries of the changes that are new."""
        active = [entry for entry in self.sandbox.subscriptions.all() if entry["active"]]
        apps = sorted({entry["app_id"] for entry in active})
        for portal in self.sandbox.portals.values():
            changes = list(portal.feed.after(self._seen[portal.portal_id], 100_000))
            if not changes:
                continue
            self._seen[portal.portal_id] = changes[-1].number
            for app_id in apps:
                mine = [entry for entry in active if entry["app_id"] == app_id]
                if not self.sandbox.accounts.is_installed(app_id, portal.portal_id):
                    continue
                events = [
                    self._whole(event, app_id, portal.portal_id)
                    for change in changes
                    for entry in mine
                    for event in events_of(change, entry, portal.types)
                ]
                self._queue(app_id, portal.portal_id, events)

    def _whole(self, event: dict[str, Any], app_id: int, portal_id: int) -> dict[str, Any]:
        self._number += 1
        return {
            "eventId": self._number,
            "portalId": portal_id,
            "appId": app_id,
            "attemptNumber": 0,
            **event,
        }

    def _queue(self, app_id: int, portal_id: int, events: list[dict[str, Any]]) -> None:
        doubled = [e for e in events if self._chance.random() < self.disorder.duplicates]
        sent = [*events, *doubled]
        if self.disorder.shuffle:
            self._chance.shuffle(sent)
        size = self.disorder.max_events
        now = self.sandbox.clock.now()
        for at in range(0, len(sent), size):
            self.waiting.append(Delivery(app_id, portal_id, sent[at : at + size], now))

    def _ready(self) -> Iterator[Delivery]:
        """Yield what may go out now: due, and within what the app takes at the same time."""
        if self.disorder.hold:
            return
        now = self.sandbox.clock.now()
        for delivery in list(self.waiting):
            settings = self.sandbox.subscriptions.settings(delivery.app_id)
            if settings is None:
                continue
            most = settings["throttling"]["maxConcurrentRequests"] or CONCURRENT
            if delivery.due <= now and self._in_flight.get(delivery.app_id, 0) < most:
                self.waiting.remove(delivery)
                yield delivery

    async def _deliver(self, client: httpx.AsyncClient, delivery: Delivery) -> None:
        settings = self.sandbox.subscriptions.settings(delivery.app_id) or {}
        app = self.sandbox.accounts.app_numbered(delivery.app_id) or {}
        events = [{**event, "attemptNumber": delivery.attempt} for event in delivery.events]
        body, url = msgspec.json.encode(events), str(settings.get("targetUrl"))
        now, begun = self.sandbox.clock.now(), time.perf_counter()
        signed = headers(
            app.get("client_secret", ""), url, body, now, version=self.disorder.signature
        )
        try:
            async with asyncio.timeout(TIMEOUT):
                answer = await client.post(
                    url, content=body, headers={"Content-Type": "application/json", **signed}
                )
            outcome = str(answer.status_code)
            good = answer.is_success
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            outcome, good = type(error).__name__, False
        finally:
            self._in_flight[delivery.app_id] -= 1
        self._note(delivery, url, outcome, now, (time.perf_counter() - begun) * 1_000)
        if not good:
            self._again(delivery)
        self._wake.set()

    def _again(self, delivery: Delivery) -> None:
        if delivery.attempt >= len(WAITS):
            return
        wait = WAITS[delivery.attempt] * (0.8 + 0.4 * self._chance.random())
        delivery.due = self.sandbox.clock.now() + round(wait)
        delivery.attempt += 1
        self.waiting.append(delivery)

    def _note(self, delivery: Delivery, url: str, outcome: str, at: int, ms: float) -> None:
        self.history.appendleft(
            {
                "at": at,
                "app_id": delivery.app_id,
                "portal_id": delivery.portal_id,
                "url": url,
                "events": len(delivery.events),
                "types": sorted({event["subscriptionType"] for event in delivery.events}),
                "attempt": delivery.attempt,
                "answer": outcome,
                "ms": round(ms, 1),
            }
        )
