"""Several processes at once, and processes that are killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from stagedoor.config import HubSpotSettings
from stagedoor.errors import Misconfigured
from stagedoor.store import Store, open_store
from stagedoor.store.engine import open_engine

BURY = """
import sys
from stagedoor.config import HubSpotSettings
from stagedoor.store import open_store
from stagedoor.store.dead_letters import DeadLetter

who, count, state_dir, url = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
store = open_store(HubSpotSettings(state_dir=state_dir, store_url=url or None))
print("open", flush=True)
for number in range(count):
    key = f"{who}:{number}"
    letter = DeadLetter("push", "contacts", key, "CODE", "why", "do", record="x" * 2_000)
    store.dead_letters.bury([letter], portal="sandbox", run_id=who)
    print(number, flush=True)
"""


def start(settings: HubSpotSettings, who: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", BURY, who, str(count), str(settings.state_dir)]
    return subprocess.Popen([*command, settings.store_url or ""], stdout=subprocess.PIPE, text=True)


def test_processes_that_open_an_absent_store_at_once_all_write(settings: HubSpotSettings) -> None:
    processes = [start(settings, f"p{n}", 20) for n in range(6)]
    codes = [(p.communicate()[0] and p.returncode) for p in processes]
    store = open_store(settings)
    assert (codes, len(store.dead_letters.list("sandbox"))) == ([0] * 6, 120)
    store.close()


def test_those_who_make_the_file_at_the_same_moment_share_it(tmp_path: Path) -> None:
    for number in range(30):
        together_now = Barrier(8)

        def opened(folder: Path, barrier: Barrier = together_now) -> None:
            barrier.wait()
            open_engine(None, folder).dispose()

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(opened, [tmp_path / str(number)] * 8))


def test_what_a_killed_process_had_buried_is_there(settings: HubSpotSettings) -> None:
    for round_ in range(8):
        process = start(settings, f"round{round_}", 1_000)
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(2 + 3 * round_)]
        process.send_signal(signal.SIGKILL)
        said += process.stdout.readlines()
        process.wait()
        whole = [int(line) for line in said if line.endswith("\n") and line != "open\n"]
        store = open_store(settings)
        kept = [k for k in store.dead_letters.list("sandbox") if k.run_id == f"round{round_}"]
        store.close()
        assert len(kept) >= len(whole)


def test_files_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    store = open_store(HubSpotSettings(state_dir=tmp_path / "state"))
    store.runs.start("outbound", "sandbox")
    modes = {p.name: oct(p.stat().st_mode & 0o777) for p in (tmp_path / "state").iterdir()}
    assert set(modes.values()) == {"0o600"}
    store.close()


def test_a_store_of_a_newer_version_is_refused(settings: HubSpotSettings) -> None:
    store = open_store(settings)
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE stagedoor_facts SET value = '99'"))
    store.close()
    with pytest.raises(Misconfigured, match="newer Stagedoor"):
        open_store(settings)


@pytest.mark.parametrize("url", ["nonsense", "nosuch://x", "sqlite:////no/such/folder/x.db"])
def test_a_wrong_url_names_the_setting(tmp_path: Path, url: str) -> None:
    with pytest.raises(Misconfigured, match="store_url"):
        open_store(HubSpotSettings(state_dir=tmp_path, store_url=url))


def test_an_error_of_the_database_does_not_tell_the_values(store: Store) -> None:
    with pytest.raises(SQLAlchemyError) as caught, store.engine.begin() as connection:
        connection.execute(text("INSERT INTO nowhere VALUES (:name)"), {"name": "Ana Pop"})
    assert "Ana Pop" not in str(caught.value)
