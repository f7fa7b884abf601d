"""What is kept beside the state counts only while nothing speaks against it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import stagedoor
from stagedoor.engine.person import Person
from stagedoor.state import kept
from stagedoor.state.compaction import compact
from stagedoor.state.database import StateDatabase
from stagedoor.state.erasure import Eraser
from stagedoor.state.files import KEPT_NAME, throwaway_copy
from stagedoor.state.platform_rows import Patch, PlatformRows
from support.metrics_run import NOW, Settings, absorb, lose, related

ANA = {"customer_id": "1", "email": "ana@example.com", "updated_at": NOW}
ORDER = {"order_id": "o1", "customer_id": "1", "status": "paid", "currency": "EUR",
         "total_amount": 50, "ordered_at": NOW, "updated_at": NOW}  # fmt: skip
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The state of a portal that has forty buyers, and metrics of them."""
    path = tmp_path / "state.duckdb"
    with closing(StateDatabase(path)) as database:
        absorb(database, "customers", [ANA])
        absorb(database, "orders", [{**ORDER, "order_id": f"o{n}"} for n in range(40)])
        assert related(database, NOW)["kept"] == "full"
    return path


@pytest.fixture
def database(path: Path) -> Iterator[StateDatabase]:
    with closing(StateDatabase(path)) as database:
        yield database


def how(database: StateDatabase, now: datetime = LATER, settings: Settings | None = None) -> str:
    return str(related(database, now, settings)["kept"])


def spent(database: StateDatabase) -> object:
    return related(database, LATER)["person_metrics"]["ana@example.com"]["total_spent"]


def test_another_run_brings_up_to_date_what_the_first_one_kept(database: StateDatabase) -> None:
    assert how(database) == "touched"


def test_a_row_that_is_taken_over_changes_what_is_kept(database: StateDatabase) -> None:
    absorb(database, "orders", [{**ORDER, "order_id": "new", "total_amount": 7}])
    assert spent(database) == 40 * 50 + 7
    assert how(database) == "touched"


def test_a_row_that_inbound_patches_changes_what_is_kept(database: StateDatabase) -> None:
    PlatformRows(database).patch([Patch("orders", "o1", "total_amount", "7")], NOW, ours=True)
    assert spent(database) == 39 * 50 + 7
    assert how(database) == "touched"


def test_a_row_that_inbound_adds_changes_what_is_kept(database: StateDatabase) -> None:
    fields = {"email": "bo@example.com"}
    PlatformRows(database).add("customers", "2", fields, NOW)
    assert "bo@example.com" in related(database, LATER)["person_metrics"]


def test_a_row_that_full_reads_no_longer_show_changes_what_is_kept(
    database: StateDatabase,
) -> None:
    lose(database, [("orders", "o1")])
    assert spent(database) == 39 * 50
    lose(database, [])
    assert spent(database) == 40 * 50
    assert how(database) == "touched"


def test_many_touched_rows_are_a_reason_to_compute_all(database: StateDatabase) -> None:
    absorb(database, "orders", [{**ORDER, "order_id": f"n{n}"} for n in range(20)])
    assert how(database) == "full"


def test_another_setting_is_a_reason_to_compute_all(database: StateDatabase) -> None:
    assert how(database, settings=Settings(metrics="vip_spend: 3")) == "full"
    assert how(database) == "full"


def test_a_clock_that_went_back_is_a_reason_to_compute_all(database: StateDatabase) -> None:
    assert how(database, NOW - timedelta(seconds=1)) == "full"


def test_rows_that_go_by_other_keys_are_a_reason_to_compute_all(database: StateDatabase) -> None:
    database.execute("INSERT INTO sightings.keys VALUES ('orders', ['order_number'])")
    assert how(database) == "full"


def test_a_state_that_is_not_the_one_they_were_made_of_computes_all(
    database: StateDatabase,
) -> None:
    database.execute("UPDATE ledger.facts SET value = 'another' WHERE name = 'kept'")
    assert how(database) == "full"


def test_a_lost_file_is_made_again(path: Path) -> None:
    path.with_name(KEPT_NAME).unlink()
    with closing(StateDatabase(path)) as database:
        assert spent(database) == 40 * 50


def test_an_unreadable_file_is_made_again(path: Path) -> None:
    path.with_name(KEPT_NAME).write_bytes(b"nothing that DuckDB could read" * 1_000)
    with closing(StateDatabase(path)) as database:
        assert how(database) == "full"


def test_what_was_cut_short_is_computed_anew(
    database: StateDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    absorb(database, "orders", [{**ORDER, "order_id": "new"}])
    with monkeypatch.context() as patch:
        patch.setattr(kept, "uuid4", stop)
        with pytest.raises(KeyboardInterrupt):
            how(database)
    assert spent(database) == 41 * 50
    assert how(database) == "touched"


def test_a_dry_run_uses_a_copy_and_leaves_the_kept_file_alone(path: Path) -> None:
    before = path.with_name(KEPT_NAME).read_bytes()
    with (
        throwaway_copy(path, with_kept=True) as copy,
        closing(StateDatabase(copy)) as database,
    ):
        assert how(database) == "touched"
    assert path.with_name(KEPT_NAME).read_bytes() == before


def test_an_erased_person_is_in_no_kept_file(path: Path) -> None:
    assert b"ana@example.com" in path.with_name(KEPT_NAME).read_bytes()
    with closing(StateDatabase(path)) as database:
        Eraser(database).erase(Person(addresses=frozenset({"ana@example.com"})))
        assert how(database) == "full"
    compact(path)
    assert not path.with_name(KEPT_NAME).exists()


def test_nothing_is_noted_while_nothing_is_kept(tmp_path: Path) -> None:
    with closing(StateDatabase(tmp_path / "state.duckdb")) as database:
        absorb(database, "customers", [ANA])
        assert database.scalar("SELECT count(*) FROM ledger.touched") == 0


def test_every_module_that_writes_to_the_replica_says_what_it_touched() -> None:
    writes: Callable[[str], object] = re.compile(
        r"(UPDATE|INSERT INTO|DELETE FROM) (replica\.|\{table\})"
    ).search
    folder = Path(stagedoor.__file__).parent
    texts = {p.relative_to(folder).as_posix(): p.read_text("utf-8") for p in folder.rglob("*.py")}
    writers = {name for name, text in texts.items() if "replica.{" in text and writes(text)}
    assert writers == {"state/replica.py", "state/platform_rows.py", "state/erasure.py"}
    assert all("state.touching import" in texts[name] for name in writers)
