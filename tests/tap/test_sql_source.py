"""The source `sql` on a real PostgreSQL, and its reader on any order of changes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Generator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, MetaData, Table, create_engine, insert, text, update

from stagedoor.streams import CUSTOMERS
from stagedoor_plugins.platform_sources.reader import CHASES, StreamReader
from stagedoor_plugins.platform_sources.tables import TABLES, metadata
from support.project import Project, make_project

START = datetime(2026, 11, 1, 10)
SHARED = START + timedelta(hours=5)


def people(count: int, changed: datetime, first: int = 1) -> list[dict[str, Any]]:
    return [
        {"customer_id": f"{n:06d}", "email": f"p{n}@example.com", "updated_at": changed}
        for n in range(first, first + count)
    ]


def fill(engine: Engine, rows: list[dict[str, Any]]) -> None:
    with engine.begin() as connection:
        connection.execute(insert(TABLES["customers"]), rows)


def messages(project: Project, *arguments: str) -> list[dict[str, Any]]:
    done = project.run("tap-platform", "--config", "ENV", *arguments)
    return [json.loads(line) for line in done.stdout.splitlines()]


def records(found: list[dict[str, Any]], stream: str = "customers") -> list[dict[str, Any]]:
    return [m["record"] for m in found if m["type"] == "RECORD" and m["stream"] == stream]


def on_postgres(path: Path, url: str, **settings_: str) -> Project:
    return make_project(path / "project", {"TAP_PLATFORM_DATABASE_URL": url, **settings_})


def test_rows_that_share_a_timestamp_come_once_in_full_and_incremental_runs(
    tmp_path: Path, postgres: Engine, postgres_url: str
) -> None:
    metadata.create_all(postgres)
    fill(postgres, people(3_000, START) + people(5_000, SHARED, first=3_001))
    project = on_postgres(tmp_path, postgres_url)
    first = messages(project)
    counted = Counter(row["customer_id"] for row in records(first))
    assert len(counted) == 8_000
    assert set(counted.values()) == {1}
    state = tmp_path / "state.json"
    state.write_text(json.dumps(first[-1]["value"]))
    fill(postgres, people(10, SHARED + timedelta(seconds=1), first=9_001))
    again = Counter(r["customer_id"] for r in records(messages(project, "--state", str(state))))
    assert set(again.values()) == {1}
    assert {f"{n:06d}" for n in range(9_001, 9_011)} <= set(again)
    assert not set(again) & {f"{n:06d}" for n in range(1, 3_001)}


def test_a_portal_is_filled_from_postgres_and_then_gets_only_changes(
    project: Project, postgres: Engine, postgres_url: str, portal: Any
) -> None:
    metadata.create_all(postgres)
    fill(postgres, people(5_000, SHARED))
    project.settings = {**project.settings, "TAP_PLATFORM_DATABASE_URL": postgres_url}
    project.main_job()
    assert len(portal.export()["objects"]["contacts"]) == 5_000
    table = TABLES["customers"]
    with postgres.begin() as connection:
        changed = SHARED + timedelta(minutes=1)
        chosen = table.c.customer_id == "000042"
        connection.execute(update(table).where(chosen).values(city="Iași", updated_at=changed))
    portal.forget_calls()
    project.main_job()
    assert portal.stats()["write"] == 1
    held = {entry["name"]: entry["properties"] for entry in portal.export()["objects"]["contacts"]}
    assert held["p42@example.com"]["city"] == "Iași"


def test_other_tables_and_columns_are_read_through_the_config(
    tmp_path: Path, postgres: Engine, postgres_url: str
) -> None:
    with postgres.begin() as connection:
        connection.execute(
            text(
                "CREATE TABLE kunden (nr bigint, mail text, werbung smallint, "
                "geaendert timestamptz)"
            )
        )
        connection.execute(
            text("INSERT INTO kunden VALUES (7, 'a@example.com', 1, '2026-11-01 12:00+02')")
        )
    columns = {
        "customer_id": "nr", "email": "mail", "marketing_consent": "werbung",
        "updated_at": "geaendert",
    }  # fmt: skip
    config = {
        "url": postgres_url,
        "streams": {"customers": {"table": "kunden", "columns": columns}},
    }
    project = make_project(
        tmp_path / "p", {"TAP_PLATFORM_SOURCE": "sql", "TAP_PLATFORM_SQL": json.dumps(config)}
    )
    (row,) = records(messages(project))
    assert row["customer_id"] == "7"
    assert row["marketing_consent"] is True
    assert row["updated_at"] == "2026-11-01T10:00:00+00:00"
    assert row["first_name"] is None


def test_a_query_may_stand_for_a_table(tmp_path: Path, postgres: Engine, postgres_url: str) -> None:
    metadata.create_all(postgres)
    fill(postgres, people(20, START))
    query = "SELECT customer_id, lower(email) AS email, updated_at FROM customers"
    config = {"url": postgres_url, "streams": {"customers": {"query": query}}}
    project = make_project(
        tmp_path / "p", {"TAP_PLATFORM_SOURCE": "sql", "TAP_PLATFORM_SQL": json.dumps(config)}
    )
    assert len(records(messages(project))) == 20


@pytest.mark.parametrize(
    ("settings_", "code", "words"),
    [
        ({"TAP_PLATFORM_SOURCE": "nope"}, 2, "known|one of: pretix, sample, sql"),
        (
            {"TAP_PLATFORM_DATABASE_URL": "postgresql+psycopg://x@127.0.0.1:1/x"},
            3,
            "cannot be read",
        ),
        ({"TAP_PLATFORM_DATABASE_URL": "not a url"}, 2, "sql.url"),
        ({"TAP_PLATFORM_SAMPLE": '{"customers": 0}'}, 2, "sample.customers"),
        (
            {
                "TAP_PLATFORM_DATABASE_URL": "sqlite://",
                "TAP_PLATFORM_SQL": '{"streams": {"orders": {"table": "nope"}}}',
            },
            2,
            "'nope', which the database lacks",
        ),
    ],
    ids=["source", "unreachable", "url", "sample", "table"],
)
def test_a_wrong_setting_is_one_clear_line(
    tmp_path: Path, settings_: dict[str, str], code: int, words: str
) -> None:
    done = make_project(tmp_path / "p", settings_).run(
        "tap-platform", "--config", "ENV", check=False
    )
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert any(word in last for word in words.split("|"))


@settings(max_examples=40)
@given(
    offsets=st.lists(st.integers(0, 6), min_size=1, max_size=60),
    page=st.integers(1, 7),
    since=st.none() | st.integers(0, 6),
)
def test_keyset_pages_give_each_row_once_in_order_of_change(
    offsets: list[int], page: int, since: int | None
) -> None:
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    rows: list[dict[str, Any]] = [
        {"customer_id": f"{n:03d}", "updated_at": START + timedelta(seconds=offset)}
        for n, offset in enumerate(offsets)
    ]
    fill(engine, rows)
    table = TABLES["customers"]
    reader = StreamReader(engine, CUSTOMERS, table, dict(table.columns.items()), page)
    floor = START + timedelta(seconds=since) if since is not None else None
    read = [(row["updated_at"], row["customer_id"]) for row in reader.rows(floor)]
    wanted = sorted(
        (f"{row['updated_at'].isoformat()}+00:00", row["customer_id"])
        for row in rows
        if floor is None or row["updated_at"] >= floor
    )
    assert read == wanted


@pytest.mark.parametrize("since", [None, START], ids=["from the beginning", "incremental"])
def test_reading_ends_although_rows_keep_changing(tmp_path: Path, since: datetime | None) -> None:
    """What changes after the start of the reading waits for the next run.

    A read from the beginning goes after it for a while, and does not say that it was full.
    """
    reader, table = reader_of(tmp_path)
    rows, read = reader.rows(since), []
    while (row := next(rows, None)) is not None:
        read.append(row["customer_id"])
        changed = START + timedelta(seconds=len(read))
        with reader.engine.begin() as connection:
            same = table.c.customer_id == row["customer_id"]
            connection.execute(update(table).where(same).values(updated_at=changed))
    assert set(read) == {f"{n:06d}" for n in range(1, 31)}
    assert len(read) == (30 if since else 30 * (1 + CHASES))
    assert told_by(reader.rows(since)) is (since is None)


def test_a_read_that_a_row_moved_away_from_goes_after_it(tmp_path: Path) -> None:
    reader, table = reader_of(tmp_path)
    rows = reader.rows(None)
    first = [next(rows)["customer_id"] for _ in range(5)]
    with reader.engine.begin() as connection:
        same = table.c.customer_id == "000030"
        connection.execute(
            update(table).where(same).values(updated_at=START + timedelta(seconds=9))
        )
    seen: list[str] = []
    full = told_by(rows, seen)
    assert full
    assert sorted([*first, *seen]) == [f"{n:06d}" for n in range(1, 31)]


def test_a_source_with_undated_rows_is_never_read_in_full(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'db'}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE customers (customer_id TEXT, updated_at TIMESTAMP)"))
        connection.execute(text("INSERT INTO customers VALUES ('1', NULL)"))
    table = Table("customers", MetaData(), autoload_with=engine)
    reader = StreamReader(engine, CUSTOMERS, table, dict(table.columns.items()))
    assert told_by(reader.rows(None)) is False


def reader_of(folder: Path) -> tuple[StreamReader, Table]:
    """Return a reader of thirty customers, in pages of five."""
    engine = create_engine(f"sqlite:///{folder / 'db'}")
    metadata.create_all(engine)
    fill(engine, people(30, START))
    table = TABLES["customers"]
    return StreamReader(engine, CUSTOMERS, table, dict(table.columns.items()), page=5), table


def told_by(rows: Generator[dict[str, Any], None, bool], seen: list[str] | None = None) -> bool:
    """Read to the end; return whether the read says that it was full."""
    while True:
        try:
            row = next(rows)
        except StopIteration as end:
            return bool(end.value)
        if seen is not None:
            seen.append(row["customer_id"])
