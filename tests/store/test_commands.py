"""What `stagedoor dead-letters` and `stagedoor runs` tell."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from stagedoor.cli import cli
from stagedoor.config import load_settings
from stagedoor.state.lease import lease
from stagedoor.store import Store, open_store
from stagedoor.store.dead_letters import DeadLetter

RECORD = '{"email": "ana.pop@"}'
LETTER = DeadLetter(
    stage="push",
    object_type="contacts",
    key="guest:ana.pop@example.com",
    code="INVALID_EMAIL",
    message="ana.pop@ is not an address",
    advice="Correct it on the platform.",
    properties=("email",),
    category="VALIDATION_ERROR",
    correlation_id="c-1",
    record=RECORD,
)

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MELTANO_PROJECT_ROOT", raising=False)
    return lambda *arguments: CliRunner().invoke(cli, arguments, catch_exceptions=False)


@pytest.fixture
def store(run: Run) -> Iterator[Store]:
    """The store of that folder."""
    opened = open_store(load_settings())
    yield opened
    opened.close()


@pytest.fixture
def buried(store: Store) -> Store:
    """The store with one letter."""
    store.dead_letters.bury([LETTER], portal="sandbox", run_id="run-1")
    return store


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("dead-letters", "list"), "No dead letters.\n"),
        (("dead-letters", "list", "--all"), "No dead letters.\n"),
        (("dead-letters", "list", "--json"), ""),
        (("runs", "list"), "No run yet. Start one: meltano run tap-platform target-hubspot\n"),
        (("runs", "list", "--json"), ""),
    ],
    ids=" ".join,
)
def test_an_empty_store_says_so(run: Run, command: tuple[str, ...], said: str) -> None:
    assert run(*command).output == said


@pytest.mark.parametrize("options", [(), ("--json",)], ids=["plain", "json"])
def test_the_list_shows_nothing_personal(run: Run, buried: Store, options: tuple[str, ...]) -> None:
    output = run("dead-letters", "list", *options).output
    assert "INVALID_EMAIL" in output
    assert "ana.pop" not in output


def test_the_plain_list_is_one_line_a_letter(run: Run, buried: Store) -> None:
    assert run("dead-letters", "list").output == (
        "1  push  contacts  guest:a…@example.com  INVALID_EMAIL  email  seen 1  open\n"
    )


def test_the_list_leaves_out_other_object_types(run: Run, buried: Store) -> None:
    output = run("dead-letters", "list", "--object-type", "deals").output
    assert output == "No dead letters.\n"


@pytest.mark.parametrize(
    "word",
    [
        RECORD,
        LETTER.key,
        LETTER.message,
        LETTER.advice,
        "VALIDATION_ERROR",
        "c-1",
        "stagedoor dead-letters replay 1",
    ],
)
def test_show_tells_everything(run: Run, buried: Store, word: str) -> None:
    assert word in run("dead-letters", "show", "1").output


def test_an_absent_letter_is_told_with_the_way_to_the_list(run: Run, buried: Store) -> None:
    result = run("dead-letters", "show", "7")
    assert (result.exit_code, "stagedoor dead-letters list" in result.output) == (2, True)


def test_replay_wants_to_know_what(run: Run, buried: Store) -> None:
    result = run("dead-letters", "replay")
    assert (result.exit_code, "give --all" in result.output) == (2, True)


def test_replay_closes_the_letter_and_names_the_next_command(run: Run, buried: Store) -> None:
    result = run("dead-letters", "replay", "1")
    assert "stagedoor push" in result.output
    assert run("dead-letters", "list").output == "No dead letters.\n"


def test_runs_are_listed_with_how_they_ended(run: Run, store: Store) -> None:
    begun = store.runs.start("outbound", "sandbox")
    store.runs.finish(begun.run_id, "done", exit_code=0, counts={"seconds": 1.5})
    (line,) = run("runs", "list", "--json").output.splitlines()
    told = json.loads(line)
    assert (told["run_id"], told["status"], told["counts"]) == (
        begun.run_id,
        "done",
        {"seconds": 1.5},
    )


def test_a_run_whose_portal_nobody_holds_was_interrupted(run: Run, store: Store) -> None:
    begun = store.runs.start("outbound", "sandbox")
    load_settings().portal_dir.mkdir()
    assert json.loads(run("runs", "show", begun.run_id[:10]).output)["status"] == "interrupted"


def test_a_run_that_holds_its_portal_goes_on(run: Run, store: Store) -> None:
    begun = store.runs.start("outbound", "sandbox")
    with lease(load_settings().portal_dir, purpose="outbound", timeout=0):
        assert json.loads(run("runs", "show", begun.run_id).output)["status"] == "running"


def test_an_absent_run_is_told_with_the_way_to_the_list(run: Run, store: Store) -> None:
    result = run("runs", "show", "nothing")
    assert (result.exit_code, "stagedoor runs list" in result.output) == (2, True)
