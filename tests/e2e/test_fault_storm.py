"""A bad day: a fifth of all calls fails, in every way that passes; it ends as a calm day does.

The portal is connected by OAuth, so that tokens may expire in the middle. What does not pass by
itself is no part of a storm that ends well: a missing scope (403) and a used-up day (429 DAILY)
end the run, and a made-up 409 would name another person's record.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from stagedoor.config import HubSpotSettings
from stagedoor.hubspot.authority import Authority
from stagedoor.store import open_store
from support.consent import consent, make_app
from support.project import Portal, Project, make_project, running_portal

SAMPLE = {"TAP_PLATFORM_SAMPLE": '{"customers": 1500, "seed": 21}'}
SCOPES = [
    *(f"crm.objects.{n}.{verb}" for n in ("contacts", "companies", "deals")
      for verb in ("read", "write")),
    *(f"crm.schemas.{n}.{verb}" for n in ("contacts", "companies", "deals")
      for verb in ("read", "write")),
    "tickets",
    "crm.schemas.tickets.read",
    "crm.schemas.tickets.write",
]  # fmt: skip
KINDS: list[dict[str, Any]] = [
    *({"kind": "status", "status": status} for status in (423, 500, 502, 503, 504, 524)),
    {"kind": "status", "status": 429, "policy": "TEN_SECONDLY_ROLLING"},
    {"kind": "status", "status": 429, "policy": "SECONDLY"},
    {"kind": "status", "status": 477, "seconds": 1},
    *({"kind": kind} for kind in ("reset_before", "reset_after", "truncated", "empty")),
]
EXPIRIES = [{"kind": "status", "status": 401, "count": 1, "skip": n} for n in (5, 25, 45)]
STORM = [
    *({**kind, "probability": 0.2 / len(KINDS)} for kind in KINDS),
    *EXPIRIES,
    {"kind": "slow", "seconds": 0.3, "probability": 0.02},
]


def connect(portal: Portal, project: Project) -> None:
    """Connect the portal by OAuth, as a person who clicks does."""
    app = make_app(portal, SCOPES)
    settings = HubSpotSettings(
        portal=portal.settings["TARGET_HUBSPOT_PORTAL"],
        portal_url=portal.sandbox.url,
        client_id=app.client_id,
        client_secret=app.client_secret,
        state_dir=project.path / ".stagedoor",
    )
    with httpx.Client(base_url=portal.sandbox.url, timeout=30) as http:
        grant = consent(portal, app, Authority(http, app, settings.api_version), SCOPES)
    store = open_store(settings)
    store.connections.put(settings.portal, grant)
    store.close()
    del project.settings["TARGET_HUBSPOT_ACCESS_TOKEN"]
    project.settings["TARGET_HUBSPOT_CLIENT_ID"] = app.client_id
    project.settings["TARGET_HUBSPOT_CLIENT_SECRET"] = app.client_secret.get_secret_value()


def expired(portal: Portal) -> int:
    """Return how many calls found their token expired."""
    statuses = portal.get("/_sandbox/stats")["by_status"]
    assert isinstance(statuses, dict)
    return int(statuses.get("401", 0))


def letters(project: Project) -> set[tuple[str, str, str]]:
    """Return what became a dead letter, and why."""
    listed = project.stagedoor("dead-letters", "list", "--json").stdout.splitlines()
    kept = [json.loads(line) for line in listed]
    return {(letter["object_type"], letter["key"], letter["code"]) for letter in kept}


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, dict[str, Any], int]:
    """A project whose portal had a good day: its export, and the calls that it took."""
    folder: Path = tmp_path_factory.mktemp("calm")
    with running_portal(folder / "portal.db") as portal:
        project = make_project(folder / "project", {**portal.settings, **SAMPLE})
        project.pipe()
        return project, portal.export(), sum(portal.stats().values())


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_a_storm_costs_calls_and_nothing_else(
    seed: int, tmp_path: Path, calm: tuple[Project, dict[str, Any], int]
) -> None:
    calm_project, wanted, calls = calm
    with running_portal(tmp_path / "portal.db") as portal:
        project = make_project(tmp_path / "project", {**portal.settings, **SAMPLE})
        project.sample.parent.mkdir(parents=True)
        project.sample.write_bytes(calm_project.sample.read_bytes())
        connect(portal, project)
        # Provisioning is not repeated blindly, so the storm begins after it.
        project.stagedoor("provision", "apply")
        body = {"faults": STORM, "seed": seed}
        portal.post("/_sandbox/faults", body).raise_for_status()
        project.pipe()
        assert sum(portal.stats().values()) <= 1.6 * calls
        assert expired(portal) == len(EXPIRIES)
        portal.post("/_sandbox/faults", {"faults": []}).raise_for_status()
        assert portal.export() == wanted
        assert letters(project) == letters(calm_project)
        portal.forget_calls()
        project.stagedoor("push")
        assert portal.stats()["write"] == 0
