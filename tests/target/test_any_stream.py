"""Streams of taps that nobody here wrote: mapped the same way, or left alone and named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.messages import customer, lines, schema, state
from support.project import Portal, Project

TEXT = {"type": ["string", "null"]}


def foreign(stream: str, *rows: dict[str, Any], keys: tuple[str, ...] = ("id",)) -> str:
    """Return the messages of a stream whose fields are text, numbers or objects."""
    numbers = {"type": ["integer", "null"]}
    nested = {"anyOf": [{"type": "object"}, {"type": "array"}, {"type": "null"}]}
    kinds = {"points": numbers, "extra": nested}
    names = sorted({name for row in rows for name in row})
    told = {
        "type": "SCHEMA",
        "stream": stream,
        "schema": {"properties": {name: kinds.get(name, TEXT) for name in names}},
        "key_properties": list(keys),
    }
    records = [{"type": "RECORD", "stream": stream, "record": row} for row in rows]
    return lines(*map(json.dumps, (told, *records)), state())


def members(stream: str, key: str = "id") -> str:
    return f"""
extends: nothing
objects:
  members:
    object_type: contacts
    stream: "{stream}"
    key: {key}
    match_key: email
    properties:
      email: {{from: "E-Mail Address!", codec: email}}
      jobtitle: {{from: extra.tier}}
      lastname: {{from: points, codec: integer}}
"""


def use(project: Project, tmp_path: Path, text: str) -> None:
    path = tmp_path / "mapping.yml"
    path.write_text(text, encoding="utf-8")
    project.settings["TARGET_HUBSPOT_MAPPING"] = str(path)


def contacts(portal: Portal) -> dict[str, dict[str, Any]]:
    export: dict[str, Any] = portal.export()
    return {entry["name"]: entry["properties"] for entry in export["objects"].get("contacts", ())}


def row(number: int, **more: Any) -> dict[str, Any]:
    address = f"m{number}@example.com"
    return {"id": str(number), "E-Mail Address!": address, "points": number, **more}


@pytest.mark.parametrize("stream", ["public-members", "people", "source", "planned", "Sheet 1.csv"])
def test_a_stream_of_any_name_is_mapped_and_a_second_run_writes_nothing(
    project: Project, portal: Portal, tmp_path: Path, stream: str
) -> None:
    """Some are called like relations, or like tables that we make ourselves."""
    use(project, tmp_path, members(stream))
    sent = foreign(stream, row(1, extra={"tier": "gold"}), row(2, extra=None))
    project.target(sent)
    found = contacts(portal)
    assert found["m1@example.com"]["jobtitle"] == "gold"
    assert found["m2@example.com"]["lastname"] == "2"
    portal.forget_calls()
    project.target(sent)
    assert portal.stats()["write"] == 0


def test_a_stream_called_like_a_relation_leaves_the_shipped_mapping_intact(
    project: Project, portal: Portal, tmp_path: Path
) -> None:
    use(project, tmp_path, "objects: {}")
    project.target(lines(schema("customers"), customer(1)) + foreign("people", row(2)))
    assert set(contacts(portal)) == {"p1@example.com"}


def test_a_stream_without_keys_is_told_apart_by_the_key_of_its_entry(
    project: Project, portal: Portal, tmp_path: Path
) -> None:
    use(project, tmp_path, members("sheet"))
    project.target(foreign("sheet", row(1, extra={"tier": "gold"}), keys=()))
    project.target(foreign("sheet", row(1, extra={"tier": "silver"}), keys=()))
    assert contacts(portal)["m1@example.com"]["jobtitle"] == "silver"


def test_metadata_of_the_tap_changes_nothing_but_a_deletion_takes_the_row_away(
    project: Project, portal: Portal, tmp_path: Path
) -> None:
    use(project, tmp_path, members("sheet"))
    project.target(foreign("sheet", row(1, extra=None, _sdc_batched_at="2026-01-01T00:00:00Z")))
    portal.forget_calls()
    project.target(foreign("sheet", row(1, extra=None, _sdc_batched_at="2026-01-02T00:00:00Z")))
    gone = row(1, extra={"tier": "x"}, _sdc_deleted_at="2026-01-03T00:00:00Z")
    project.target(foreign("sheet", gone))
    assert portal.stats()["write"] == 0
    assert set(contacts(portal)) == {"m1@example.com"}, "nothing is deleted by itself"


def test_a_stream_that_nothing_reads_is_named_once_and_left_alone(
    project: Project, portal: Portal
) -> None:
    told = project.target(foreign("seats", row(1)) + foreign("seats", row(2))).stderr
    assert told.count("Nothing in the mapping reads the stream seats.") == 1
    assert portal.stats()["write"] == 0


def test_a_stream_that_nothing_reads_is_an_error_by_setting(
    project: Project, portal: Portal
) -> None:
    project.settings["TARGET_HUBSPOT_UNMAPPED_STREAMS"] = "error"
    messages = lines(schema("customers"), customer(1)) + foreign("seats", row(1))
    done = project.target(messages, check=False)
    assert done.returncode == 2
    assert "reads the stream seats" in done.stderr
    assert contacts(portal) == {}


def test_an_entry_whose_stream_has_not_come_yet_is_skipped_with_one_line(
    project: Project, portal: Portal, tmp_path: Path
) -> None:
    use(project, tmp_path, members("sheet").replace("extends: nothing\n", ""))
    told = project.target(lines(schema("customers"), customer(1), state())).stderr
    assert told.count("The entry members is skipped: its stream sheet has not come yet") == 1
    assert set(contacts(portal)) == {"p1@example.com"}


def test_a_record_that_does_not_fit_is_replayed_when_its_schema_allows_it(
    project: Project, portal: Portal, tmp_path: Path
) -> None:
    use(project, tmp_path, members("sheet"))
    project.target(foreign("sheet", row(1, extra=None)))
    wrong = foreign("sheet", row(2, extra=None)).replace('"points": 2', '"points": "many"')
    project.target(wrong)
    (letter,) = map(
        json.loads, project.stagedoor("dead-letters", "list", "--json").stdout.splitlines()
    )
    assert letter["object_type"] == "sheet"
    project.stagedoor("dead-letters", "replay", str(letter["id"]))
    again = project.stagedoor("dead-letters", "list", "--json").stdout
    assert "sheet" in again, "what still does not fit stays a letter"


def test_a_schema_that_lacks_its_key_is_refused(project: Project) -> None:
    done = project.target(foreign("sheet", {"name": "x"}), check=False)
    assert done.returncode == 2
    assert "'sheet' lacks the key id" in done.stderr
