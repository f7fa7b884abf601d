"""Five hundred edits in HubSpot reach PostgreSQL, by Meltano, and nothing else moves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, select

from stagedoor_plugins.platform_sources.tables import TABLES
from stagedoor_plugins.sample_platform.database import fill
from stagedoor_plugins.sample_platform.size import Size
from support.postgres import postgres_server
from support.project import Portal, Project, make_project, running_portal
from support.seen import Tap

MAPPING = """
objects:
  contacts:
    properties:
      city: {inbound: true}
      phone: {inbound: true}
      jobtitle: {inbound: true}
      marketing_consent: {inbound: true}
  deals: null
  tickets: null
  companies: null
"""
EDITED = {"city": "city", "phone": "phone", "jobtitle": "job_title"}
Rows = dict[str, dict[str, dict[str, Any]]]


def all_rows(engine: Engine) -> Rows:
    """Return everything that the platform holds, by table and key."""
    with engine.connect() as connection:
        return {
            name: {str(row[0]): dict(row._mapping) for row in connection.execute(select(table))}
            for name, table in TABLES.items()
        }


class Story:
    """What happened, read back step by step."""

    def __init__(self, project: Project, portal: Portal, engine: Engine) -> None:
        project.main_job()
        self.before = all_rows(engine)
        tap = Tap(portal, ("email", "platform_customer_id", *EDITED))
        accounts = [item for item in tap.all() if item["properties"].get("platform_customer_id")]
        self.edits: dict[str, tuple[str, str]] = {}
        sent: dict[str, dict[str, str]] = {}
        for number, item in enumerate(sorted(accounts, key=lambda i: int(i["id"]))[:500]):
            name = list(EDITED)[number % len(EDITED)]
            customer = item["properties"]["platform_customer_id"]
            self.edits[customer] = (EDITED[name], f"{name} by hand {number}")
            sent[item["id"]] = {name: f"{name} by hand {number}"}
        tap.edit(sent)
        self.inbound = project.meltano("run", "tap-hubspot", "target-platform").stderr
        self.after = all_rows(engine)
        portal.forget_calls()
        self.quiet = project.main_job()
        self.writes = portal.stats()["write"]
        self.again = project.meltano("run", "tap-hubspot", "target-platform").stderr
        self.at_the_end = all_rows(engine)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """The whole of it, once."""
    folder: Path = tmp_path_factory.mktemp("two-ways")
    with postgres_server() as url, running_portal(folder / "portal.db") as portal:
        engine = create_engine(url)
        fill(engine, Size(700, 5, datetime(2026, 11, 1)))
        project = make_project(folder / "project", portal.settings)
        mapping = project.path / "mapping.yml"
        mapping.write_text(MAPPING, encoding="utf-8")
        writable = {"customers": [*EDITED.values(), "marketing_consent"]}
        project.settings |= {
            "TARGET_HUBSPOT_MAPPING": str(mapping),
            "TAP_PLATFORM_SOURCE": "sql",
            "TAP_PLATFORM_SQL": json.dumps({"url": url, "writable": writable}),
            "TAP_HUBSPOT_TWO_WAY": "true",
        }
        yield Story(project, portal, engine)
        engine.dispose()


def test_there_were_five_hundred_edits(story: Story) -> None:
    assert len(story.edits) == 500


def test_exactly_the_edited_columns_of_exactly_those_rows_change(story: Story) -> None:
    expected = story.before
    for customer, (column, value) in story.edits.items():
        expected["customers"][customer] = {**expected["customers"][customer], column: value}
    assert story.after == expected


def test_the_outbound_run_after_it_makes_no_write(story: Story) -> None:
    assert story.writes == 0


def test_a_second_inbound_run_changes_nothing(story: Story) -> None:
    assert story.at_the_end == story.after
