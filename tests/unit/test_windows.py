"""What a poll reads next, whatever STATE it begins with."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stagedoor.hubspot.windows import Bookmark, Listing, Window, steps

START, BACK = 1_000_000, 60_000


def test_the_first_time_everything_is_listed() -> None:
    assert steps({}, START, BACK) == (Listing(START),)


def test_with_a_start_date_the_first_time_is_a_window() -> None:
    assert steps({}, START, BACK, since=400) == (Window(400, START),)


def test_afterwards_a_window_reaches_back_from_where_the_last_one_ended() -> None:
    assert steps({"until": 900_000}, START, BACK) == (Window(840_000, START),)


def test_a_window_never_reaches_back_before_time_began() -> None:
    assert steps({"until": 10}, START, BACK) == (Window(0, START),)


def test_an_interrupted_listing_goes_on_and_then_looks_at_what_changed_meanwhile() -> None:
    begun = Listing(900_000).at("4711")
    assert steps(begun.bookmark(), START, BACK) == (begun, Window(840_000, START))


def test_an_interrupted_window_goes_on_with_its_own_end() -> None:
    begun = Window(840_000, 900_000).at("4711")
    assert steps(begun.bookmark(), START, BACK) == (begun, Window(840_000, START))


def test_a_clock_set_back_reads_no_window_that_ends_before_it_begins() -> None:
    (window,) = steps({"until": START + 5}, START, 0)
    assert isinstance(window, Window)
    assert window.low <= window.high


TIMES = st.integers(0, 10**6)


@given(
    edits=st.lists(TIMES, max_size=30),
    starts=st.lists(TIMES, min_size=1, max_size=12).map(sorted),
    kills=st.lists(st.booleans(), min_size=12, max_size=12),
    lags=st.lists(st.integers(0, BACK), min_size=30, max_size=30),
)
def test_no_edit_is_lost_by_kills_or_by_an_index_that_lags_less_than_the_look_back(
    edits: list[int], starts: list[int], kills: list[bool], lags: list[int]
) -> None:
    """Each edit is an object of its own; a killed run has read every other one of its window."""
    bookmark: Bookmark = {"until": 0}
    read: set[int] = set()
    visible = {number: at + lag for number, (at, lag) in enumerate(zip(edits, lags, strict=False))}
    for start, killed in [*zip(starts, kills, strict=False), (10**7, False)]:
        for step in steps(bookmark, start, BACK):
            assert isinstance(step, Window)
            found = [
                number
                for number, at in enumerate(edits)
                if step.low <= at <= step.high
                and number > int(step.after) - (step.after == "0")
                and visible[number] <= start
            ]
            if killed:
                half = found[: len(found) // 2]
                read.update(half)
                bookmark = step.at(str(half[-1]) if half else step.after).bookmark()
                break
            read.update(found)
            bookmark = step.finished()
    assert read == set(range(len(edits)))
