"""Orders that move while they are read, and orders that share a moment."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import text

from support.pretix.buyers import Seeded
from support.pretix.compare import differences
from support.pretix.facts import read
from support.pretix.filled import Filled, expected_now, pretix_project
from support.project import ROOT, Project, running_portal


@contextmanager
def writing(settings: dict[str, Any]) -> Iterator[subprocess.Popen[str]]:
    """Let another process change orders for as long as the block lasts."""
    process = subprocess.Popen(
        [sys.executable, "-m", "support.pretix.writing"],
        cwd=ROOT / "tests", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps(settings) + "\n")
    process.stdin.flush()
    assert process.stdout.readline() == "1\n"
    try:
        yield process
    finally:
        process.stdin.close()


def test_orders_that_change_while_they_are_read_arrive_with_the_next_run(
    seeded: Seeded, tmp_path: Path
) -> None:
    with running_portal(tmp_path / "portal.db") as portal:
        project = pretix_project(tmp_path / "project", seeded.organizer, portal)
        with writing(seeded.organizer.settings) as process:
            project.main_job()
        assert process.stdout
        changes = len(process.stdout.read().splitlines())
        assert process.wait(30) == 0
        assert changes >= 20, "too few for a page to have moved"
        project.main_job()
        expected = expected_now(read(seeded.organizer))
        assert differences(portal.export(), expected) == []


def orders_read(project: Project, *arguments: str) -> tuple[Counter[str], dict[str, Any]]:
    """Return how often the tap emits each order, and its last state."""
    lines = project.run("tap-platform", "--config", "ENV", *arguments).stdout.splitlines()
    messages = [json.loads(line) for line in lines]
    ids = [m["record"]["order_id"] for m in messages if m.get("stream") == "orders"
           and m["type"] == "RECORD"]  # fmt: skip
    return Counter(ids), messages[-1]["value"]


def test_120_orders_of_one_moment_come_once_and_then_no_more(
    filled: Filled, seeded: Seeded, tmp_path: Path
) -> None:
    # No API sets the time of a change, so it is written to pretix's database. Companies' orders
    # stay apart: which of two that changed in one moment speaks for a company is left open.
    firms = "SELECT order_id FROM pretixbase_invoiceaddress WHERE is_business AND order_id > 0"
    some = f"SELECT id FROM pretixbase_order WHERE NOT testmode AND id NOT IN ({firms}) LIMIT 120"
    update = f"UPDATE pretixbase_order SET last_modified = CURRENT_TIMESTAMP WHERE id IN ({some})"
    with seeded.organizer.pretix.database().begin() as database:
        database.execute(text(update))
    shared = Counter(order["last_modified"] for order in read(seeded.organizer).orders.values())
    assert max(shared.values()) >= 120
    project = pretix_project(
        tmp_path / "project", seeded.organizer, filled.portal, overlap_seconds=0
    )
    everything, value = orders_read(project)
    assert set(everything) == set(read(seeded.organizer).orders)
    assert set(everything.values()) == {1}
    state = tmp_path / "state.json"
    state.write_text(json.dumps(value))
    again, _ = orders_read(project, "--state", str(state))
    assert not again
    export, expected = filled.run_again()
    assert differences(export, expected) == []
