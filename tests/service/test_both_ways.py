"""Both ways through the service: HubSpot's edits go back, and people decide conflicts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from support.both_sides import BothSides
from support.pair import mapping
from support.project import running_portal
from support.service import Service, connect, project_for, running_service

MAPPING = mapping(
    email="{from: email, codec: email}",
    city="{from: city, inbound: true}",
    phone="{from: phone, codec: phone, inbound: true, owner: manual}",
)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, BothSides]]:
    """A service between a platform that can be written and a portal that calls it."""
    folder = tmp_path_factory.mktemp("both")
    with running_portal(folder / "portal.db") as portal:
        project = project_for(folder / "project", portal)
        sides = BothSides.made(project, portal, MAPPING)
        sides.add(1, city="Cluj", phone="0720 1")
        settings = {
            "STAGEDOOR_HUBSPOT_APP_ID": "1",
            "STAGEDOOR_HUBSPOT_DEVELOPER_KEY": "developer-sandbox",
        }
        with running_service(project, settings=settings) as service:
            assert connect(service).status_code == 200
            assert service.run("sync/contacts")["status"] == "done"
            url = f"{service.url}/api/webhooks/hubspot"
            project.stagedoor("webhooks", "subscribe", "--url", url)
            yield service, sides


def until(read: Callable[[], Any], wanted: object) -> None:
    deadline = time.monotonic() + 60
    while (found := read()) != wanted:
        assert time.monotonic() < deadline, f"{found} is not {wanted}"
        time.sleep(0.2)


def test_an_edit_in_hubspot_changes_the_platform_by_itself(
    both: tuple[Service, BothSides],
) -> None:
    service, sides = both
    sides.edit(1, city="Iași")
    until(lambda: sides.row(1)["city"], "Iași")

    def waiting() -> set[str]:
        kept = service.get("webhooks", params={"source": "hubspot"})["events"]
        return {entry["status"] for entry in kept}

    until(waiting, {"done"})


def test_a_conflict_is_decided_and_the_decision_taken_back(
    both: tuple[Service, BothSides],
) -> None:
    service, sides = both
    sides.change(1, phone="0720 2")
    sides.edit(1, phone="0720 3")
    service.run("sync/contacts")

    def conflicts() -> list[dict[str, Any]]:
        return list(service.get("conflicts")["conflicts"])

    until(lambda: len(conflicts()), 1)
    (conflict,) = conflicts()
    assert (conflict["property"], conflict["ours"], conflict["theirs"]) == (
        "phone",
        "0720 2",
        "0720 3",
    )
    rule = {"use": "hubspot", "always": True}
    refused = service.call("POST", f"conflicts/{conflict['id']}", rule)
    assert (refused.status_code, refused.json()["code"]) == (409, "MAPPING_OWNED_BY_FILE")
    decided = service.run(f"conflicts/{conflict['id']}", {"use": "hubspot"})
    assert decided["status"] == "done", decided["error"]
    assert (sides.row(1)["phone"], sides.held(1)["phone"], conflicts()) == ("0720 3", "0720 3", [])
    decision = service.get("decisions")["decisions"][0]
    undone = service.run(f"decisions/{decision['id']}/undo")
    assert undone["status"] == "done", undone["error"]
    assert sides.row(1)["phone"] == "0720 2"
    assert len(conflicts()) == 1


def test_a_decision_that_says_two_things_is_refused(both: tuple[Service, BothSides]) -> None:
    service, _ = both
    answer = service.call("POST", "conflicts/1", {"use": "hubspot", "value": "x"})
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_REQUEST")
    gone = service.call("POST", "conflicts/987654", {"use": "hubspot"})
    assert (gone.status_code, gone.json()["code"]) == (404, "NOT_FOUND")
