"""HubSpot's own Node client judges the portal as well, where npm is at hand.

https://github.com/HubSpot/hubspot-api-nodejs
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from support.project import Portal, running_portal
from support.requirements import missing

PACKAGE = "@hubspot/api-client@13"
REFUSED = ("taken", "missing", "unknownProperty")
"""Cases whose answers name ids."""
JUDGE = Path(__file__).with_name("judge.mjs")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the client is installed."""
    npm = shutil.which("npm")
    if npm is None:
        missing("no npm for HubSpot's Node client: apt-get install nodejs npm")
    folder = tmp_path_factory.mktemp("node")
    command = [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder)]
    done = subprocess.run([*command, PACKAGE], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        missing(f"npm could not install HubSpot's Node client: {done.stderr[-300:]}")
    return folder


def judge(client: Path, portal: Portal, **more: str) -> dict[str, Any]:
    environment = {
        **os.environ,
        "CLIENT": str(client),
        "TOKEN": portal.sandbox.token,
        "PORTAL_URL": portal.sandbox.url,
        **more,
    }
    done = subprocess.run(
        ["node", str(JUDGE)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(json.loads(done.stdout))


@pytest.fixture(scope="module")
def told(client: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the client found, by case."""
    with running_portal(tmp_path_factory.mktemp("portal") / "portal.db") as portal:
        return judge(client, portal)


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("created", "ana@example.com"),
        ("read", "Ana"),
        ("byEmail", True),
        ("updated", "Cluj"),
        ("upserted", [False, True]),
        ("batchRead", ["Iași"]),
        ("searched", [2, ["ana@example.com", "ben@example.com"]]),
        ("all", 2),
        ("company", [[True, [279]]]),
        ("property", ["shoe", False]),
        ("pipelines", 7),
        ("owners", 2),
        ("merged", True),
        ("archived", [0, True]),
    ],
)
def test_the_client_gets_what_it_asks_for(told: dict[str, Any], case: str, expected: Any) -> None:
    assert told[case] == expected


@pytest.mark.parametrize(
    ("case", "status", "category", "words"),
    [
        ("taken", 409, "CONFLICT", "Existing ID"),
        ("missing", 404, None, "resource not found"),
        ("unknownProperty", 400, "VALIDATION_ERROR", "PROPERTY_DOESNT_EXIST"),
    ],
)
def test_the_client_understands_a_refusal(
    told: dict[str, Any], case: str, status: int, category: str | None, words: str
) -> None:
    assert told[case]["status"] == status
    assert told[case].get("category") == category
    assert words in told[case]["message"]


def test_the_client_s_own_retries_get_through_a_storm(
    client: Path, tmp_path_factory: pytest.TempPathFactory, told: dict[str, Any]
) -> None:
    """It repeats 5xx answers after 200 ms and more."""
    with running_portal(tmp_path_factory.mktemp("storm") / "portal.db") as portal:
        faults = [{"status": 503, "count": 1, "skip": n} for n in (2, 5, 9)]
        portal.post("/_sandbox/faults", {"faults": faults}).raise_for_status()
        through = judge(client, portal, RETRIES="3")
        assert {case: found for case, found in through.items() if case not in REFUSED} == {
            case: found for case, found in told.items() if case not in REFUSED
        }
