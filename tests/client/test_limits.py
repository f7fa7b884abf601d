"""The limiter: never over the allowance, hardly under it, and fair."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stagedoor.errors import Unavailable
from stagedoor.hubspot.limiter import Limiter
from stagedoor.hubspot.limits import ASK_AGAIN, SEARCH_WINDOW, WINDOW, Rules, Traffic, earliest


class Time:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.at = 0.0

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += max(seconds, 1e-6)


def limiter_of(time: Time, allowance: int, **rules: Any) -> Limiter:
    return Limiter(Rules(allowance, **rules), time.now, time.sleep)


def most_in(calls: list[float], seconds: float) -> int:
    """Return how many calls the fullest window holds."""
    calls = sorted(calls)
    return max((sum(s <= call < s + seconds for call in calls) for s in calls), default=0)


@given(allowance=st.integers(1, 40), pauses=st.lists(st.floats(0, 3), max_size=150))
def test_no_ten_seconds_hold_more_calls_than_allowed(allowance: int, pauses: list[float]) -> None:
    time = Time()
    limiter = limiter_of(time, allowance)
    calls = []
    for pause in pauses:
        time.at += pause
        limiter.acquire()
        calls.append(time.at)
    assert most_in(calls, 10) <= allowance


@given(
    allowance=st.integers(1, 6),
    arrivals=st.lists(
        st.tuples(st.floats(0, 4), st.sampled_from(["write", "search"]), st.floats(0, 0.5)),
        max_size=40,
    ),
)
def test_waiters_that_wake_late_keep_within_the_allowance(
    allowance: int, arrivals: list[tuple[float, str, float]]
) -> None:
    """Every call reserves as it comes and claims `late` seconds after its moment."""
    rules, traffic = Rules(allowance, searches=2), Traffic()
    calls: dict[str, list[float]] = {"write": [], "search": []}
    waiting: list[tuple[float, int, str, float, float]] = []

    def wake(until: float) -> None:
        while waiting and min(waiting)[0] <= until:
            now, number, kind, at, late = min(waiting)
            waiting.remove((now, number, kind, at, late))
            at = traffic.claim(rules, kind, at, now)
            if at > now:
                waiting.append((at + late, number, kind, at, late))
            else:
                calls[kind].append(now)

    moments = accumulate(pause for pause, *_ in arrivals)
    for number, (now, (_, kind, late)) in enumerate(zip(moments, arrivals, strict=True)):
        wake(now)
        at = traffic.reserve(rules, kind, now)
        if at > now:
            waiting.append((at + late, number, kind, at, late))
        else:
            calls[kind].append(now)
    wake(10**6)
    assert sum(map(len, calls.values())) == len(arrivals)
    assert most_in([*calls["write"], *calls["search"]], 10) <= allowance
    assert most_in(calls["search"], 1) <= 2


@given(
    times=st.lists(st.integers(0, 60), max_size=30).map(sorted),
    most=st.integers(1, 8),
    start=st.integers(0, 70),
)
def test_the_earliest_moment_is_the_first_that_fits(
    times: list[int], most: int, start: int
) -> None:
    def adds_too_many(at: int) -> bool:
        return any(
            s <= at < s + 10 and sum(s <= t < s + 10 for t in times) >= most
            for s in range(at - 10, at + 1)
        )

    slow = next(at for at in range(start, 200) if not adds_too_many(at))
    assert earliest(times, most, 10, start) == slow


@pytest.mark.parametrize("allowance", [100, 110, 190, 250])
def test_the_allowance_is_used_up(allowance: int) -> None:
    time = Time()
    limiter = limiter_of(time, allowance)
    for _ in range(10 * allowance):
        limiter.acquire()
    assert time.at <= 9 * 10 * 1.02


def test_everybody_waits_after_a_no() -> None:
    time = Time()
    limiter = limiter_of(time, 100)
    limiter.block(7.0)
    limiter.acquire()
    assert time.at >= 7.0


def test_a_no_to_a_search_concerns_searches_only() -> None:
    time = Time()
    limiter = limiter_of(time, 100)
    limiter.block(7.0, "search")
    limiter.acquire("write")
    assert time.at == 0.0
    limiter.acquire("search")
    assert time.at >= 7.0


def test_searches_keep_to_five_a_second() -> None:
    time = Time()
    limiter = limiter_of(time, 190)
    for _ in range(50):
        limiter.acquire("search")
    assert 9 <= time.at <= 9 * SEARCH_WINDOW + 0.01


def test_a_write_passes_the_searches_that_wait_for_their_second() -> None:
    traffic, rules = Traffic(), Rules(100)
    searches = [traffic.reserve(rules, "search", 0.0) for _ in range(20)]
    assert searches[-1] == pytest.approx(3 * SEARCH_WINDOW)
    assert [traffic.reserve(rules, "write", 0.0) for _ in range(80)] == [0.0] * 80


def test_writes_that_wait_do_not_starve_a_search() -> None:
    traffic, rules = Traffic(), Rules(100)
    writes = [traffic.reserve(rules, "write", 0.0) for _ in range(150)]
    search = traffic.reserve(rules, "search", 0.1)
    later = traffic.reserve(rules, "write", 0.2)
    assert max(writes) <= search <= later == WINDOW


def test_associations_have_a_window_of_their_own() -> None:
    traffic, rules = Traffic(), Rules(190)
    assert {traffic.reserve(rules, "associate", 0.0) for _ in range(150)} == {0.0}
    assert traffic.reserve(rules, "associate", 0.0) == WINDOW
    assert traffic.reserve(rules, "write", 0.0) == 0.0


def told(most: int, left: int) -> dict[str, str]:
    return {
        "x-hubspot-ratelimit-max": str(most),
        "x-hubspot-ratelimit-remaining": str(left),
        "x-hubspot-ratelimit-interval-milliseconds": "10000",
    }


def test_a_lower_allowance_that_hubspot_tells_is_kept() -> None:
    time = Time()
    limiter = limiter_of(time, 190)
    limiter.acquire()
    limiter.heed(told(100, 99), since=0.0)
    for _ in range(99):
        limiter.acquire()
    assert time.at == 0.0
    limiter.acquire()
    assert time.at == pytest.approx(WINDOW, abs=0.01)


def test_a_higher_allowance_that_hubspot_tells_is_not_ours_to_use() -> None:
    time = Time()
    limiter = limiter_of(time, 50)
    limiter.heed(told(190, 189), since=0.0)
    for _ in range(51):
        limiter.acquire()
    assert time.at >= 10


def test_calls_of_others_take_up_room() -> None:
    """HubSpot's header says that nothing remains, though we made one call only."""
    time = Time()
    limiter = limiter_of(time, 100)
    since = limiter.acquire()
    time.at = 1.0
    limiter.heed(told(100, 0), since)
    limiter.acquire()
    assert time.at >= WINDOW - 0.01


