"""Taps that are not written here fill HubSpot through `meltano run`: files and a database.

https://github.com/MeltanoLabs/tap-postgres and tap-spreadsheets, which reads CSV and Excel files.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

from support.environments import executable_of
from support.postgres import postgres_server
from support.project import Portal, Project

POSTGRES = ("meltanolabs-tap-postgres", "0.10.0", "tap-postgres")
SPREADSHEETS = ("tap-spreadsheets", "1.1.2", "tap-spreadsheets")
FILE_MAPPING = """
extends: nothing
objects:
  members:
    object_type: contacts
    stream: members
    key: member_no
    match_key: email
    properties:
      email: {from: e_mail, codec: email}
      firstname: {from: vorname}
      member_number: {from: member_no, label: Member number}
      points: {from: points, codec: integer, label: Points, type: number}
"""
TABLE_MAPPING = """
extends: nothing
objects:
  members:
    object_type: contacts
    stream: club-Members of Honour
    key: id
    match_key: email
    properties:
      email: {from: E-Mail, codec: email}
      city: {from: profile.home.city}
      hobbies: {from: tags, label: Hobbies}
      balance: {from: balance, codec: number, label: Balance, type: number}
      joined_on: {from: joined, codec: datetime, label: Joined, type: datetime}
"""
TABLES = """
CREATE SCHEMA club;
CREATE TABLE club."Members of Honour" (
    id bigint PRIMARY KEY, "E-Mail" text, profile jsonb, tags text[], balance numeric(12, 2),
    joined timestamptz, note varchar(20));
INSERT INTO club."Members of Honour" VALUES
    (1, 'Ana@Example.com', '{"home": {"city": "Cluj"}}', '{opera,jazz}', 12.50,
     '2026-01-02 03:04:05+02', NULL),
    (2, 'max@example.com', NULL, NULL, NULL, NULL, 'x');
CREATE TABLE club.seats (seat text, price double precision);
INSERT INTO club.seats VALUES ('A1', 10.5), ('A1', 10.5);
"""


def add_tap(project: Project, name: str, executable: str, config: dict[str, Any]) -> None:
    """Declare a tap in the project's meltano.yml, as a user would."""
    path = project.path / "meltano.yml"
    document = yaml.safe_load(path.read_text("utf-8"))
    tap = {
        "name": name,
        "namespace": name.replace("-", "_"),
        "executable": executable,
        "capabilities": ["catalog", "discover", "state"],
        "settings": [{"name": key} for key in config],
        "config": config,
    }
    document["plugins"]["extractors"].append(tap)
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")


def use(project: Project, mapping: str) -> None:
    path = project.path / "mapping.yml"
    path.write_text(mapping, encoding="utf-8")
    project.settings["TARGET_HUBSPOT_MAPPING"] = str(path)


def contacts(portal: Portal) -> dict[str, dict[str, Any]]:
    export: dict[str, Any] = portal.export()
    return {entry["name"]: entry["properties"] for entry in export["objects"]["contacts"]}


def test_a_file_of_members_fills_contacts(project: Project, portal: Portal, tmp_path: Path) -> None:
    executable = executable_of(*SPREADSHEETS)
    file = tmp_path / "members.csv"
    file.write_text(
        "Member No;E-Mail;Vorname;Points\n00012;ana@example.com;Ștefana;7\n13;max@example.com;;\n",
        encoding="utf-8",
    )
    told = {"path": str(file), "format": "csv", "delimiter": ";", "table_name": "members"}
    add_tap(
        project,
        "tap-spreadsheets",
        executable,
        {"files": [{**told, "primary_keys": ["member_no"]}]},
    )
    use(project, FILE_MAPPING)
    project.meltano("run", "tap-spreadsheets", "target-hubspot")
    found = contacts(portal)
    assert set(found) == {"ana@example.com", "max@example.com"}
    ana = found["ana@example.com"]
    assert (ana["firstname"], ana["member_number"], ana["points"]) == ("Ștefana", "00012", "7")
    portal.forget_calls()
    project.meltano("run", "--full-refresh", "tap-spreadsheets", "target-hubspot")
    assert portal.stats()["write"] == 0


@pytest.fixture
def database() -> Iterator[sa.URL]:
    """A database of a club, in a PostgreSQL server of its own."""
    with postgres_server() as url:
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            connection.exec_driver_sql(TABLES)
        engine.dispose()
        yield sa.make_url(url)


def test_tables_of_a_database_fill_contacts_and_a_table_without_key_is_left_alone(
    project: Project, portal: Portal, tmp_path: Path, database: sa.URL
) -> None:
    executable = executable_of(*POSTGRES)
    # The tap wants a password; this server asks for none.
    complete = database.set(drivername="postgresql", password="unused")
    plain = complete.render_as_string(hide_password=False)
    config = {"sqlalchemy_url": plain, "filter_schemas": ["club"]}
    add_tap(project, "tap-postgres", executable, config)
    use(project, TABLE_MAPPING)
    told = project.meltano("run", "tap-postgres", "target-hubspot")
    assert "reads the stream club-seats" in told.stdout + told.stderr
    found = contacts(portal)
    assert set(found) == {"ana@example.com", "max@example.com"}
    ana = {name: found["ana@example.com"].get(name) for name in
           ("city", "hobbies", "balance", "joined_on")}  # fmt: skip
    assert ana == {
        "city": "Cluj",
        "hobbies": '["opera", "jazz"]',
        "balance": "12.5",
        "joined_on": "2026-01-02T01:04:05.000Z",
    }
    portal.forget_calls()
    project.meltano("run", "--full-refresh", "tap-postgres", "target-hubspot")
    assert portal.stats()["write"] == 0
