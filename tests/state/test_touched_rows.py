"""Kept relations find touched rows wherever they stand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from stagedoor.state.database import StateDatabase
from stagedoor.state.platform_rows import Patch, PlatformRows
from stagedoor.state.touched_rows import number_rows, show_touched
from stagedoor.state.touching import STAMP
from support.metrics_run import NOW, absorb, lose

ORDERS = [{"order_id": f"o{n}", "status": "paid", "updated_at": NOW} for n in range(9)]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[StateDatabase]:
    """A state that has nine orders, and something kept of them."""
    with closing(StateDatabase(tmp_path / "state.duckdb")) as database:
        absorb(database, "orders", ORDERS)
        database.remember(STAMP, "of these")
        yield database


def touched(database: StateDatabase) -> list[tuple[object, ...]]:
    database.execute(
        "CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT * FROM ledger.touched"
    )
    show_touched(database, "orders")
    return database.rows(
        'SELECT order_id, status, coalesce(is_deleted, false) FROM "orders:touched" ORDER BY 1'
    )


def test_a_row_that_a_batch_has_changed_is_found_as_it_is_now(database: StateDatabase) -> None:
    absorb(database, "orders", [{**ORDERS[3], "status": "refunded"}])
    absorb(database, "orders", [{**ORDERS[3], "status": "cancelled"}])
    assert touched(database) == [("o3", "cancelled", False)]


def test_a_row_that_was_changed_where_it_stands_is_found(database: StateDatabase) -> None:
    absorb(database, "orders", [{**ORDERS[3], "status": "refunded"}])
    patch = Patch("orders", "o1", "status", "cancelled")
    PlatformRows(database).patch([patch], NOW, ours=True)
    assert touched(database) == [("o1", "cancelled", False), ("o3", "refunded", False)]


def test_a_row_that_has_vanished_is_found_as_deleted(database: StateDatabase) -> None:
    lose(database, [("orders", "o2")])
    database.execute("INSERT INTO ledger.touched VALUES ('orders', 'o2')")
    assert touched(database) == [("o2", "paid", True)]


def test_a_row_that_is_no_longer_there_is_not_found(database: StateDatabase) -> None:
    database.execute("INSERT INTO ledger.touched VALUES ('orders', 'o2')")
    database.execute("DELETE FROM replica.orders WHERE order_id = 'o2'")
    assert touched(database) == []


def test_nothing_touched_shows_nothing(database: StateDatabase) -> None:
    assert touched(database) == []


def test_rows_are_found_after_a_checkpoint_has_moved_them(database: StateDatabase) -> None:
    database.execute("DELETE FROM replica.orders WHERE order_id < 'o5'")
    absorb(database, "orders", [{**ORDERS[7], "status": "refunded"}])
    database.checkpoint()
    assert touched(database) == [("o7", "refunded", False)]


def test_every_row_has_a_number_of_its_own(database: StateDatabase) -> None:
    number_rows(database)
    counted = 'SELECT count(DISTINCT _number), count(order_id) FROM "orders:numbered"'
    assert database.rows(counted) == [(9, 9)]
