"""The sample platform: the same seed gives the same rows, and every mess of real life is there."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from stagedoor.streams import STREAMS
from stagedoor_plugins.sample_platform.generator import generate
from stagedoor_plugins.sample_platform.size import Size
from support.project import make_project

TODAY = datetime(2026, 11, 24)


def rows(customers: int, seed: int) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for chunk in generate(Size(customers, seed, TODAY)):
        for stream, listed in chunk.items():
            found.setdefault(stream, []).extend(listed)
    return found


@pytest.fixture(scope="module")
def sample() -> dict[str, list[dict[str, Any]]]:
    return rows(3_000, 1)


def test_the_same_seed_gives_the_same_rows_and_another_seed_others() -> None:
    assert rows(300, 7) == rows(300, 7)
    assert rows(300, 7) != rows(300, 8)


def test_every_reference_points_to_a_row(sample: dict[str, list[dict[str, Any]]]) -> None:
    ids = {
        "customer_id": {row["customer_id"] for row in sample["customers"]},
        "company_id": {row["company_id"] for row in sample["companies"]},
        "event_id": {row["event_id"] for row in sample["events"]},
        "order_id": {row["order_id"] for row in sample["orders"]},
    }
    for row in chain.from_iterable(sample.values()):
        for name, known in ids.items():
            assert row.get(name) is None or row[name] in known


def test_keys_are_unique(sample: dict[str, list[dict[str, Any]]]) -> None:
    for stream, listed in sample.items():
        key = {"companies": "company_id"}.get(stream, f"{stream.removesuffix('s')}_id")
        assert len({row[key] for row in listed}) == len(listed)


def test_companies_have_parents_without_cycles(sample: dict[str, list[dict[str, Any]]]) -> None:
    parents = {row["company_id"]: row["parent_company_id"] for row in sample["companies"]}
    levels = 0
    for start in parents:
        seen, at = set(), start
        while at is not None:
            assert at not in seen
            seen.add(at)
            at = parents[at]
        levels = max(levels, len(seen))
    assert levels >= 3


MESSES = {
    "an upper-case address": lambda s: any((r["email"] or "").isupper() for r in s["customers"]),
    "a padded address": lambda s: any((r["email"] or "").startswith(" ") for r in s["customers"]),
    "an account without address": lambda s: any(r["email"] is None for r in s["customers"]),
    "an erased account": lambda s: any(r["is_anonymised"] for r in s["customers"]),
    "a deleted account": lambda s: any(r["is_deleted"] for r in s["customers"]),
    "diacritics": lambda s: any("Ș" in (r["last_name"] or "") for r in s["customers"]),
    "an order without account": lambda s: any(r["customer_id"] is None for r in s["orders"]),
    "an order without address": lambda s: any(r["email"] is None for r in s["orders"]),
    "a company's order": lambda s: any(r["company_id"] for r in s["orders"]),
    "a company without domain": lambda s: any(r["domain"] is None for r in s["companies"]),
    "a cancelled event": lambda s: any(r["status"] == "cancelled" for r in s["events"]),
    "a future event": lambda s: any(r["starts_at"] > TODAY for r in s["events"]),
    "a past event": lambda s: any(r["starts_at"] < TODAY for r in s["events"]),
    "an attendee who is not the buyer": lambda s: any(
        r["attendee_email"] or r["attendee_customer_id"] for r in s["order_tickets"]
    ),
    "a scanned ticket": lambda s: any(r["checked_in_at"] for r in s["order_tickets"]),
    "a free-text answer over two lines": lambda s: any(
        "\n" in json.loads(r["answers"])["diet"] for r in s["registrations"]
    ),
}


@pytest.mark.parametrize("mess", MESSES)
def test_the_sample_holds(mess: str, sample: dict[str, list[dict[str, Any]]]) -> None:
    assert MESSES[mess](sample)


def test_the_sample_holds_households(sample: dict[str, list[dict[str, Any]]]) -> None:
    plain = [r["email"].strip().lower() for r in sample["customers"] if r["email"]]
    assert len(plain) - len(set(plain)) > 30


@pytest.mark.parametrize(
    ("stream", "values"),
    [
        ("orders", {"pending", "paid", "partially_refunded", "refunded", "cancelled"}),
        ("support_requests", {"new", "waiting_on_customer", "waiting_on_us", "closed"}),
        ("order_tickets", {"valid", "cancelled", "refunded"}),
    ],
)
def test_every_state_occurs(
    stream: str, values: set[str], sample: dict[str, list[dict[str, Any]]]
) -> None:
    assert {row["status"] for row in sample[stream]} == values


def test_several_currencies_occur(sample: dict[str, list[dict[str, Any]]]) -> None:
    assert len({row["currency"] for row in sample["orders"]}) >= 5


def test_the_command_makes_a_sample_once_and_refuses_to_replace_it(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p")
    told = project.stagedoor("sample", "--customers", "50", "--seed", "2").stdout
    assert "50 customers" in told
    refused = project.stagedoor("sample", "--customers", "50", check=False)
    assert refused.returncode == 2
    assert "--replace" in refused.stderr
    project.stagedoor("sample", "--customers", "60", "--replace")
    count = sqlite3.connect(project.sample).execute("SELECT count(*) FROM customers").fetchone()
    assert count == (60,)


def test_a_touch_makes_rows_newer_than_all_others(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p")
    project.stagedoor("sample", "--customers", "80")
    database = sqlite3.connect(project.sample)
    before = database.execute("SELECT max(updated_at) FROM customers").fetchone()
    project.stagedoor("sample", "touch", "--customers", "7")
    changed = database.execute(
        "SELECT count(*) FROM customers WHERE updated_at > ?", before
    ).fetchone()
    assert changed == (7,)
    orders = database.execute("SELECT count(*) FROM orders WHERE updated_at > ?", before)
    assert orders.fetchone()[0] >= 4


def test_the_tap_says_first_that_more_comes_and_last_that_this_was_all(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", {"TAP_PLATFORM_SAMPLE": '{"customers": 30}'})
    lines = project.run("tap-platform", "--config", "ENV").stdout.splitlines()
    states = [json.loads(line)["value"] for line in lines if '"STATE"' in line]
    told = [state["stagedoor"]["complete"] for state in states]
    assert told == [False] * (len(told) - 1) + [True]
    again = tmp_path / "state.json"
    again.write_text(json.dumps(states[-1]))
    resumed = project.run("tap-platform", "--config", "ENV", "--state", str(again)).stdout
    first = next(json.loads(line) for line in resumed.splitlines() if '"STATE"' in line)
    assert first["value"]["stagedoor"] == {"complete": False}
    assert set(states[-1]["stagedoor"]["full"]) == set(STREAMS)
    last = [json.loads(line) for line in resumed.splitlines() if '"STATE"' in line][-1]
    assert last["value"]["stagedoor"] == {"complete": True, "full": []}


@pytest.mark.parametrize(
    "setting",
    [
        {"TAP_PLATFORM_START_DATE": "2020-01-01T00:00:00Z"},
        {"TAP_PLATFORM_STREAM_MAPS": '{"customers": {"__filter__": "True"}}'},
    ],
    ids=["a start date", "stream maps"],
)
def test_what_may_leave_rows_out_is_no_full_read(setting: dict[str, str], tmp_path: Path) -> None:
    sample = {"TAP_PLATFORM_SAMPLE": '{"customers": 30}'}
    lines = make_project(tmp_path / "p", {**sample, **setting}).run(
        "tap-platform", "--config", "ENV"
    )
    states = [json.loads(line)["value"] for line in lines.stdout.splitlines() if '"STATE"' in line]
    assert states[-1]["stagedoor"] == {"complete": True, "full": []}


def test_batch_files_hold_the_streams_own_types(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    (tmp_path / "batches").mkdir()
    batch = {
        "encoding": {"format": "parquet"},
        "storage": {"root": (tmp_path / "batches").as_uri()},
        "batch_size": 10_000,
    }
    settings = {
        "TAP_PLATFORM_SAMPLE": '{"customers": 60}',
        "TAP_PLATFORM_BATCH_CONFIG": json.dumps(batch),
    }
    project = make_project(tmp_path / "p", settings)
    lines = project.run("tap-platform", "--config", "ENV").stdout.splitlines()
    manifests = [json.loads(line) for line in lines if '"BATCH"' in line]
    assert {m["stream"] for m in manifests} >= {"customers", "orders", "order_tickets"}
    orders = next(m for m in manifests if m["stream"] == "orders")
    table = pq.read_table(orders["manifest"][0].removeprefix("file://"))
    assert str(table.schema.field("total_amount").type) == "decimal128(38, 9)"
    assert table.num_rows > 30