def test_answers_that_come_late_invent_no_others() -> None:
    """HubSpot counted 100 calls, most of which have left our window when it is heard of."""
    time = Time()
    limiter = limiter_of(time, 100)
    for _ in range(99):
        limiter.acquire()
    time.at = 9.0
    since = limiter.acquire()
    time.at = 11.0
    limiter.heed(told(100, 0), since)
    for _ in range(99):
        limiter.acquire()
    assert time.at == 11.0


@dataclass
class Server:
    """HubSpot's own window, on simulated time."""

    allowance: int
    calls: list[float] = field(default_factory=list)
    refused: int = 0

    def call(self, at: float) -> int | None:
        """Return how many calls remain, or nothing for a 429."""
        del self.calls[: bisect_right(self.calls, at - 10)]
        if len(self.calls) >= self.allowance:
            return None
        self.calls.append(at)
        return self.allowance - len(self.calls)


def steady(share: float, allowance: int) -> Iterator[float]:
    at = 0.0
    while True:
        yield at
        at += 10 / (share * allowance)


def at_random(seed: int) -> Callable[[float, int], Iterator[float]]:
    def calls(share: float, allowance: int) -> Iterator[float]:
        chance, at = random.Random(seed), 0.0
        while True:
            yield at
            at += chance.expovariate(share * allowance / 10)

    return calls


@dataclass
class Shared(Time):
    """Our client and another one before one server; answers come while we sleep."""

    theirs: Iterator[float]
    server: Server
    latency: float
    limiter: Limiter = field(init=False)
    in_flight: list[tuple[float, float, int | None]] = field(default_factory=list)
    answered: int = 0
    refused: int = 0

    def __post_init__(self) -> None:
        super().__init__()
        self.limiter = limiter_of(self, self.server.allowance)
        self.their_next = next(self.theirs)

    def sleep(self, seconds: float) -> None:
        self.advance(self.at + seconds)

    def advance(self, until: float) -> None:
        while self.in_flight and self.in_flight[0][0] <= until:
            self.at, since, left = self.in_flight.pop(0)
            self.limiter.heed(told(self.server.allowance, left or 0), since)
            self.answered += left is not None
            if left is None:
                self.refused += 1
                self.limiter.block(2.0)
        self.at = until

    def call(self) -> None:
        since = self.limiter.acquire()
        while self.their_next <= self.at:
            self.server.call(self.their_next)
            self.their_next = next(self.theirs)
        self.in_flight.append((self.at + self.latency, since, self.server.call(self.at)))
        if len(self.in_flight) == 4:
            self.advance(max(self.at, self.in_flight[0][0]))


