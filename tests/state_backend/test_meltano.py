"""`meltano state` on the DuckDB bookmarks, by real Meltano processes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.project import Project

MELTANO_YML = """
project_id: 00000000-0000-0000-0000-000000000001
send_anonymous_usage_stats: false
state_backend: {uri: "duckdb:///.stagedoor/bookmarks.duckdb"}
"""


@pytest.fixture
def scratch(tmp_path: Path) -> Project:
    """A project with nothing but the state backend."""
    (tmp_path / "meltano.yml").write_text(MELTANO_YML)
    return Project(tmp_path)


def value(project: Project, state_id: str) -> object:
    content: dict[str, object] = json.loads(project.meltano("state", "get", state_id).stdout)
    return content["singer_state"]


def put(project: Project, state_id: str, **content: int) -> None:
    project.meltano("state", "set", "--force", state_id, json.dumps({"singer_state": content}))


def test_what_was_set_is_got(scratch: Project) -> None:
    put(scratch, "dev:a-to-b", orders=1)
    assert value(scratch, "dev:a-to-b") == {"orders": 1}


def test_merged_states_hold_both(scratch: Project) -> None:
    put(scratch, "a", orders=1)
    scratch.meltano("state", "merge", "a", '{"singer_state": {"events": 2}}')
    assert value(scratch, "a") == {"orders": 1, "events": 2}


def test_a_copied_state_equals_the_first(scratch: Project) -> None:
    put(scratch, "a", orders=1)
    scratch.meltano("state", "copy", "--force", "a", "b")
    assert value(scratch, "b") == {"orders": 1}


def test_a_moved_state_leaves_its_id(scratch: Project) -> None:
    put(scratch, "a", orders=1)
    scratch.meltano("state", "move", "--force", "a", "b")
    listed = scratch.meltano("state", "list").stdout.split()
    assert ("a" in listed, "b" in listed) == (False, True)


def test_a_cleared_state_is_not_listed(scratch: Project) -> None:
    put(scratch, "a", orders=1)
    scratch.meltano("state", "clear", "--force", "a")
    assert "a" not in scratch.meltano("state", "list").stdout.split()


def test_bookmarks_are_in_the_project(scratch: Project) -> None:
    put(scratch, "a", orders=1)
    assert (scratch.path / ".stagedoor" / "bookmarks.duckdb").is_file()
