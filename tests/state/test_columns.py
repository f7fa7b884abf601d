"""Schemas of taps that nobody here wrote: which columns they become, and what they may not do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stagedoor.errors import Misconfigured
from stagedoor.state.columns import Column, column_type, columns_of, schema_of
from stagedoor.state.database import StateDatabase
from stagedoor.state.replica import Replica

STAMP = {"type": "string", "format": "date-time"}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"type": "integer"}, "BIGINT"),
        ({"type": ["null", "number"]}, "DECIMAL(38, 9)"),
        ({"type": ["integer", "number", "null"]}, "DECIMAL(38, 9)"),
        ({"type": ["string", "integer"]}, "VARCHAR"),
        ({"anyOf": [STAMP, {"type": "null"}]}, "TIMESTAMP"),
        ({"anyOf": [STAMP, {"type": ["string", "null"]}]}, "VARCHAR"),
        ({"oneOf": [{"type": "boolean"}, {"type": "null"}]}, "BOOLEAN"),
        ({"type": ["string", "null"], "format": "date"}, "DATE"),
        ({"type": ["object", "null"], "properties": {"a": {"type": "integer"}}}, "VARCHAR"),
        ({"type": "array", "items": {"type": "integer"}}, "VARCHAR"),
        ({"enum": ["a", "b"]}, "VARCHAR"),
        ({}, "VARCHAR"),
        (True, "VARCHAR"),
    ],
)
def test_every_kind_of_field_has_a_column(spec: Any, expected: str) -> None:
    assert column_type(spec) == expected


def test_what_is_new_at_each_run_is_left_out() -> None:
    names = ("id", "_sdc_batched_at", "_sdc_extracted_at", "_sdc_deleted_at", "_sdc_source_file")
    schema = {"properties": {name: {"type": "string"} for name in names}}
    kept = [column.name for column in columns_of(schema)]
    assert kept == ["id", "_sdc_deleted_at", "_sdc_source_file"]


def test_a_schema_survives_the_way_to_the_replica_and_back() -> None:
    columns = {"a": "BIGINT", "b": "DECIMAL(38,9)", "c": "TIMESTAMP", "d": "VARCHAR", "e": "DATE"}
    back = columns_of(schema_of(columns))
    assert {column.name: column.type.replace(" ", "") for column in back} == columns


@pytest.fixture
def replica(tmp_path: Path) -> Replica:
    return Replica(StateDatabase(tmp_path / "state.duckdb"))


def test_a_column_of_a_foreign_stream_becomes_text_when_its_type_changes(replica: Replica) -> None:
    replica.prepare("seats", (Column("row", "BIGINT"),))
    assert replica.prepare("seats", (Column("row", "DATE"),)) == (Column("row", "VARCHAR"),)
    assert replica.prepare("seats", (Column("row", "BIGINT"),)) == (Column("row", "VARCHAR"),)


@pytest.mark.parametrize(
    ("stream", "names", "words"),
    [
        ("Customers", ("id",), "streams 'Customers' and 'customers' differ only by the case"),
        ("seats", ("Email", "email"), "fields 'Email' and 'email' of stream 'seats'"),
    ],
)
def test_names_that_differ_only_by_case_are_refused(
    replica: Replica, stream: str, names: tuple[str, ...], words: str
) -> None:
    with pytest.raises(Misconfigured, match=words):
        replica.prepare(stream, tuple(Column(name, "VARCHAR") for name in names))