@pytest.mark.parametrize("pattern", [steady, *map(at_random, range(4))])
@pytest.mark.parametrize("latency", [0.02, 0.15, 0.3])
@pytest.mark.parametrize("allowance", [100, 110, 190])
def test_beside_another_client_hardly_any_call_is_refused(
    pattern: Callable[[float, int], Iterator[float]], latency: float, allowance: int
) -> None:
    """Three minutes at full speed, four calls in flight, while somebody else uses 30 %."""
    both = Shared(pattern(0.3, allowance), Server(allowance), latency)
    while both.at < 180:
        both.call()
    assert both.refused <= 3
    assert both.answered >= 0.88 * 18 * min(0.7 * allowance, 40 / latency)


def nobody(allowance: int) -> Iterator[float]:
    yield float("inf")


@pytest.mark.parametrize("allowance", [100, 110, 190])
def test_alone_the_headers_cost_nothing(allowance: int) -> None:
    """Ten minutes at full speed, with answers that take longer and shorter."""
    alone = Shared(nobody(allowance), Server(allowance), 0.0)
    chance = random.Random(3)
    while alone.at < 600:
        alone.latency = chance.uniform(0.02, 0.2)
        alone.call()
        alone.in_flight.sort()
    assert alone.refused == 0
    assert alone.answered >= 59 * allowance


def daily(limit: int, remaining: int) -> dict[str, str]:
    return {
        "x-hubspot-ratelimit-daily": str(limit),
        "x-hubspot-ratelimit-daily-remaining": str(remaining),
    }


def test_batch_work_leaves_the_day_s_reserve_to_real_time_work() -> None:
    limiter = limiter_of(Time(), 100)
    limiter.heed(daily(1_000, 101), since=0.0)
    limiter.acquire()
    limiter.heed(daily(1_000, 100), since=0.0)
    with pytest.raises(
        Unavailable, match=r"Enough for today: of the 1,000 .* 100 are left.*daily_reserve"
    ):
        limiter.acquire()
    limiter.acquire(priority="realtime")


def test_without_daily_headers_there_is_no_budget() -> None:
    limiter = limiter_of(Time(), 100)
    limiter.heed({"x-hubspot-ratelimit-daily": "1000"}, since=0.0)
    limiter.acquire()


def test_once_in_a_while_one_call_asks_whether_a_new_day_has_begun() -> None:
    time = Time()
    limiter = limiter_of(time, 100)
    limiter.heed(daily(1_000, 0), since=0.0)
    time.at = ASK_AGAIN
    limiter.acquire()
    with pytest.raises(Unavailable):
        limiter.acquire()
    limiter.heed(daily(1_000, 999), since=ASK_AGAIN)
    limiter.acquire()


def test_a_clock_set_back_does_not_hold_calls_for_long() -> None:
    time = Time()
    time.at = 10_000.0
    limiter = limiter_of(time, 10)
    limiter.block(30)
    for _ in range(10):
        limiter.acquire()
    time.at = 5_000.0
    limiter.acquire()
    assert time.at == 5_000.0


class Answers(Time):
    """A clock during whose sleep answers come."""

    def __init__(self) -> None:
        super().__init__()
        self.limiter = limiter_of(self, 1)
        self.due: list[tuple[float, float]] = []

    def sleep(self, seconds: float) -> None:
        until = self.at + max(seconds, 1e-6)
        while self.due and min(self.due)[0] <= until:
            self.at, sent = min(self.due)
            self.due.remove((self.at, sent))
            self.limiter.heed({}, sent)
        self.at = until


@given(
    allowance=st.integers(1, 8),
    calls=st.lists(st.tuples(st.floats(0, 3), st.floats(0, 2), st.floats(0, 2)), max_size=60),
)
def test_calls_that_travel_for_unequal_times_arrive_within_the_allowance(
    allowance: int, calls: list[tuple[float, float, float]]
) -> None:
    """HubSpot counts a call as it arrives, somewhere between its sending and its answer."""
    time = Answers()
    time.limiter = limiter_of(time, allowance)
    arrived = []
    for pause, there, back in calls:
        time.sleep(pause)
        sent = time.limiter.acquire()
        arrived.append(sent + there)
        time.due.append((sent + there + back, sent))
    assert most_in(arrived, 10) <= allowance


def test_a_call_s_place_is_free_a_window_after_its_answer() -> None:
    time = Time()
    limiter = limiter_of(time, 1)
    sent = limiter.acquire()
    time.at = 3.0
    limiter.heed({}, sent)
    assert limiter.acquire() == pytest.approx(3.0 + WINDOW)
