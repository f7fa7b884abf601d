"""Plugins between the tap and the replica: what they may do, and what they spoil."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from stagedoor.engine.transforming import StreamTransforms, Transformed, Transforms
from stagedoor.errors import Misconfigured
from stagedoor.extension import Caller, NewRecord, RecordBatch, Row

SCHEMA = {
    "properties": {
        "seat": {"type": "string"},
        "row": {"type": ["integer", "null"]},
        "sold_at": {"type": ["string", "null"], "format": "date-time"},
        "extras": {"type": ["object", "null"]},
    },
    "required": ["seat"],
}
A1: dict[str, Any] = {"seat": "A1", "row": 1}
A2: dict[str, Any] = {"seat": "A2", "row": 2}

Function = Callable[[RecordBatch], Any]


def transform(
    *functions: Function, records: Iterable[Row] = (A1, A2), keys: tuple[str, ...] = ("seat",)
) -> tuple[Transformed | None, Transforms]:
    """Let plugins `first`, `second`, … transform records."""
    names = ("first", "second", "third")
    transforms = Transforms([Caller(n, f) for n, f in zip(names, functions, strict=False)])
    stream = StreamTransforms(transforms, "seats", SCHEMA, keys)
    return stream.apply(lambda: list(records)), transforms


def made(*functions: Function, records: Iterable[Row] = (A1, A2)) -> list[Row]:
    result, _ = transform(*functions, records=records)
    assert result is not None
    assert result.bad == []
    return [taken.record for taken in result.taken]


def problems(function: Function, keys: tuple[str, ...] = ("seat",)) -> list[tuple[str, str, str]]:
    result, _ = transform(function, keys=keys)
    assert result is not None
    return [(bad.plugin, bad.field, bad.problem) for bad in result.bad]


def next_row(batch: RecordBatch) -> list[Row]:
    return [{**record, "row": record["row"] + 1} for record in batch.records]


def doubled(batch: RecordBatch) -> list[Row]:
    return [{**record, "row": record["row"] * 2} for record in batch.records]


def without_a1(batch: RecordBatch) -> list[Row]:
    return [record for record in batch.records if record["seat"] != "A1"]


def with_a3(batch: RecordBatch) -> list[Row]:
    return [*batch.records, NewRecord(seat="A3", row=3)]


def test_a_plugin_may_change_records() -> None:
    assert made(next_row) == [{"seat": "A1", "row": 2}, {"seat": "A2", "row": 3}]


def test_a_plugin_may_leave_records_out() -> None:
    assert made(without_a1) == [A2]


def test_a_plugin_may_add_records() -> None:
    assert made(with_a3) == [A1, A2, {"seat": "A3", "row": 3}]


def test_a_plugin_may_be_a_generator() -> None:
    def generated(batch: RecordBatch) -> Iterable[Row]:
        yield from batch.records[:1]

    assert made(generated) == [A1]


def test_each_plugin_gets_what_the_one_before_left() -> None:
    assert [record["row"] for record in made(next_row, doubled)] == [4, 6]
    assert [record["row"] for record in made(doubled, next_row)] == [3, 5]
    assert made(with_a3, without_a1, next_row)[-1] == {"seat": "A3", "row": 4}


def test_a_record_remembers_what_the_tap_sent_and_who_changed_it() -> None:
    result, _ = transform(next_row, doubled)
    assert result is not None
    assert (result.taken[0].original, result.taken[0].plugins) == (A1, ("first", "second"))


def test_a_record_that_was_added_was_not_sent() -> None:
    result, _ = transform(with_a3)
    assert result is not None
    assert (result.taken[-1].original, result.taken[-1].plugins) == (None, ("first",))


def test_a_record_given_back_as_it_came_is_not_changed() -> None:
    result, transforms = transform(lambda batch: [dict(record) for record in batch.records])
    assert result is not None
    assert [taken.plugins for taken in result.taken] == [(), ()]
    assert list(transforms.lines()) == []


def test_records_that_nobody_asks_for_are_not_even_read() -> None:
    def read() -> list[Row]:
        raise AssertionError("somebody read the records")

    transforms = Transforms([Caller("first", lambda batch: None)])
    assert StreamTransforms(transforms, "seats", SCHEMA, ("seat",)).apply(read) is None


def test_a_batch_that_is_looked_at_and_left_alone_stays_as_it_is() -> None:
    result, _ = transform(lambda batch: None if batch.records else [])
    assert result is None


def test_what_plugins_did_is_counted() -> None:
    _, transforms = transform(without_a1, with_a3, next_row)
    assert list(transforms.lines()) == [
        "plugin first transformed seats: 0 changed, 0 added, 1 left out",
        "plugin second transformed seats: 0 changed, 1 added, 0 left out",
        "plugin third transformed seats: 2 changed, 0 added, 0 left out",
    ]


def test_a_plugin_cannot_edit_the_records_that_it_is_shown() -> None:
    def edits(batch: RecordBatch) -> None:
        batch.records[0]["row"] = 7  # type: ignore[index] # the mistake

    with pytest.raises(Misconfigured, match=r"'first' failed in .* TypeError at test_transforming"):
        transform(edits)


def test_editing_inside_a_record_changes_nothing() -> None:
    def edits(batch: RecordBatch) -> None:
        batch.records[0]["extras"]["wine"] = True

    record = {"seat": "A1", "extras": {}}
    assert transform(edits, records=[record])[0] is None
    assert record == {"seat": "A1", "extras": {}}


def test_a_changed_key_is_refused_and_names_the_plugin() -> None:
    (problem, _) = problems(lambda b: [{**r, "seat": r["seat"].lower()} for r in b.records])
    assert problem[:2] == ("first", "seat")
    assert "keys may not be changed" in problem[2]


@pytest.mark.parametrize("key", [None, "absent"])
def test_a_missing_key_is_refused(key: str | None) -> None:
    def unkeyed(batch: RecordBatch) -> list[Mapping[str, Any]]:
        return [{"row": 9} if key == "absent" else {"seat": None}]

    assert problems(unkeyed) == [("first", "seat", "is a key of the stream, and is missing")]


def test_a_value_that_the_schema_refuses_costs_its_record_and_no_other() -> None:
    def spoils_a1(batch: RecordBatch) -> list[Row]:
        return [{**r, "row": "one"} if r["seat"] == "A1" else r for r in batch.records]

    result, _ = transform(spoils_a1)
    assert result is not None
    assert [taken.record for taken in result.taken] == [A2]
    (bad,) = result.bad
    assert (bad.plugin, bad.key, bad.field, bad.original) == ("first", "A1", "row", A1)


def test_what_the_second_plugin_spoils_is_not_the_first_ones_fault() -> None:
    result, _ = transform(next_row, lambda b: [{**r, "row": "x"} for r in b.records])
    assert result is not None
    assert {bad.plugin for bad in result.bad} == {"second"}
    assert [bad.original for bad in result.bad] == [A1, A2]


def test_a_field_that_the_stream_does_not_have_is_refused() -> None:
    (problem, _) = problems(lambda b: [{**r, "colour": "red"} for r in b.records])
    assert problem == ("first", "colour", "is not in the stream's schema")


def test_a_field_that_the_tap_sent_outside_its_schema_may_stay() -> None:
    assert made(next_row, records=[{**A1, "colour": "red"}])[0]["colour"] == "red"


def test_days_and_instants_become_text() -> None:
    def sold(batch: RecordBatch) -> list[Row]:
        return [{**r, "sold_at": datetime(2026, 11, 24, tzinfo=UTC)} for r in batch.records]

    assert made(sold)[0]["sold_at"] == "2026-11-24T00:00:00+00:00"


def test_a_stream_without_keys_takes_what_it_is_given() -> None:
    result, _ = transform(lambda b: [{"seat": "A9"}, {"seat": "A9", "row": "x"}], keys=())
    assert result is not None
    assert [taken.record for taken in result.taken] == [{"seat": "A9"}]
    assert [bad.field for bad in result.bad] == ["row"]


def test_a_raising_plugin_stops_the_run_and_repeats_no_data() -> None:
    def raises(batch: RecordBatch) -> None:
        raise ValueError(f"no good: {batch.records[0]['seat']}")

    with pytest.raises(Misconfigured) as stopped:
        transform(next_row, raises)
    assert "'second'" in str(stopped.value)
    assert "ValueError at test_transforming.py:" in str(stopped.value)
    assert "A1" not in str(stopped.value)


def test_a_plugin_that_exits_stops_the_run_as_any_error_does() -> None:
    def leaves(batch: RecordBatch) -> None:
        raise SystemExit(0)

    with pytest.raises(Misconfigured, match="SystemExit"):
        transform(leaves)


@pytest.mark.parametrize("answer", [7, ["A1"], {"seat": "A1"}])
def test_what_is_no_list_of_records_stops_the_run(answer: object) -> None:
    with pytest.raises(Misconfigured, match="'first'"):
        transform(lambda batch: answer)
