"""One message file per trouble: it costs what it must, and the good records around it arrive."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.project import Portal, Project

MESSAGES = Path(__file__).parent / "messages"

# file: (stage, what the letter is about, words of its message)
LETTERS = {
    "record_before_schema": ("record", "orders", "has sent no SCHEMA"),
    "missing_key": ("record", "customers", "customer_id"),
    "null_key": ("record", "customers", "customer_id"),
    "wrong_type": ("record", "customers 9", "marketing_consent"),
    "long_string": ("mapping", "contacts customer:9", "city"),
    "invalid_email": ("mapping", "contacts customer:9", "email"),
    "unknown_enumeration": ("mapping", "tickets request:9", "hs_ticket_priority"),
    "impossible_date": ("record", "customers 9", "created_at"),
    "nan": ("record", "(input) line 4", "not JSON"),
    "truncated_last_line": ("record", "(input) line 4", "the input ends within it"),
    "not_json": ("record", "(input) line 3", "not JSON"),
    "unknown_message": ("record", "(input) line 3", "GREETING"),
}


def contacts(portal: Portal) -> dict[str, dict[str, str]]:
    export: dict[str, Any] = portal.export()
    return {entry["name"]: entry["properties"] for entry in export["objects"]["contacts"]}


def letters(project: Project) -> list[dict[str, Any]]:
    listed = project.stagedoor("dead-letters", "list", "--json").stdout
    return [json.loads(line) for line in listed.splitlines()]


@pytest.mark.parametrize("name", sorted(LETTERS))
def test_a_bad_record_becomes_a_letter_and_its_neighbours_arrive(
    name: str, project: Project, portal: Portal
) -> None:
    stage, about, words = LETTERS[name]
    project.target((MESSAGES / f"{name}.singer").read_text(encoding="utf-8"))
    assert {"p1@example.com", "p2@example.com"} <= set(contacts(portal))
    (letter,) = letters(project)
    assert letter["stage"] == stage
    assert f"{letter['object_type']} {letter['key']}".startswith(about)
    shown = project.stagedoor("dead-letters", "show", str(letter["id"])).stdout
    assert words in shown
    assert "advice" in shown


@pytest.mark.parametrize("name", sorted(LETTERS))
def test_the_log_says_nothing_of_what_the_record_holds(name: str, project: Project) -> None:
    done = project.target((MESSAGES / f"{name}.singer").read_text(encoding="utf-8"))
    for secret in ("p1@example.com", "p9@example.com", "Ștefan", "ana@@example", "x" * 100):
        assert secret not in done.stderr


def test_the_last_record_of_a_key_wins(project: Project, portal: Portal) -> None:
    project.target((MESSAGES / "duplicate_keys.singer").read_text(encoding="utf-8"))
    assert contacts(portal)["p1@example.com"]["firstname"] == "Ana"
    assert letters(project) == []


def test_a_column_that_appears_mid_stream_is_taken_in(project: Project, portal: Portal) -> None:
    project.target((MESSAGES / "schema_change.singer").read_text(encoding="utf-8"))
    assert set(contacts(portal)) == {"p1@example.com", "p2@example.com", "p9@example.com"}
    assert letters(project) == []


def test_the_property_that_cannot_be_sent_is_all_that_is_missing(
    project: Project, portal: Portal
) -> None:
    project.target((MESSAGES / "long_string.singer").read_text(encoding="utf-8"))
    assert "city" not in contacts(portal)["p9@example.com"]


def test_the_files_are_those_that_the_script_writes() -> None:
    from golden.make import FILES

    assert {path.stem for path in MESSAGES.glob("*.singer")} == set(FILES)
    assert set(LETTERS) | {"duplicate_keys", "schema_change"} == set(FILES)
