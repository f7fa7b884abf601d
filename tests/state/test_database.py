"""The state file: private, restored from its copy, never of another's version."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from stagedoor.errors import Misconfigured, Unavailable
from stagedoor.model import Base, ObjectRef
from stagedoor.state.columns import Column
from stagedoor.state.database import StateDatabase, memory_for
from stagedoor.state.desired import DesiredState
from stagedoor.state.files import FILE_NAME, throwaway_copy
from stagedoor.state.ledger import Ledger
from stagedoor.state.replica import ORDINAL, Replica


def test_an_unreadable_file_is_replaced_by_its_copy(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "state.duckdb"
    database = StateDatabase(path)
    database.remember("colour", "green")
    database.checkpoint()
    database.close()
    path.write_bytes(b"\x00" * 5_000)
    with caplog.at_level(logging.WARNING):
        restored = StateDatabase(path)
    assert "unreadable" in caplog.text
    assert restored.fact("colour") == "green"
    restored.close()
    assert (tmp_path / "state.duckdb.unreadable").exists()


def test_without_a_copy_the_state_starts_empty_and_says_what_to_do(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "state.duckdb"
    path.write_bytes(b"nothing that DuckDB wrote")
    with caplog.at_level(logging.WARNING):
        database = StateDatabase(path)
    assert database.fact("colour") is None
    assert "stagedoor rebuild" in caplog.text
    database.close()


def test_state_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "state.duckdb"
    database = StateDatabase(path)
    database.execute("UPDATE ledger.facts SET value = '999' WHERE name = 'schema'")
    database.close()
    with pytest.raises(Misconfigured, match="newer Stagedoor"):
        StateDatabase(path)


def test_a_copy_for_a_dry_run_is_gone_afterwards_and_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "state.duckdb"
    database = StateDatabase(path)
    database.remember("colour", "green")
    database.close()
    with throwaway_copy(path) as copied:
        there = StateDatabase(copied)
        assert there.fact("colour") == "green"
        there.remember("colour", "red")
        there.close()
    assert not copied.exists()
    database = StateDatabase(path)
    assert database.fact("colour") == "green"
    database.close()


@pytest.fixture
def database(tmp_path: Path) -> StateDatabase:
    return StateDatabase(tmp_path / "state.duckdb")


SEATS = (Column("seat", "VARCHAR"), Column("row", "BIGINT"), Column("sold_at", "TIMESTAMP"))


def absorb(
    replica: Replica, **values: list[str | None]
) -> tuple[int, list[tuple[str | None, str]]]:
    table = pa.table({name: pa.array(column, pa.string()) for name, column in values.items()})
    table = table.append_column(ORDINAL, pa.array(range(table.num_rows), pa.int64()))
    absorbed = replica.absorb("seats", SEATS, ["seat"], table)
    return absorbed.changed, [(bad.key, bad.column) for bad in absorbed.bad]


def test_only_changed_rows_are_taken_over_and_bad_ones_are_named(database: StateDatabase) -> None:
    replica = Replica(database)
    replica.prepare("seats", SEATS)
    first = absorb(
        replica,
        seat=["A1", "A2", None, "A4"],
        row=["1", "two", "3", "4"],
        sold_at=["2026-11-24T10:00:00+02:00", None, None, "2026-02-31"],
    )
    assert first == (1, [("A2", "row"), ("", "seat"), ("A4", "sold_at")])
    assert database.scalar("SELECT sold_at FROM replica.seats") == datetime(2026, 11, 24, 8)
    again = absorb(replica, seat=["A1"], row=["1"], sold_at=["2026-11-24T08:00:00Z"])
    assert again == (0, [])


def test_a_platform_stream_whose_type_changes_stops_the_run(database: StateDatabase) -> None:
    words = "'capacity' as VARCHAR; the replica has it as BIGINT"
    with pytest.raises(Misconfigured, match=words):
        Replica(database).prepare("events", (Column("capacity", "VARCHAR"),))


def test_settling_keeps_what_a_later_change_does_not_name(database: StateDatabase) -> None:
    ledger = Ledger(database, "run")
    ref = ObjectRef("contacts", "customer:1")
    ledger.settle([Base(ref, "501", "a@x.com", {"city": "Iași", "phone": "1"}, "h1")])
    ledger.settle([Base(ref, "501", "a@x.com", {"phone": None, "zip": "7"}, "h2")])
    (row,) = database.rows("SELECT properties, source_hash FROM ledger.objects")
    assert row == ('{"city":"Iași","zip":"7"}', "h2")


def test_the_start_of_the_run_is_what_sql_calls_now(database: StateDatabase) -> None:
    Replica(database)
    desired = DesiredState(database, datetime(2026, 11, 24, 12, 30, tzinfo=UTC))
    desired.run("CREATE TEMP TABLE moment AS SELECT $now AS instant", "a test")
    assert database.scalar("SELECT instant FROM moment") == datetime(2026, 11, 24, 12, 30)


GIGABYTE = 1_000_000_000


def test_memory_grows_with_the_replica_between_bounds() -> None:
    machine = 16 * GIGABYTE
    assert memory_for(0, machine) == 192_000_000
    assert memory_for(1_000_000, machine) == 256_000_000
    assert memory_for(100_000_000, machine) == 2_400_000_000


def test_half_of_a_small_machine_is_enough_and_the_least_is_always_given() -> None:
    assert memory_for(100_000_000, 2 * GIGABYTE) == GIGABYTE
    assert memory_for(100_000_000, GIGABYTE // 4) == 192_000_000


def test_a_filled_replica_gets_its_room(database: StateDatabase) -> None:
    database.execute("CREATE TABLE replica.many AS SELECT * FROM range(2_000_000)")
    database.make_room()
    assert database.scalar("SELECT current_setting('memory_limit')") == "305.1 MiB"


def test_too_little_memory_is_said_and_blames_nobody(database: StateDatabase) -> None:
    Replica(database)
    desired = DesiredState(database, datetime(2026, 11, 24, tzinfo=UTC))
    database.execute("SET memory_limit='1MB'; SET max_temp_directory_size='0MB'")
    with pytest.raises(Unavailable, match="not enough memory for the SQL of a test"):
        desired.run("CREATE TEMP TABLE big AS SELECT * FROM range(10_000_000)", "a test")


def test_a_transaction_inside_another_is_part_of_it() -> None:
    database = StateDatabase.in_memory()

    def remember_two() -> None:
        with database.transaction():
            with database.transaction():
                database.remember("colour", "green")
            raise InterruptedError

    with pytest.raises(InterruptedError):
        remember_two()
    assert database.fact("colour") is None
    with database.transaction(), database.transaction():
        database.remember("colour", "green")
    assert database.fact("colour") == "green"
    database.close()


@pytest.mark.parametrize("where", ["file", "memory"])
def test_sql_reads_and_writes_no_other_file(tmp_path: Path, where: str) -> None:
    folder = tmp_path / "it's here"
    database = StateDatabase(folder / FILE_NAME) if where == "file" else StateDatabase.in_memory()
    (tmp_path / "secret").write_text("key")
    for sql in (
        f"SELECT * FROM read_text('{tmp_path}/secret')",
        f"COPY (SELECT 1) TO '{tmp_path}/stolen.csv'",
        f"ATTACH '{tmp_path}/other.duckdb' AS other",
        "SET enable_external_access=true",
        "SELECT * FROM read_csv('https://example.com/x.csv')",
    ):
        with pytest.raises(duckdb.Error):
            database.execute(sql)
    database.close()
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["secret"]
