"""A bad day: a fifth of all calls fails, in every way; the portal ends as on a calm one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.project import Project, make_project, running_portal

SAMPLE = {"TAP_PLATFORM_SAMPLE": '{"customers": 1500, "seed": 21}'}
EACH = 0.2 / 8
STORM = [
    {"kind": "status", "status": 500, "probability": EACH},
    {"kind": "status", "status": 502, "probability": EACH},
    {"kind": "status", "status": 423, "probability": EACH},
    {"kind": "status", "status": 429, "probability": EACH},
    {"kind": "reset_before", "probability": EACH},
    {"kind": "reset_after", "probability": EACH},
    {"kind": "truncated", "probability": EACH},
    {"kind": "empty", "probability": EACH},
]


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
        # Provisioning is not repeated blindly, so the storm begins after it.
        project.stagedoor("provision", "apply")
        body = {"faults": STORM, "seed": seed}
        portal.post("/_sandbox/faults", body).raise_for_status()
        project.pipe()
        assert sum(portal.stats().values()) <= 1.6 * calls
        portal.post("/_sandbox/faults", {"faults": []}).raise_for_status()
        assert portal.export() == wanted
        assert letters(project) == letters(calm_project)
        portal.forget_calls()
        project.stagedoor("push")
        assert portal.stats()["write"] == 0
