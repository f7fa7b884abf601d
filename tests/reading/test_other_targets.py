"""The tap in front of targets that know nothing of it, as processes."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import create_engine, text

from support.environments import executable_of
from support.postgres import postgres_server
from support.project import Portal, Project, make_project
from support.reading import Maker

SETTINGS = {
    "TAP_HUBSPOT_OBJECT_TYPES": '["contacts", "companies"]',
    "TAP_HUBSPOT_PROPERTIES": '{"contacts": ["email", "hs_object_id", "createdate"]}',
    "TAP_HUBSPOT_LOGLEVEL": "WARNING",
}


@pytest.fixture
def filled(maker: Maker) -> list[str]:
    """Contacts, one of them of a company, one of them deleted."""
    people = maker.contacts(250)
    (firm,) = maker.create("companies", [{"name": "Firm"}])
    maker.associate("contacts", "companies", [(people[0], firm)])
    maker.archive("contacts", people[-1:])
    maker.clock(advance=600)
    return people[:-1]


@pytest.fixture
def messages(portal: Portal, filled: list[str], tmp_path: Path) -> tuple[Project, str]:
    """What a process of the tap said, and the project that it ran in."""
    project = make_project(tmp_path / "project", {**portal.settings, **SETTINGS})
    return project, project.run("tap-hubspot", "--config", "ENV").stdout


def test_target_jsonl_writes_every_object(
    messages: tuple[Project, str], filled: list[str], tmp_path: Path
) -> None:
    project, said = messages
    config = tmp_path / "target.json"
    config.write_text(json.dumps({"destination_path": str(tmp_path / "out")}))
    (tmp_path / "out").mkdir()
    target = executable_of("target-jsonl", "0.1.4", "target-jsonl")
    project.run(target, "--config", str(config), stdin=said)
    (file,) = (tmp_path / "out").glob("contacts-*.jsonl")
    ids = [json.loads(line)["id"] for line in file.read_text().splitlines()]
    assert ids == filled


def test_target_postgres_has_every_object_once_with_typed_values(
    messages: tuple[Project, str], filled: list[str], tmp_path: Path
) -> None:
    project, said = messages
    target = executable_of("meltanolabs-target-postgres", "0.8.1", "target-postgres")
    with postgres_server() as url:
        parts = urlsplit(url)
        config = tmp_path / "target.json"
        config.write_text(
            json.dumps(
                {
                    "host": parts.hostname,
                    "port": parts.port,
                    "user": parts.username,
                    "password": "none",
                    "database": parts.path.lstrip("/"),
                    "default_target_schema": "hubspot",
                    "activate_version": False,
                }
            )
        )
        for _ in range(2):  # again: the same objects replace themselves
            project.run(target, "--config", str(config), stdin=said)
        engine = create_engine(url)
        with engine.connect() as connection:
            rows = connection.execute(
                text(
                    "SELECT id, properties->>'email', jsonb_typeof(properties->'hs_object_id') "
                    "FROM hubspot.contacts ORDER BY id::bigint"
                )
            ).all()
            pairs = connection.execute(text("SELECT count(*) FROM hubspot.associations")).scalar()
            gone = connection.execute(text("SELECT kind FROM hubspot.deletions")).scalar()
        engine.dispose()
    assert [tuple(row) for row in rows] == [
        (one, f"c{number}@example.com", "number") for number, one in enumerate(filled)
    ]
    assert (pairs, gone) == (1, "archived")
