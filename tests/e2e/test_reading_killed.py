"""A tap of HubSpot killed while it reads: the next run goes on, and nothing is missing."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from support.project import Portal, Project, make_project
from support.reading import Maker

COUNT = 7_000
SAVED = 2_000
"""Records between two STATE messages, at most so many come twice; and a page."""
SETTINGS = {
    "TAP_HUBSPOT_OBJECT_TYPES": '["contacts"]',
    "TAP_HUBSPOT_PROPERTIES": '{"contacts": ["email"]}',
    "TAP_HUBSPOT_LOOK_BACK": "0",
    "TAP_HUBSPOT_LOGLEVEL": "WARNING",
}


@pytest.fixture
def tap(portal: Portal, tmp_path: Path) -> Project:
    project = make_project(tmp_path / "project", {**portal.settings, **SETTINGS})
    catalog = json.loads(project.run("tap-hubspot", "--config", "ENV", "--discover").stdout)
    for stream in catalog["streams"]:
        root = next(entry for entry in stream["metadata"] if not entry["breadcrumb"])
        root["metadata"]["selected"] = stream["stream"] == "contacts"
    (project.path / "catalog.json").write_text(json.dumps(catalog))
    return project


def read(
    tap: Project, state: dict[str, Any], kill_after: int | None = None
) -> list[dict[str, Any]]:
    """Run the tap, until so many lines came; return its messages."""
    (tap.path / "state.json").write_text(json.dumps(state))
    options = ("--config", "ENV", "--catalog", "catalog.json", "--state", "state.json")
    process = tap.start("tap-hubspot", *options, stdout=subprocess.PIPE)
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if kill_after is not None and len(lines) >= kill_after:
            process.kill()
            break
    lines += process.stdout.readlines()
    assert process.wait() == (0 if kill_after is None else -9)
    return [json.loads(line) for line in lines if line.endswith("\n")]


@pytest.mark.parametrize("by", ["list", "search"])
def test_a_killed_tap_goes_on_where_its_last_state_was(
    tap: Project, portal: Portal, by: str
) -> None:
    maker = Maker(portal)
    state: dict[str, Any] = {}
    if by == "search":
        state = {"bookmarks": {"contacts": {"poll": {"contacts": {"until": 0}}}}}
    made = maker.contacts(COUNT)
    maker.clock(advance=5)
    came: Counter[str] = Counter()
    for kill_after in (2_300, 2_900, None):
        for message in read(tap, state, kill_after):
            if message["type"] == "RECORD":
                came[message["record"]["id"]] += 1
            elif message["type"] == "STATE":
                state = message["value"]
    assert sorted(came, key=int) == made
    assert sum(came.values()) <= COUNT + 2 * (SAVED + 200)
