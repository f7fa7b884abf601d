"""A conflict is decided over the API and made the rule, in the mapping that the store owns."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from support.both_sides import BothSides
from support.project import running_portal
from support.service import Service, connect, project_for, running_service

MAPPING = """
# Ours.
extends: nothing
objects:
  contacts:
    match_key: email
    properties:
      email: {from: email, codec: email}
      city: {from: city, inbound: true, owner: manual}
"""


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, BothSides]]:
    """A service between both sides, whose mapping was saved by the API."""
    folder = tmp_path_factory.mktemp("deciding")
    with running_portal(folder / "portal.db") as portal:
        project = project_for(folder / "project", portal)
        sides = BothSides.made(project, portal, MAPPING)
        del project.settings["TARGET_HUBSPOT_MAPPING"]
        sides.add(1, city="Cluj")
        with running_service(project) as service:
            assert connect(service).status_code == 200
            assert service.call("PUT", "mappings", {"text": MAPPING}).status_code == 200
            assert service.run("sync/contacts")["status"] == "done"
            yield service, sides


def conflicts(service: Service) -> list[dict[str, Any]]:
    return list(service.get("conflicts")["conflicts"])


def disagree(service: Service, sides: BothSides, ours: str, theirs: str) -> None:
    """Let both sides change the city."""
    sides.change(1, city=ours)
    number = sides.edit(1, city=theirs)
    sides.project.settings["TARGET_HUBSPOT_PUSH"] = "false"
    sides.outbound()
    del sides.project.settings["TARGET_HUBSPOT_PUSH"]
    sides.inbound(number)


def test_who_may_not_change_mappings_makes_no_rule(both: tuple[Service, BothSides]) -> None:
    service, sides = both
    disagree(service, sides, "Iași", "Brașov")
    (conflict,) = conflicts(service)
    answer = service.call(
        "POST",
        f"conflicts/{conflict['id']}",
        {"use": "hubspot", "always": True},
        key=service.new_key("sync"),
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "SCOPE_MISSING")


def test_a_rule_needs_a_side(both: tuple[Service, BothSides]) -> None:
    service, _ = both
    answer = service.call("POST", "conflicts/1", {"value": "x", "always": True})
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_REQUEST")


def test_a_decision_becomes_the_rule_and_decides_the_next_one(
    both: tuple[Service, BothSides],
) -> None:
    service, sides = both
    before = service.get("mappings")["version"]
    (conflict,) = conflicts(service)
    run = service.run(f"conflicts/{conflict['id']}", {"use": "hubspot", "always": True})
    assert run["status"] == "done", run["error"]
    assert (sides.row(1)["city"], sides.held(1)["city"]) == ("Brașov", "Brașov")
    told = service.get("mappings")
    assert (told["version"], "# Ours." in told["text"]) == (before + 1, True)
    assert told["document"]["objects"]["contacts"]["properties"]["city"]["owner"] == "hubspot"
    assert "key " in service.get("decisions")["decisions"][0]["by"]

    disagree(service, sides, "Arad", "Sibiu")
    assert conflicts(service) == []
    deadline = time.monotonic() + 60
    while sides.row(1)["city"] != "Sibiu":
        assert time.monotonic() < deadline
        time.sleep(0.2)
