"""The helpers for authors of plugins: a mistake in a test is told, not computed with."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from stagedoor import Calculator, testing
from stagedoor.errors import Misconfigured

PEOPLE = [
    {"customer_id": "1", "email": "ana@example.com", "city": "Cluj"},
    {"customer_id": "2", "email": "ion@example.com"},
]


def calculator(sql: str) -> Calculator:
    return Calculator(name="mine", object_type="contacts", description="Mine.", sql=sql)


CITY = calculator("SELECT key, city AS value FROM accounts")


def test_only_objects_with_a_value_are_given() -> None:
    assert testing.calculate(CITY, {"customers": PEOPLE}) == {"customer:1": "Cluj"}


def test_nothing_is_kept_between_two_platforms() -> None:
    testing.calculate(CITY, {"customers": PEOPLE})
    assert testing.calculate(CITY, {}) == {}


def test_now_is_what_the_test_says() -> None:
    year = calculator("SELECT key, year($now) AS value FROM accounts")
    then = datetime(2031, 1, 1, tzinfo=UTC)
    assert testing.calculate(year, {"customers": PEOPLE[:1]}, now=then) == {"customer:1": 2031}


def test_a_misspelt_column_in_a_row_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"customers has no citty\. It has: customer_id, "):
        testing.calculate(CITY, {"customers": [{"customer_id": "1", "citty": "Cluj"}]})


def test_a_value_of_the_wrong_type_is_an_error() -> None:
    with pytest.raises(ValueError, match="capacity"):
        testing.calculate(CITY, {"events": [{"event_id": "1", "capacity": "many"}]})


def test_an_unknown_stream_is_an_error_until_its_schema_is_given() -> None:
    cards = calculator("SELECT 'customer:' || holder AS key, points AS value FROM cards")
    streams: testing.Streams = {"customers": PEOPLE, "cards": [{"holder": "2", "points": 5}]}
    with pytest.raises(ValueError, match="There is no stream 'cards'"):
        testing.calculate(cards, streams)
    schema = {"properties": {"holder": {"type": "string"}, "points": {"type": "integer"}}}
    assert testing.calculate(cards, streams, schemas={"cards": schema}) == {"customer:2": 5}


def test_sql_that_does_not_fit_is_an_error() -> None:
    with pytest.raises(Misconfigured, match="names a column 'citty'"):
        testing.calculate(calculator("SELECT key, citty AS value FROM accounts"), {})


def test_a_function_that_raises_is_an_error_with_its_object() -> None:
    def fails(_rows: object) -> None:
        raise ZeroDivisionError("no")

    broken = Calculator(
        name="broken",
        object_type="contacts",
        description="Broken.",
        rows="SELECT key, city FROM accounts",
        function=fails,
    )
    with pytest.raises(AssertionError, match="broken of customer:1 raised ZeroDivisionError: no"):
        testing.calculate(broken, {"customers": PEOPLE})


def test_a_mapping_may_be_laid_on_top() -> None:
    mapping = "objects: {contacts: {properties: {town: {from: city, label: Town}}}}"
    given = testing.objects("stagedoor_plugins", "contacts", {"customers": PEOPLE}, mapping=mapping)
    assert given["customer:1"]["town"] == "Cluj"
    assert given["customer:2"]["town"] is None


def test_what_a_plugin_spoils_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "spoils.py"
    path.write_text(
        "from stagedoor import hookimpl\n\n"
        "@hookimpl\ndef transform_records(batch):\n"
        "    return [{**r, 'email': 7} for r in batch.records]\n"
    )
    with pytest.raises(Misconfigured, match="made a customers record that cannot be taken in"):
        testing.replica(str(path), "customers", PEOPLE)
