"""When a read of the platform counts as full: only where the tap has proven it."""

from __future__ import annotations

from target_hubspot.completeness import Completeness


def told(*, new: bool = True) -> Completeness:
    return Completeness(lambda _stream, _version: new)


def marked(complete: bool, *full: str) -> dict[str, object]:
    return {"stagedoor": {"complete": complete, "full": list(full)}}


def test_streams_count_that_the_tap_names_at_its_end() -> None:
    read = told()
    read.state(marked(complete=False))
    assert read.full == frozenset()
    read.state(marked(True, "customers", "orders"))
    assert read.full == {"customers", "orders"}
    assert read.complete is True


def test_an_end_without_a_beginning_is_somebodys_old_state() -> None:
    read = told()
    read.state(marked(True, "customers"))
    assert read.full == frozenset()


def test_an_input_that_ends_within_counts_for_nothing() -> None:
    read = told()
    read.state(marked(complete=False))
    read.state(marked(True, "customers"))
    read.state(marked(complete=False))
    assert read.full == frozenset()
    assert read.complete is False


def test_a_tap_that_says_nothing_has_read_nothing_in_full() -> None:
    read = told()
    read.state({"bookmarks": {}})
    read.record("customers", None)
    assert read.full == frozenset()
    assert read.complete is None


def test_a_version_is_full_when_it_is_activated_after_its_last_record() -> None:
    read = told()
    read.record("customers", 7)
    read.activate("customers", 7)
    assert read.full == {"customers"}
    read.record("customers", 7)
    assert read.full == frozenset()


def test_a_version_that_goes_on_from_an_earlier_run_is_not_full() -> None:
    read = told(new=False)
    read.record("customers", 7)
    read.activate("customers", 7)
    assert read.full == frozenset()


def test_rows_of_several_versions_are_not_full() -> None:
    read = told()
    for version in (7, 8):
        read.record("customers", version)
    read.activate("customers", 8)
    assert read.full == frozenset()


def test_activating_a_version_without_its_rows_proves_nothing() -> None:
    read = told()
    read.activate("customers", 7)
    read.record("orders", None)
    read.activate("orders", 7)
    assert read.full == frozenset()
