"""The writer of databases, on SQLite and on PostgreSQL: guards, permissions, refusals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, select, text

from stagedoor.errors import Misconfigured, Unavailable
from stagedoor.extension import PlatformChange, PlatformOutcome, Value
from stagedoor_plugins.platform_sources.sql import SqlSettings, SqlSource
from stagedoor_plugins.platform_sources.sql_writer import SqlWriter
from support.postgres import postgres_server

FIELDS = ["email", "city", "phone", "marketing_consent"]
TABLE = """
CREATE TABLE customers (
    customer_id VARCHAR(64) PRIMARY KEY,
    email TEXT UNIQUE,
    city TEXT,
    phone VARCHAR(8),
    marketing_consent BOOLEAN,
    secret TEXT,
    created_at TIMESTAMP,
    updated_at TIMESTAMP
)
"""
Open = Callable[..., SqlWriter]


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with postgres_server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with the accounts 1 and 2."""
    address = f"sqlite:///{tmp_path / 'platform.db'}"
    if request.param == "postgresql":
        address = request.getfixturevalue("postgres")
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS customers"))
        connection.execute(text(TABLE))
        for number in ("1", "2"):
            connection.execute(
                text(
                    "INSERT INTO customers (customer_id, email, city, marketing_consent, "
                    "updated_at) VALUES (:n, :e, 'Cluj', true, '2026-11-01 10:00:00')"
                ),
                {"n": number, "e": f"p{number}@example.com"},
            )
    engine.dispose()
    return str(address)


@pytest.fixture
def opened(url: str) -> Iterator[Open]:
    """Opens writers of the database."""
    writers: list[SqlWriter] = []

    def writer(**settings: Any) -> SqlWriter:
        given = {"url": url, "writable": {"customers": FIELDS}, **settings}
        writers.append(SqlSource().writer(SqlSettings.model_validate(given)))
        return writers[-1]

    yield writer
    for made in writers:
        made.engine.dispose()


def rows(engine: Engine) -> dict[str, dict[str, Any]]:
    with engine.connect() as connection:
        found = connection.execute(select(text("* FROM customers")))
        return {row.customer_id: dict(row._mapping) for row in found}


def change(key: str, values: dict[str, Value], **expected: Value) -> PlatformChange:
    return PlatformChange("customers", key, values, expected)


def test_only_the_fields_of_the_change_are_written(opened: Open) -> None:
    writer = opened()
    before = rows(writer.engine)
    outcome = writer.write(change("1", {"city": "Iași"}, city="Cluj"))
    before["1"]["city"] = "Iași"
    assert (outcome.written, rows(writer.engine)) == (("city",), before)


def test_a_field_that_was_edited_meanwhile_stays_and_is_told(opened: Open) -> None:
    writer = opened()
    wanted = change("1", {"city": "Iași", "phone": "0720"}, city="Arad", phone=None)
    outcome = writer.write(wanted)
    assert (outcome.written, outcome.conflicts) == (("phone",), {"city": "Cluj"})
    assert rows(writer.engine)["1"]["city"] == "Cluj"


def test_the_same_change_again_does_no_harm(opened: Open) -> None:
    writer = opened()
    wanted = change("1", {"city": "Iași"}, city="Cluj")
    writer.write(wanted)
    assert writer.write(wanted).written == ("city",)


def test_values_are_compared_as_the_tap_reads_them(opened: Open) -> None:
    writer = opened()
    outcome = writer.write(change("1", {"marketing_consent": False}, marketing_consent=True))
    assert outcome.written == ("marketing_consent",)
    assert not rows(writer.engine)["1"]["marketing_consent"]


def test_what_is_not_listed_is_not_written(opened: Open) -> None:
    writer = opened()
    outcome = writer.write(change("1", {"secret": "x", "first_name": "Ana", "city": "Iași"}))
    assert outcome.written == ("city",)
    assert "list it in `sql.writable.customers`" in outcome.invalid["secret"]
    assert "no column" in outcome.invalid["first_name"]


def test_a_row_that_is_not_there_is_told(opened: Open) -> None:
    outcome = opened().write(change("9", {"city": "Iași"}))
    assert outcome.invalid == {"city": "the platform has no row 9 in customers"}


def test_a_row_that_the_database_refuses_costs_that_row(opened: Open) -> None:
    writer = opened()
    taken = change("1", {"email": "p2@example.com"}, email="p1@example.com")
    first, second = writer.write_batch([taken, change("2", {"city": "Iași"}, city="Cluj")])
    assert "the database refused it" in first.invalid["email"]
    assert second.written == ("city",)
    assert rows(writer.engine)["1"]["email"] == "p1@example.com"


def moved(writer: SqlWriter, *addresses: str) -> list[PlatformOutcome]:
    """Give the accounts 1, 2, … these addresses."""
    return writer.write_batch(
        [
            change(str(n), {"email": address}, email=f"p{n}@example.com")
            for n, address in enumerate(addresses, start=1)
        ]
    )


def test_an_address_that_the_next_row_gives_up_is_free(opened: Open) -> None:
    writer = opened()
    assert all(outcome.written for outcome in moved(writer, "p2@example.com", "new@example.com"))


def test_two_rows_swap_their_unique_addresses(opened: Open) -> None:
    writer = opened()
    outcomes = moved(writer, "p2@example.com", "p1@example.com")
    assert [outcome.written for outcome in outcomes] == [("email",), ("email",)]
    found = rows(writer.engine)
    assert (found["1"]["email"], found["2"]["email"]) == ("p2@example.com", "p1@example.com")


def test_the_time_of_the_row_moves_only_where_it_is_told_to(opened: Open) -> None:
    writer = opened()
    before = rows(writer.engine)["1"]["updated_at"]
    writer.write(change("1", {"city": "Iași"}))
    assert rows(writer.engine)["1"]["updated_at"] == before
    opened(touch=True).write(change("1", {"city": "Arad"}))
    assert rows(writer.engine)["1"]["updated_at"] != before


def test_a_row_is_made_once(opened: Open) -> None:
    writer = opened()
    new = change("hubspot-7", {"email": "eva@example.com", "city": "Deva"})
    for _ in range(2):
        assert set(writer.create(new, "email").written) == {"email", "city"}
    found = rows(writer.engine)
    assert len(found) == 3
    assert found["hubspot-7"]["updated_at"] is not None


def test_no_row_is_made_of_somebody_who_has_one(opened: Open) -> None:
    writer = opened()
    outcome = writer.create(change("hubspot-7", {"email": "P1@example.com"}), "email")
    assert set(outcome.conflicts) == {"email"}
    assert len(rows(writer.engine)) == 2


def test_a_database_that_is_away_leaves_the_change_to_be_made(tmp_path: Path) -> None:
    writer = SqlWriter(create_engine(f"sqlite:///{tmp_path}/no/such.db"), lambda _stream: "none")
    with pytest.raises(Unavailable, match="still to be made"):
        writer.write(change("1", {"city": "Iași"}))


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"writable": {}}, "list its fields"),
        ({"streams": {"customers": {"query": "SELECT * FROM customers"}}}, "takes no writes"),
        ({"writable": {"customers": ["job_title"]}}, "has no column for job_title"),
    ],
)
def test_a_stream_that_takes_no_writes_says_why(
    opened: Open, settings: dict[str, Any], why: str
) -> None:
    outcome = opened(**settings).write(change("1", {"city": "Iași"}))
    assert why in outcome.invalid["city"]


def test_an_unknown_stream_in_the_settings_is_named(opened: Open) -> None:
    with pytest.raises(Misconfigured, match="names people"):
        opened(writable={"people": ["name"]})
