"""Bookmarks as Meltano keeps them: real files, processes that are killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest
from meltano.core.state_store.base import MeltanoState, StateIDLockedError

from stagedoor.errors import Busy
from stagedoor.state.bookmarks import DuckDBStateStoreManager, path_of

WRITE = """
import sys
from meltano.core.state_store.base import MeltanoState
from stagedoor.state.bookmarks import DuckDBStateStoreManager

bookmarks = DuckDBStateStoreManager(uri=sys.argv[1])
for number in range(int(sys.argv[3])):
    bookmarks.set(MeltanoState(sys.argv[2], {}, {"number": number}))
    print(number, flush=True)
"""
HOLD = """
import sys
from stagedoor.state.bookmarks import DuckDBStateStoreManager

with DuckDBStateStoreManager(uri=sys.argv[1]).acquire_lock("one", retry_seconds=0.1):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the bookmarks are."""
    return tmp_path / "state" / "bookmarks.duckdb"


@pytest.fixture
def bookmarks(path: Path) -> DuckDBStateStoreManager:
    """Bookmarks in an absent file."""
    return opened(path)


def opened(path: Path) -> DuckDBStateStoreManager:
    return DuckDBStateStoreManager(uri=uri(path), lock_timeout_seconds=10, lock_retry_seconds=1)


def uri(path: Path) -> str:
    return f"duckdb:////{str(path).lstrip('/')}"


def state(number: int, state_id: str = "one") -> MeltanoState:
    return MeltanoState(state_id, partial_state={}, completed_state={"number": number})


def start(script: str, path: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, uri(path), *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_three_slashes_are_relative_to_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MELTANO_PROJECT_ROOT", "/project")
    assert path_of("duckdb:///.stagedoor/b.duckdb") == Path("/project/.stagedoor/b.duckdb")


def test_four_slashes_are_absolute() -> None:
    assert path_of("duckdb:////var/lib/b.duckdb") == Path("/var/lib/b.duckdb")


def test_a_state_is_given_back_as_it_was_set(bookmarks: DuckDBStateStoreManager) -> None:
    kept = MeltanoState("dev:tap-to-target", {"a": 1}, {"singer_state": {"ș": None}})
    bookmarks.set(kept)
    assert bookmarks.get("dev:tap-to-target") == kept


def test_an_absent_state_is_nothing(bookmarks: DuckDBStateStoreManager) -> None:
    assert bookmarks.get("one") is None


def test_the_last_state_set_counts(bookmarks: DuckDBStateStoreManager) -> None:
    bookmarks.set(state(1))
    bookmarks.set(state(2))
    assert bookmarks.get("one") == state(2)


def test_a_partial_state_is_merged_onto_the_kept_one(bookmarks: DuckDBStateStoreManager) -> None:
    bookmarks.set(state(1))
    bookmarks.update(MeltanoState("one", partial_state={"orders": 5}))
    assert bookmarks.get("one") == MeltanoState("one", {"orders": 5}, {"number": 1})


def test_a_cleared_state_is_gone(bookmarks: DuckDBStateStoreManager) -> None:
    bookmarks.set(state(1))
    bookmarks.clear("one")
    assert bookmarks.get("one") is None


def test_ids_are_listed_by_pattern(bookmarks: DuckDBStateStoreManager) -> None:
    for state_id in ("dev:a", "dev:b", "prod:a"):
        bookmarks.set(state(1, state_id))
    assert list(bookmarks.get_state_ids("dev:*")) == ["dev:a", "dev:b"]


def test_all_states_are_cleared(bookmarks: DuckDBStateStoreManager) -> None:
    for state_id in ("a", "b"):
        bookmarks.set(state(1, state_id))
    assert (bookmarks.clear_all(), list(bookmarks.get_state_ids())) == (2, [])


def test_files_are_readable_by_their_owner_only(
    bookmarks: DuckDBStateStoreManager, path: Path
) -> None:
    bookmarks.set(state(1))
    bookmarks.set(state(2))
    assert {oct(p.stat().st_mode & 0o777) for p in path.parent.iterdir()} == {"0o600"}
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_processes_that_write_at_once_all_write(path: Path) -> None:
    processes = [start(WRITE, path, f"p{n}", "10") for n in range(4)]
    codes = [p.communicate()[0] and p.returncode for p in processes]
    kept = [opened(path).get(f"p{n}") for n in range(4)]
    assert (codes, kept) == ([0] * 4, [state(9, f"p{n}") for n in range(4)])


def test_a_killed_process_costs_no_state_that_was_set(path: Path) -> None:
    bookmarks = opened(path)
    bookmarks.set(state(-1))
    for round_ in range(30):
        process = start(WRITE, path, "one", "1000")
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(1 + round_ % 4)]
        with suppress(subprocess.TimeoutExpired):  # into the midst of a write
            process.wait(round_ * 7 % 25 / 1_000)
        process.send_signal(signal.SIGKILL)
        said += [line for line in process.stdout if line.endswith("\n")]
        process.wait()
        kept = bookmarks.get("one")
        assert kept is not None
        assert kept.completed_state is not None
        assert kept.completed_state["number"] >= int(said[-1])
    assert not list(path.parent.glob("*.unreadable"))


def test_an_unreadable_file_is_replaced_by_its_copy_and_that_is_said(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bookmarks = opened(path)
    bookmarks.set(state(1))
    bookmarks.set(state(2))
    path.write_bytes(b"not a database" * 1_000)
    assert bookmarks.get("one") in (state(1), state(2))
    assert "unreadable" in caplog.text


@pytest.mark.parametrize(
    "content", [b"not a database" * 1_000, b"\0" * 20_000, b"x"], ids=["text", "zeros", "short"]
)
def test_an_unreadable_file_is_kept_aside(path: Path, content: bytes) -> None:
    bookmarks = opened(path)
    bookmarks.set(state(1))
    path.write_bytes(content)
    bookmarks.get("one")
    (aside,) = path.parent.glob("*unreadable*")
    assert aside.read_bytes() == content


def test_a_state_is_set_although_the_file_was_unreadable_twice(path: Path) -> None:
    bookmarks = opened(path)
    for number in range(3):
        bookmarks.set(state(number))
        path.write_bytes(path.read_bytes()[: -5_000 if number else 5_000])
    bookmarks.set(state(3))
    assert bookmarks.get("one") == state(3)


def test_a_file_that_another_program_has_open_is_waited_for(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Someone looks at the bookmarks with DuckDB's own shell; nothing may be lost by that."""
    bookmarks = opened(path)
    bookmarks.set(state(1))
    script = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(1, flush=True); input()"
    shell = subprocess.Popen(
        [sys.executable, "-c", script, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert shell.stdout is not None
    shell.stdout.readline()
    waited: list[float] = []

    def close_the_shell(seconds: float) -> None:
        waited.append(seconds)
        shell.communicate("\n")

    monkeypatch.setattr("stagedoor.state.bookmarks.sleep", close_the_shell)
    assert (bookmarks.get("one"), len(waited)) == (state(1), 1)


def test_a_file_that_another_program_keeps_open_is_left_alone(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bookmarks = opened(path)
    bookmarks.set(state(1))
    before = path.read_bytes()
    script = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(1, flush=True); input()"
    command = [sys.executable, "-c", script, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as shell:
        assert shell.stdout is not None
        shell.stdout.readline()
        monkeypatch.setattr("stagedoor.state.bookmarks._OPEN_TIMEOUT", 0.0)
        with pytest.raises(Busy, match="another program"):
            bookmarks.set(state(2))
        shell.kill()
    assert path.read_bytes() == before


def test_a_held_state_is_refused_to_others(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    holder = start(HOLD, path)
    assert holder.stdout is not None
    holder.stdout.readline()
    monkeypatch.setattr("stagedoor.state.bookmarks._LOCK_TIMEOUT", 0.2)
    with (
        pytest.raises(StateIDLockedError, match="in use"),
        opened(path).acquire_lock("one", retry_seconds=0.1),
    ):
        pass
    holder.kill()
    holder.wait()


def test_a_killed_holder_frees_its_state(path: Path) -> None:
    holder = start(HOLD, path)
    assert holder.stdout is not None
    holder.stdout.readline()
    holder.kill()
    holder.wait()
    with opened(path).acquire_lock("one", retry_seconds=0.1):
        opened(path).set(state(1))
    assert opened(path).get("one") == state(1)


def test_the_file_is_a_plain_duckdb_table(bookmarks: DuckDBStateStoreManager, path: Path) -> None:
    bookmarks.set(state(1))
    with duckdb.connect(str(path), read_only=True) as connection:
        rows = connection.execute("SELECT state_id FROM bookmarks").fetchall()
    assert rows == [("one",)]
