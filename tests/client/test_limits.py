"""The limiter: never over the allowance, hardly under it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stagedoor.hubspot.limits import WINDOW, Limiter, RollingWindow


class Time:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.at = 0.0

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += max(seconds, 1e-6)


@given(allowance=st.integers(1, 40), pauses=st.lists(st.floats(0, 3), max_size=150))
def test_no_ten_seconds_hold_more_calls_than_allowed(allowance: int, pauses: list[float]) -> None:
    time = Time()
    limiter = Limiter(allowance, time.now, time.sleep)
    calls = []
    for pause in pauses:
        time.at += pause
        limiter.acquire()
        calls.append(time.at)
    for start in calls:
        assert sum(start <= call < start + 10 for call in calls) <= allowance


def test_the_allowance_is_used_up() -> None:
    time = Time()
    limiter = Limiter(110, time.now, time.sleep)
    for _ in range(1_100):
        limiter.acquire()
    assert time.at <= 9 * 10 * 1.01


def test_everybody_waits_after_a_no() -> None:
    time = Time()
    limiter = Limiter(100, time.now, time.sleep)
    limiter.block(7.0)
    limiter.acquire()
    assert time.at >= 7.0


def test_others_who_use_the_same_allowance_are_heeded() -> None:
    """HubSpot's header says that nothing remains, though we made one call only."""
    window = RollingWindow(100)
    window.note(0.0)
    window.heed(1.0, {"x-hubspot-ratelimit-remaining": "0"})
    assert window.wait(1.0) == WINDOW - 1.0
