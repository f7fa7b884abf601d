"""The tap of HubSpot as Meltano runs it: selection, STATE, and hints that a kill leaves open."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from stagedoor.config import HubSpotSettings
from stagedoor.hubspot.webhook_events import from_webhook
from stagedoor.store import open_store
from support.environments import executable_of
from support.project import Portal, Project, make_project
from support.reading import Maker

SELECTED = ["contacts.id", "contacts.properties.email", "contacts.properties.hs_object_id"]


@pytest.fixture
def project(tmp_path: Path, portal: Portal) -> Project:
    """A project with another target, which writes each run's records to a file of their own."""
    made = make_project(
        tmp_path / "project",
        {
            **portal.settings,
            "TAP_HUBSPOT_LOOK_BACK": "0",
            "TAP_HUBSPOT_OBJECT_TYPES": '["contacts", "companies"]',
            "TAP_HUBSPOT__SELECT": json.dumps(SELECTED),
        },
    )
    path = made.path / "meltano.yml"
    content = yaml.safe_load(path.read_text())
    content["plugins"]["loaders"].append(
        {
            "name": "target-jsonl",
            "namespace": "target_jsonl",
            "executable": executable_of("target-jsonl", "0.1.4", "target-jsonl"),
            "settings": [{"name": "destination_path"}],
            "config": {"destination_path": str(made.path)},
        }
    )
    path.write_text(yaml.safe_dump(content))
    return made


def read(project: Project) -> list[dict[str, Any]]:
    """Run the tap into the other target; return what came, of all streams."""
    for old in project.path.glob("*.jsonl"):
        old.unlink()
    project.meltano("run", "tap-hubspot", "target-jsonl")
    return [
        json.loads(line)
        for path in sorted(project.path.glob("*.jsonl"))
        for line in path.read_text().splitlines()
    ]


def test_runs_go_on_from_the_bookmarks_and_read_only_what_is_selected(
    project: Project, portal: Portal
) -> None:
    maker = Maker(portal)
    made = maker.contacts(120)
    maker.create("companies", [{"name": "not selected"}])
    maker.clock(advance=10)
    first = read(project)
    maker.update("contacts", {made[5]: {"firstname": "Ana"}})
    maker.clock(advance=10)
    maker.calls()
    second = read(project)
    assert [record["id"] for record in first] == made
    assert first[0] == {
        "id": made[0],
        "properties": {"email": "c0@example.com", "hs_object_id": int(made[0])},
    }
    assert [record["id"] for record in second] == [made[5]]
    assert maker.calls()["POST objects/{type}/search contacts"] == 1


def test_hints_stay_open_until_the_target_has_acknowledged_the_run(
    project: Project, portal: Portal
) -> None:
    """The target of the first run is killed by what it cannot do; the second one succeeds."""
    project.settings["TAP_HUBSPOT_MODES"] = '["webhook"]'
    maker = Maker(portal)
    made = maker.contacts(3)
    store = open_store(HubSpotSettings(state_dir=project.path / ".stagedoor"))
    inbox = store.inbox("test")
    told = {"subscriptionType": "contact.creation", "subscriptionId": 1, "occurredAt": 1}
    inbox.put(list(from_webhook([{**told, "objectId": int(one)} for one in made])))
    project.settings["TARGET_JSONL_DESTINATION_PATH"] = "/proc/nowhere"
    failed = project.meltano("run", "tap-hubspot", "target-jsonl", check=False)
    del project.settings["TARGET_JSONL_DESTINATION_PATH"]
    counts = [inbox.counts()]
    came = read(project)
    read(project)
    counts.append(inbox.counts())
    store.close()
    assert failed.returncode != 0
    assert sorted(int(record["id"]) for record in came) == sorted(map(int, made))
    assert counts == [{"taken": 3}, {"done": 3}]
