"""Ten thousand signed webhooks, three in ten of them twice, in any order: the platform follows."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from stagedoor.hubspot.signatures import v3
from support.both_sides import BothSides
from support.pair import mapping
from support.project import running_portal
from support.service import Service, connect, project_for, running_service

EVENTS, AGAIN = 7_000, 3_000
PEOPLE = 400
PATH = "/api/webhooks/hubspot"
MAPPING = mapping(
    email="{from: email, codec: email}",
    city="{from: city, inbound: true}",
    phone="{from: phone, inbound: true}",
)


class Story:
    """Edits, news of them, and what the platform holds afterwards."""

    def __init__(self, sides: BothSides, service: Service) -> None:
        sides.add_many(PEOPLE, city="Cluj", phone="0720")
        sides.outbound()
        self.sides, self.service = sides, service
        self.values: dict[str, dict[str, str]] = {}
        chance = random.Random(6)
        ids = sides.tap.ids()
        events = [self._edit(chance, chance.choice(ids), number) for number in range(EVENTS)]
        sides.tap.edit(self.values)
        news = [*events, *chance.sample(events, AGAIN)]
        chance.shuffle(news)
        self.answers = self._deliver(news)
        sides.project.settings["TAP_HUBSPOT_MODES"] = '["webhook"]'
        sides.project.settings["TAP_HUBSPOT_TWO_WAY"] = "true"
        streams = '["contacts.*", "merges.*", "deletions.*"]'
        sides.project.settings["TAP_HUBSPOT__SELECT"] = streams
        sides.project.meltano("run", "tap-hubspot", "target-platform")
        self.rows = {row["email"]: (row["city"], row["phone"]) for row in sides.rows().values()}
        self.held = {
            item["properties"]["email"]: (item["properties"]["city"], item["properties"]["phone"])
            for item in sides.tap.all()
        }

    def _edit(self, chance: random.Random, hubspot_id: str, number: int) -> dict[str, Any]:
        """Edit a contact, and return the news of it."""
        name = chance.choice(("city", "phone"))
        self.values.setdefault(hubspot_id, {})[name] = f"{name} {number}"
        return {
            "eventId": number,
            "subscriptionId": 7,
            "portalId": self.sides.portal.sandbox.portal_id,
            "appId": 1,
            "occurredAt": int(time.time() * 1_000),
            "subscriptionType": "contact.propertyChange",
            "propertyName": name,
            "propertyValue": "not to be trusted",
            "attemptNumber": 0,
            "objectId": int(hubspot_id),
            "changeSource": "CRM_UI",
        }

    def _deliver(self, news: list[dict[str, Any]]) -> set[int]:
        """Deliver signed news, a hundred at a time, as HubSpot does; return the answers."""
        bodies = [json.dumps(news[n : n + 100]).encode() for n in range(0, len(news), 100)]
        with ThreadPoolExecutor(8) as pool:
            return set(pool.map(self._send, bodies))

    def _send(self, body: bytes) -> int:
        stamp = str(int(time.time() * 1_000))
        url = self.service.url + PATH
        headers = {
            "Content-Type": "application/json",
            "X-HubSpot-Signature-v3": v3("sandbox-secret", "POST", url, body, stamp),
            "X-HubSpot-Request-Timestamp": stamp,
        }
        return httpx.post(url, content=body, headers=headers, timeout=60).status_code


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """The whole of it, once."""
    folder: Path = tmp_path_factory.mktemp("webhooks")
    with running_portal(folder / "portal.db") as portal:
        project = project_for(folder / "project", portal)
        with running_service(project, "--no-work") as service:
            assert connect(service).status_code == 200
            yield Story(BothSides.made(project, portal, MAPPING), service)


def test_every_delivery_is_taken(story: Story) -> None:
    assert story.answers == {200}


def test_the_platform_equals_the_portal(story: Story) -> None:
    assert len(story.rows) == PEOPLE
    assert story.rows == story.held
    assert len({city for city, _ in story.rows.values()}) > PEOPLE / 2, "there were edits"
