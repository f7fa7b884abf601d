"""The limits of a portal that several processes and threads call at once."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from stagedoor.errors import Misconfigured
from stagedoor.hubspot.limiter import InFile, Limiter
from stagedoor.hubspot.limits import Rules

SHORT = Rules(20, window=0.4, searches=5, search_window=0.2)

CALL = """
import json, sys, threading, time
from pathlib import Path
from stagedoor.hubspot.limiter import InFile, Limiter
from stagedoor.hubspot.limits import Rules

folder, kind, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
rules = Rules(20, window=0.4, searches=5, search_window=0.2)
limiter, called = Limiter(rules, time.time, time.sleep, InFile(folder)), []
def work():
    for _ in range(count):
        called.append(limiter.acquire(kind))
threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(json.dumps([kind, called]))
"""
"""Calls `count` times in each of two threads, and tells when."""


def together(folder: Path, *kinds_and_counts: tuple[str, int]) -> dict[str, list[float]]:
    """Return when processes that share a folder called, by kind."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", CALL, str(folder), kind, str(count)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for kind, count in kinds_and_counts
    ]
    calls: dict[str, list[float]] = {}
    for process in processes:
        kind, times = json.loads(process.communicate(timeout=60)[0])
        calls.setdefault(kind, []).extend(times)
    assert sum(map(len, calls.values())) == sum(2 * count for _, count in kinds_and_counts)
    return {kind: sorted(times) for kind, times in calls.items()}


def nearest(times: list[float], most: int) -> float:
    """Return how close together the closest `most` + 1 calls are."""
    return min(b - a for a, b in zip(times, times[most:], strict=False))


def test_processes_share_one_window(tmp_path: Path) -> None:
    calls = together(tmp_path, ("write", 40), ("write", 40))["write"]
    assert nearest(calls, SHORT.allowance) >= SHORT.window - 1e-6


def test_processes_share_the_window_of_searches(tmp_path: Path) -> None:
    calls = together(tmp_path, ("search", 8), ("write", 20), ("search", 8))
    assert nearest(calls["search"], SHORT.searches) >= SHORT.search_window - 1e-6
    both = sorted(calls["search"] + calls["write"])
    assert nearest(both, SHORT.allowance) >= SHORT.window - 1e-6


def test_those_who_make_the_file_at_the_same_moment_share_it(tmp_path: Path) -> None:
    for number in range(20):
        together_now = Barrier(8)

        def opened(folder: Path, barrier: Barrier = together_now) -> InFile:
            barrier.wait()
            return InFile(folder)

        with ThreadPoolExecutor(8) as pool:
            keepers = list(pool.map(opened, [tmp_path / str(number)] * 8))
        for keeper in keepers:
            keeper.change(lambda traffic: traffic.calls.ours.append(1.0))
        assert keepers[0].change(lambda traffic: len(traffic.calls.ours)) == 8
        for keeper in keepers:
            keeper.close()


def test_what_one_hears_of_all_heed(tmp_path: Path) -> None:
    now = [1_000.0]
    first, second = (
        Limiter(Rules(100), lambda: now[0], lambda s: now.append(now.pop() + s), InFile(tmp_path))
        for _ in range(2)
    )
    first.block(5.0)
    assert second.acquire() >= 1_005.0


def test_a_crash_inside_a_change_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    keeper = InFile(tmp_path)
    keeper.change(lambda traffic: traffic.calls.block(0.0, 7.0))

    def crash(traffic: Any) -> None:
        traffic.calls.block(0.0, 99.0)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        keeper.change(crash)
    assert InFile(tmp_path).change(lambda traffic: traffic.calls.blocked_until) == 7.0


def test_a_damaged_file_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "limits.db").write_bytes(b"no database at all, but long enough to be read" * 40)
    assert InFile(tmp_path).change(lambda traffic: traffic.calls.ours) == []


def test_what_another_version_wrote_is_forgotten(tmp_path: Path) -> None:
    keeper = InFile(tmp_path)
    keeper._connection.execute("UPDATE traffic SET body = ?", (b"\x01\x02",))
    assert keeper.change(lambda traffic: traffic.calls.ours) == []


def test_the_file_is_its_owner_s_only(tmp_path: Path) -> None:
    keeper = InFile(tmp_path / "portal")
    keeper.change(lambda traffic: traffic.calls.block(0.0, 7.0))
    files = list((tmp_path / "portal").iterdir())
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "portal").stat().st_mode) == 0o700
    keeper.close()


def test_a_folder_that_cannot_be_written_names_the_setting(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Misconfigured, match="state_dir"):
        InFile(tmp_path / "file" / "portal")
