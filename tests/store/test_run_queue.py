"""A run that is asked for is carried out once, whoever is killed meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from stagedoor.store import Store
from stagedoor.store.run_queue import ATTEMPTS, CLAIM, RunQueue
from stagedoor.store.runs import RunRecord


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(store: Store, clock: Clock) -> RunQueue:
    return RunQueue(store.engine, clock)


def ask(queue: RunQueue, portal: str = "sandbox", slot: str | None = None) -> RunRecord | None:
    return queue.put("outbound", portal, {"ids": ["1"]}, asked_by="test", slot=slot)


def test_what_waits_longest_is_claimed_first(queue: RunQueue) -> None:
    asked = [ask(queue) for _ in range(3)]
    claimed = [queue.claim("w") for _ in range(4)]
    ids = [run.run_id for run in asked if run]
    assert [run.run_id if run else None for run in claimed] == [*ids, None]


def test_a_claimed_run_tells_what_it_is_to_do(queue: RunQueue) -> None:
    ask(queue)
    run = queue.claim("w")
    assert run is not None
    assert (run.request, run.asked_by, run.attempts) == ({"ids": ["1"]}, "test", 1)


def test_a_slot_is_queued_once(queue: RunQueue) -> None:
    assert [bool(ask(queue, slot="hourly:12")) for _ in range(3)] == [True, False, False]


def test_a_portal_that_is_busy_is_left_out(queue: RunQueue) -> None:
    ask(queue, "busy")
    other = ask(queue, "free")
    claimed = queue.claim("w", without=["busy"])
    assert claimed is not None
    assert other is not None
    assert claimed.run_id == other.run_id


def test_many_workers_never_claim_a_run_twice(store: Store) -> None:
    queue = RunQueue(store.engine)
    for _ in range(30):
        ask(queue)

    def work(worker: str) -> list[str]:
        claimed = []
        while run := queue.claim(worker):
            claimed.append(run.run_id)
        return claimed

    with ThreadPoolExecutor(6) as pool:
        found = [run for runs in pool.map(work, "abcdef") for run in runs]
    assert len(found) == len(set(found)) == 30


def test_a_killed_workers_run_comes_back_when_its_claim_has_run_out(
    store: Store, queue: RunQueue, clock: Clock
) -> None:
    ask(queue)
    run = queue.claim("killed")
    assert run is not None
    store.runs.start("outbound", "sandbox", run.run_id)
    assert queue.recover() == 0
    clock.now += CLAIM + 1
    assert queue.recover() == 1
    again = queue.claim("next")
    assert again is not None
    assert (again.run_id, again.attempts) == (run.run_id, 2)


def test_a_claim_that_is_renewed_lasts(queue: RunQueue, clock: Clock) -> None:
    ask(queue)
    run = queue.claim("w")
    assert run is not None
    clock.now += CLAIM - 1
    queue.renew("w", [run.run_id])
    clock.now += CLAIM - 1
    assert (queue.recover(), queue.claim("other")) == (0, None)


def test_a_run_that_kills_every_worker_fails(store: Store, queue: RunQueue, clock: Clock) -> None:
    asked = ask(queue)
    assert asked is not None
    for _ in range(ATTEMPTS):
        run = queue.claim("w")
        assert run is not None
        store.runs.start("outbound", "sandbox", run.run_id)
        clock.now += CLAIM + 1
        queue.recover()
    kept = store.runs.get(asked.run_id)
    assert kept is not None
    assert (kept.status, kept.exit_code) == ("failed", 1)


def test_what_a_worker_hands_back_does_not_count_as_an_attempt(
    store: Store, queue: RunQueue
) -> None:
    ask(queue)
    run = queue.claim("stopping")
    assert run is not None
    store.runs.start("outbound", "sandbox", run.run_id)
    assert queue.hand_back("stopping") == 1
    again = queue.claim("next")
    assert again is not None
    assert again.attempts == 1


def test_a_finished_run_stays_finished(store: Store, queue: RunQueue, clock: Clock) -> None:
    ask(queue)
    run = queue.claim("w")
    assert run is not None
    store.runs.start("outbound", "sandbox", run.run_id)
    store.runs.finish(run.run_id, "done", exit_code=0, counts={})
    clock.now += CLAIM + 1
    assert (queue.recover(), queue.hand_back("w"), queue.claim("x")) == (0, 0, None)
