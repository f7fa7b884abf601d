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
from support.both_sides import BothSides
from support.pair import mapping
from support.postgres import free_port
from support.project import Portal
from support.service import connect, project_for, running_service

SECRET = "platform-secret"
EVENTS = int(os.environ.get("STAGEDOOR_KILL_EVENTS", "120"))
KILLS = int(os.environ.get("STAGEDOOR_KILLS", "4"))
MAPPING = mapping(
    email="{from: email, codec: email}",
    city="{from: city, inbound: true}",
)


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

    def hint(self, portal: Portal, number: int, hubspot_id: str) -> None:
        told = {
            "eventId": number,
            "subscriptionId": 1,
            "portalId": portal.sandbox.portal_id,
            "occurredAt": 1_767_225_600_000 + number,
            "subscriptionType": "contact.propertyChange",
            "propertyName": "city",
            "objectId": int(hubspot_id),
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
    """Customers that the platform tells of, and edits that HubSpot tells of: both arrive, once."""
    port = free_port()
    settings = {"STAGEDOOR_PLATFORM_SECRET": SECRET, "STAGEDOOR_PORT": str(port)}
    project = project_for(tmp_path / "project", portal, **settings)
    sides = BothSides.made(project, portal, MAPPING)
    sides.add_many(EVENTS, city="Cluj")
    with running_service(project, settings=settings) as service:
        assert connect(service).status_code == 200
        assert service.run("sync/contacts")["status"] == "done"
        service.stop()
    edited = sides.tap.ids()
    sides.tap.edit({hubspot_id: {"city": f"City {hubspot_id}"} for hubspot_id in edited})
    sender = Sender(f"http://127.0.0.1:{port}")
    log = (project.path / "killed.log").open("a")

    def start() -> Any:
        return project.start("stagedoor", "serve", stdout=log, stderr=log, start_new_session=True)

    chance = random.Random(7)
    with ThreadPoolExecutor(4) as pool:
        calls = [partial(sender.customer, n) for n in range(EVENTS)]
        calls += [partial(sender.hint, portal, n, i) for n, i in enumerate(edited)]
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
        _converge(sides)
    finally:
        os.killpg(last.pid, signal.SIGTERM)
        last.wait(60)
    store = open_store(HubSpotSettings(portal="test", state_dir=project.path / ".stagedoor"))
    hints = {
        e.arrival.object_id for e in store.inbox("test").history(10 * EVENTS, source="hubspot")
    }
    store.close()
    assert hints == set(edited)
    assert sender.thanked == 2 * EVENTS


def _converge(sides: BothSides) -> None:
    """Every customer told of is a contact, once, and every edit is on the platform."""
    deadline = time.monotonic() + 60 + EVENTS / 20
    while time.monotonic() < deadline:
        contacts = {item["id"]: item["properties"] for item in sides.tap.all()}
        ours = {row["email"]: row["city"] for row in sides.rows().values()}
        theirs = {held["email"]: held["city"] for held in contacts.values()}
        if len(contacts) >= 2 * EVENTS and all(theirs[e] == city for e, city in ours.items()):
            assert len(theirs) == len(contacts) == 2 * EVENTS
            assert {theirs[f"k{number}@example.com"] for number in range(EVENTS)} == {"Iași"}
            assert len(set(ours.values())) == EVENTS, "each has the edit that was made of it"
            return
        time.sleep(0.5)
    late = sum(theirs[email] != city for email, city in ours.items())
    raise AssertionError(f"{len(contacts)} of {2 * EVENTS} contacts, {late} edits have not come")
