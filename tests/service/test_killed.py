"""A service that is killed at any moment loses nothing that it has answered with 2xx."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

import httpx

from stagedoor.config import HubSpotSettings
from stagedoor.hubspot.signatures import v3
from stagedoor.store import open_store
from stagedoor_service.application.signing import sign
from support.postgres import free_port
from support.project import Portal
from support.service import Service, connect, project_for, running_service

SECRET = "platform-secret"
EVENTS = int(os.environ.get("STAGEDOOR_KILL_EVENTS", "120"))
KILLS = int(os.environ.get("STAGEDOOR_KILLS", "4"))


class Sender:
    """Somebody who sends again until he is thanked, as HubSpot and platforms do."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.thanked = 0
        self.client = httpx.Client(timeout=10)
        self._lock = Lock()

    def send(self, path: str, body: bytes, headers: dict[str, str]) -> None:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                answer = self.client.post(self.url + path, content=body, headers=headers)
            except httpx.TransportError:
                time.sleep(0.05)
                continue
            if answer.status_code in (200, 202):
                with self._lock:
                    self.thanked += 1
                return
            time.sleep(0.05)
        raise AssertionError("nobody thanked")

    def until_thanked(self, times: int) -> None:
        """Return when so many calls were answered."""
        deadline = time.monotonic() + 120
        while self.thanked < times:
            assert time.monotonic() < deadline, f"{self.thanked} of {times} calls were answered"
            time.sleep(0.01)

    def customer(self, number: int) -> None:
        row = {"customer_id": f"k{number}", "email": f"k{number}@example.com", "city": "Iași"}
        told = {
            "id": f"kill-{number}",
            "type": "customer.created",
            "occurred_at": "2026-01-01T00:00:00Z",
            "data": {"customer": row},
        }
        body = json.dumps(told).encode()
        signature = sign(SECRET, body, int(time.time()))
        self.send("/api/webhooks/platform", body, {"X-Stagedoor-Signature": signature})

    def hint(self, portal: Portal, number: int) -> None:
        told = {
            "eventId": number,
            "subscriptionId": 1,
            "portalId": portal.sandbox.portal_id,
            "occurredAt": 1_767_225_600_000 + number,
            "subscriptionType": "contact.creation",
            "objectId": 500_000 + number,
        }
        body, path = json.dumps([told]).encode(), "/api/webhooks/hubspot"
        stamp = str(int(time.time() * 1_000))
        signature = v3("sandbox-secret", "POST", self.url + path, body, stamp)
        headers = {"X-HubSpot-Signature-v3": signature, "X-HubSpot-Request-Timestamp": stamp}
        self.send(path, body, headers)


def until_ready(url: str) -> None:
    """Return when the service answers."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            if httpx.get(url + "/readyz", timeout=10).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("the service does not answer")


def test_what_was_answered_is_never_lost(tmp_path: Path, portal: Portal) -> None:
    port = free_port()
    settings = {"STAGEDOOR_PLATFORM_SECRET": SECRET, "STAGEDOOR_PORT": str(port)}
    project = project_for(tmp_path / "project", portal, **settings)
    with running_service(project, settings=settings) as service:
        assert connect(service).status_code == 200
        key = service.key
        service.stop()
    sender = Sender(f"http://127.0.0.1:{port}")
    log = (project.path / "killed.log").open("a")

    def start() -> Any:
        return project.start("stagedoor", "serve", stdout=log, stderr=log, start_new_session=True)

    chance = random.Random(7)
    with ThreadPoolExecutor(4) as pool:
        calls = [partial(sender.customer, n) for n in range(EVENTS)]
        calls += [partial(sender.hint, portal, n) for n in range(EVENTS)]
        chance.shuffle(calls)
        told = [pool.submit(call) for call in calls]
        for number in range(1, KILLS + 1):
            process = start()
            until_ready(sender.url)
            sender.until_thanked(number * 2 * EVENTS // (KILLS + 1))
            time.sleep(chance.uniform(0.0, 0.3))
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        last = start()
        for one in told:
            one.result(120 + EVENTS / 10)
    try:
        _converges(Service(sender.url, key, project, last), portal)
    finally:
        os.killpg(last.pid, signal.SIGTERM)
        last.wait(60)
    store = open_store(HubSpotSettings(portal="test", state_dir=project.path / ".stagedoor"))
    hints = {
        e.arrival.object_id for e in store.inbox("test").history(10 * EVENTS, source="hubspot")
    }
    store.close()
    assert hints == {str(500_000 + number) for number in range(EVENTS)}
    assert sender.thanked == 2 * EVENTS


def _converges(service: Service, portal: Portal) -> None:
    """Every customer of an event that was thanked for is a contact, once."""
    deadline = time.monotonic() + 60 + EVENTS / 20
    while time.monotonic() < deadline:
        exported: Any = portal.export()["objects"]
        emails = [c["properties"]["email"] for c in exported.get("contacts", [])]
        if len(emails) == EVENTS:
            assert len(set(emails)) == EVENTS
            return
        time.sleep(0.5)
    raise AssertionError(f"{len(emails)} of {EVENTS} contacts came")
