"""Processes killed at any moment, then one clean run: the portal is as if nothing happened.

The moments are drawn between the start and the end of a run; some are placed inside a checkpoint,
by a process that checkpoints without pause. `STAGEDOOR_KILLS` sets how many there are.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from support.project import Portal, Project, make_project, running_portal

KILLS = int(os.environ.get("STAGEDOOR_KILLS", "50"))
SEED = int(os.environ.get("STAGEDOOR_SEED", "20261124"))
SAMPLE = {"TAP_PLATFORM_SAMPLE": '{"customers": 900, "seed": 11}'}


@pytest.fixture(scope="module")
def calm(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Project, dict[str, Any], float]]:
    """A project whose run nobody disturbed, its portal, and how long the run took."""
    folder = tmp_path_factory.mktemp("calm")
    with running_portal(folder / "portal.db") as portal:
        project = make_project(folder / "project", {**portal.settings, **SAMPLE})
        messages = project.run("tap-platform", "--config", "ENV").stdout
        (folder / "messages.singer").write_text(messages)
        begun = time.monotonic()
        project.target(messages)
        yield project, portal.export(), time.monotonic() - begun


@pytest.fixture
def victim(tmp_path: Path, portal: Portal, calm: tuple[Project, dict[str, Any], float]) -> Project:
    """A project with the same sample, that writes to a portal of its own."""
    project = make_project(tmp_path / "victim", {**portal.settings, **SAMPLE})
    project.sample.parent.mkdir(parents=True)
    project.sample.write_bytes(calm[0].sample.read_bytes())
    return project


def kill_group(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_a_target_killed_at_any_moment_leaves_nothing_lost_and_nothing_twice(
    victim: Project, portal: Portal, calm: tuple[Project, dict[str, Any], float]
) -> None:
    """Absorbing, planning, each kind of call, settling: the run restarts where it was."""
    _, wanted, duration = calm
    chance = random.Random(SEED)
    print(f"STAGEDOOR_SEED={SEED} STAGEDOOR_KILLS={KILLS}, {duration:.1f} s undisturbed")
    messages = calm[0].path.parent / "messages.singer"
    died = 0
    for _ in range(KILLS):
        with messages.open() as source:
            process = victim.start(
                "target-hubspot", "--config", "ENV", stdin=source, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
            with suppress(subprocess.TimeoutExpired):
                process.wait(chance.uniform(0.3, duration * 1.05))
            died += process.poll() is None
            kill_group(process)
        if chance.random() < 0.15:  # begin anew, so that every phase is hit at its first time
            portal.post("/_sandbox/reset", {"data": True}).raise_for_status()
            for path in (victim.path / ".stagedoor" / "test").glob("state.duckdb*"):
                path.unlink()
    assert died > KILLS // 3
    victim.target(messages.read_text())
    assert portal.export() == wanted
    portal.forget_calls()
    victim.target(messages.read_text())
    assert portal.stats()["write"] == 0


_CHECKPOINTER = """
import sys, pathlib
from stagedoor.state.database import StateDatabase
database = StateDatabase(pathlib.Path(sys.argv[1]))
print("ready", flush=True)
for n in range(10**9):
    database.remember("n", str(n))
    database.execute("UPDATE ledger.objects SET run_id = ?", [str(n)])
    database.checkpoint()
"""


def test_a_process_killed_during_checkpoints_leaves_readable_state(
    victim: Project, portal: Portal, calm: tuple[Project, dict[str, Any], float]
) -> None:
    _, wanted, _ = calm
    messages = (calm[0].path.parent / "messages.singer").read_text()
    victim.target(messages)
    chance = random.Random(SEED)
    state = str(victim.path / ".stagedoor" / "test" / "state.duckdb")
    for _ in range(max(KILLS // 3, 5)):
        process = victim.start(
            sys.executable, "-c", _CHECKPOINTER, state, stdout=subprocess.PIPE,
            start_new_session=True,
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        with suppress(subprocess.TimeoutExpired):
            process.wait(chance.uniform(0.0, 0.25))
        kill_group(process)
        process.stdout.close()
    victim.target(messages)
    assert portal.export() == wanted


@pytest.mark.parametrize("who", ["tap", "meltano"])
def test_a_killed_tap_or_meltano_is_made_good_by_the_next_run(
    who: str, victim: Project, portal: Portal, calm: tuple[Project, dict[str, Any], float]
) -> None:
    _, wanted, duration = calm
    chance = random.Random(SEED)
    for _ in range(max(KILLS // 8, 3)):
        process = victim.start(
            "meltano", "run", "tap-platform", "target-hubspot", stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        with suppress(subprocess.TimeoutExpired):
            process.wait(chance.uniform(1.5, 3.5 + duration))
        if who == "meltano":
            kill_group(process)
            continue
        subprocess.run(["pkill", "-9", "-g", str(process.pid), "-f", "tap-platform"], check=False)
        process.wait(120)
    # Meltano takes a killed run of its own for a running one, for five minutes.
    victim.meltano("run", "--force", "tap-platform", "target-hubspot")
    assert portal.export() == wanted


def test_a_killed_tap_pushes_no_half_sums(
    victim: Project, portal: Portal, calm: tuple[Project, dict[str, Any], float]
) -> None:
    messages = (calm[0].path.parent / "messages.singer").read_text()
    done = victim.target(messages[: len(messages) // 2], check=False)
    assert done.returncode == 6
    export: dict[str, Any] = portal.export()
    assert export["objects"]["contacts"] == []
