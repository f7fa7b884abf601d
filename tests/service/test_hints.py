"""A platform that only tells what has changed: its source reads that again."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from support.project import Portal, running_portal
from support.service import Service, connect, project_for, running_service

SECRET = "a-secret-of-some-length"
BOX_OFFICE = '''
import json
from pathlib import Path

from pydantic import BaseModel

from stagedoor import Hint, hookimpl


class Settings(BaseModel):
    path: str


class BoxOffice:
    """Customers in a file of JSON, by their ids."""

    name = "box_office"
    description = "For tests."
    settings = Settings

    def streams(self, tap, settings):
        return []

    def hear(self, settings, body):
        told = json.loads(body)
        if "changed" not in told:
            raise ValueError("names nothing that has changed")
        return [Hint(told["number"], "changed", "customers", told["changed"])]

    def read_again(self, settings, hints):
        held = json.loads(Path(settings.path).read_text())
        return {"customers": [held[h.key] for h in hints if h.key in held]}


@hookimpl
def register_platform_sources(register):
    register(BoxOffice())
'''


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, Portal]]:
    folder = tmp_path_factory.mktemp("heard")
    (folder / "box_office.py").write_text(BOX_OFFICE)
    row = {
        "customer_id": "9",
        "email": "nine@example.com",
        "city": "Iași",
        "updated_at": "2026-01-01T00:00:00+00:00",
    }
    (folder / "customers.json").write_text(json.dumps({"9": row}))
    with running_portal(folder / "portal.db") as portal:
        project = project_for(
            folder / "project",
            portal,
            TARGET_HUBSPOT_PLUGINS=json.dumps([str(folder / "box_office.py")]),
            TAP_PLATFORM_SOURCE="box_office",
            TAP_PLATFORM_SOURCES=json.dumps(
                {"box_office": {"path": str(folder / "customers.json")}}
            ),
        )
        settings = {"STAGEDOOR_HINTS_SECRET": SECRET, "STAGEDOOR_HINTS_PASSWORD": "pass"}
        with running_service(project, settings=settings) as running:
            assert connect(running).status_code == 200
            yield running, portal


def call(
    service: Service, body: object, *, secret: str = SECRET, password: str = "pass"
) -> httpx.Response:
    return httpx.post(
        f"{service.url}/api/webhooks/source/{secret}",
        json=body,
        auth=("stagedoor", password),
        timeout=30,
    )


def test_what_a_hint_names_is_read_and_sent(heard: tuple[Service, Portal]) -> None:
    service, portal = heard
    answer = call(service, {"number": "1", "changed": "9", "city": "Elsewhere"})
    assert (answer.status_code, answer.json()["received"]) == (200, 1)
    deadline = time.monotonic() + 30
    cities: list[Any] = []
    while time.monotonic() < deadline and cities != ["Iași"]:
        exported: Any = portal.export()["objects"]
        cities = [c["properties"].get("city") for c in exported.get("contacts", [])]
        time.sleep(0.1)
    assert cities == ["Iași"]


@pytest.mark.parametrize(
    ("secret", "password"), [("wrong-secret", "pass"), (SECRET, "wrong"), ("é", "é")]
)
def test_who_does_not_know_the_secrets_is_refused(
    heard: tuple[Service, Portal], secret: str, password: str
) -> None:
    service, _ = heard
    answer = call(service, {"number": "2", "changed": "9"}, secret=secret, password=password)
    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHENTICATED")


def test_a_call_that_says_nothing_is_refused(heard: tuple[Service, Portal]) -> None:
    service, _ = heard
    answer = call(service, {"number": "3"})
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_EVENT")
