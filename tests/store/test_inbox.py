"""What the inbox does with events: each once, done when the run that read it is acknowledged."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st

from stagedoor.arrivals import Arrival
from stagedoor.config import HubSpotSettings
from stagedoor.store import Store, open_store
from stagedoor.store.inbox import Inbox, PutResult

EPOCH = datetime(2026, 9, 1, tzinfo=UTC)
_numbers = itertools.count()


def arrival(key: str | None = None, **changes: Any) -> Arrival:
    usual: dict[str, Any] = {
        "source": "hubspot",
        "event_key": key or f"event-{next(_numbers)}",
        "kind": "change",
        "object_type": "contacts",
        "object_id": "17",
        "occurred_at": "2026-09-01T00:00:00.000+00:00",
        "payload": '{"propertyName": "email"}',
    }
    return Arrival(**{**usual, **changes})


@pytest.fixture
def inbox(store: Store) -> Inbox:
    return store.inbox("sandbox", lambda: EPOCH)


def keys(inbox: Inbox, token: str, limit: int = 100, **only: Any) -> list[str]:
    return [entry.arrival.event_key for entry in inbox.take(token, limit, **only)]


def test_an_event_is_given_back_as_it_arrived(inbox: Inbox) -> None:
    whole = arrival(payload='{"label": "Ștefan"}')
    inbox.put([whole])
    assert [entry.arrival for entry in inbox.take("run-1", 10)] == [whole]


def test_an_event_that_arrives_again_is_kept_once(inbox: Inbox) -> None:
    inbox.put([arrival("a"), arrival("b")])
    again = inbox.put([arrival("a"), arrival("c"), arrival("c")])
    assert (again, keys(inbox, "run-1")) == (PutResult(new=1, duplicates=2), ["a", "b", "c"])


def test_an_event_that_was_read_long_ago_is_still_known(inbox: Inbox) -> None:
    inbox.put([arrival("a")])
    inbox.take("run-1", 10)
    inbox.confirm("run-1")
    assert inbox.put([arrival("a")]) == PutResult(new=0, duplicates=1)


def test_sources_and_portals_number_their_events_by_themselves(store: Store) -> None:
    inboxes = [store.inbox(portal) for portal in ("sandbox", "other")]
    put = [
        one.put([arrival("a", source=source)])
        for one in inboxes
        for source in ("hubspot", "platform")
    ]
    assert put == [PutResult(new=1, duplicates=0)] * 4


def test_a_delivery_larger_than_a_statement_is_kept_whole(inbox: Inbox) -> None:
    events = [arrival(f"e{n:04}") for n in range(1_201)]
    assert (inbox.put([*events, *events[:700]]), keys(inbox, "run-1", 5_000)) == (
        PutResult(new=1_201, duplicates=700),
        [f"e{n:04}" for n in range(1_201)],
    )


def test_keys_longer_than_a_column_are_still_told_apart(inbox: Inbox) -> None:
    long = "k" * 400
    put = inbox.put([arrival(long + "1"), arrival(long + "2"), arrival(long + "1")])
    assert put == PutResult(new=2, duplicates=1)


def test_asking_until_nothing_comes_gives_each_entry_once(inbox: Inbox) -> None:
    inbox.put([arrival(f"e{n}") for n in range(7)])
    pages = [keys(inbox, "run-1", 3) for _ in range(4)]
    assert pages == [["e0", "e1", "e2"], ["e3", "e4", "e5"], ["e6"], []]


def test_a_confirmed_token_ends_its_entries(inbox: Inbox) -> None:
    inbox.put([arrival("a"), arrival("b")])
    inbox.take("run-1", 1)
    assert (inbox.confirm("run-1"), keys(inbox, "run-2")) == (1, ["b"])


def test_what_an_unacknowledged_token_took_is_taken_again(inbox: Inbox) -> None:
    inbox.put([arrival("a"), arrival("b")])
    inbox.take("killed", 10)
    assert [entry.attempts for entry in inbox.take("run-2", 10)] == [2, 2]


def test_a_token_that_was_taken_over_from_confirms_nothing(inbox: Inbox) -> None:
    inbox.put([arrival("a")])
    inbox.take("killed", 10)
    inbox.take("run-2", 10)
    assert (inbox.confirm("killed"), inbox.counts()) == (0, {"taken": 1})


def test_a_token_is_confirmed_once(inbox: Inbox) -> None:
    inbox.put([arrival("a")])
    inbox.take("run-1", 10)
    assert [inbox.confirm("run-1"), inbox.confirm("run-1"), inbox.confirm("unknown")] == [1, 0, 0]


def test_a_token_confirms_in_its_own_portal_only(store: Store) -> None:
    ours, theirs = store.inbox("ours"), store.inbox("theirs")
    for one in (ours, theirs):
        one.put([arrival("a")])
        one.take("same", 10)
    ours.confirm("same")
    assert (ours.counts(), theirs.counts()) == ({"done": 1}, {"taken": 1})


def test_what_nobody_reads_now_waits_on(inbox: Inbox) -> None:
    inbox.put([arrival("a"), arrival("b", object_type="deals"), arrival("c", source="platform")])
    assert (keys(inbox, "run-1", object_types={"contacts"}), inbox.counts()) == (
        ["a"],
        {"taken": 1, "waiting": 2},
    )


def test_history_is_newest_first_and_goes_on_from_the_last_one_seen(inbox: Inbox) -> None:
    inbox.put([arrival(f"e{n}") for n in range(5)])
    first = inbox.history(2)
    rest = inbox.history(10, before=first[-1].id)
    assert [e.arrival.event_key for e in (*first, *rest)] == ["e4", "e3", "e2", "e1", "e0"]


def test_history_tells_what_became_of_an_entry(inbox: Inbox) -> None:
    inbox.put([arrival("a")])
    (taken,) = inbox.take("run-1", 10)
    inbox.note([taken.id], "read")
    inbox.confirm("run-1")
    (kept,) = inbox.history()
    assert (kept.status, kept.attempts, kept.outcome, kept.received_at, kept.done_at) == (
        "done",
        1,
        "read",
        "2026-09-01T00:00:00.000+00:00",
        "2026-09-01T00:00:00.000+00:00",
    )


@pytest.mark.parametrize(
    "asked",
    [{"source": "platform"}, {"object_type": "orders"}, {"object_id": "99"}],
    ids=lambda asked: str(*asked),
)
def test_history_is_narrowed_by_what_is_asked(inbox: Inbox, asked: dict[str, Any]) -> None:
    inbox.put([arrival("a"), arrival("b", source="platform", object_type="orders", object_id="99")])
    assert [entry.arrival.event_key for entry in inbox.history(**asked)] == ["b"]


def test_pruning_forgets_what_is_done_and_old(store: Store) -> None:
    times = iter([EPOCH + timedelta(days=n) for n in range(20)])
    inbox = store.inbox("sandbox", lambda: next(times))
    inbox.put([arrival("old"), arrival("open")])
    inbox.take("run-1", 1)
    inbox.confirm("run-1")
    assert (inbox.prune(EPOCH + timedelta(days=30)), inbox.counts()) == (1, {"waiting": 1})


def test_receivers_that_are_told_the_same_at_once_keep_it_once(store: Store) -> None:
    events = [arrival(f"e{n}") for n in range(40)]
    with ThreadPoolExecutor(6) as receivers:
        put = list(receivers.map(lambda _: store.inbox("sandbox").put(events), range(6)))
    assert sum(result.new for result in put) == 40


Step = tuple[str, int]
STEPS = st.lists(st.tuples(st.sampled_from(["put", "run", "kill", "lose"]), st.integers(0, 9)))


@given(steps=STEPS)
@trying(max_examples=60, deadline=None)
def test_every_event_is_done_only_after_an_acknowledged_run_gave_it(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Step]
) -> None:
    """A run may be killed before its STATE is kept, or lose the STATE after it gave everything."""
    folder = tmp_path_factory.mktemp("inbox")
    store = open_store(HubSpotSettings(state_dir=folder))
    inbox, state, acknowledged = store.inbox("sandbox"), "", set[str]()
    for number, (step, key) in enumerate([*steps, ("run", 0), ("run", 0)]):
        if step == "put":
            inbox.put([arrival(f"e{key}")])
            continue
        inbox.confirm(state)
        given_out = keys(inbox, f"run-{number}", 3 if step == "kill" else 100)
        if step == "run":
            state, acknowledged = f"run-{number}", acknowledged | {*given_out}
        done = {entry.arrival.event_key for entry in inbox.history(100, status="done")}
        assert done <= acknowledged
    put = {f"e{key}" for step, key in steps if step == "put"}
    left = inbox.counts().get("waiting", 0) + inbox.counts().get("taken", 0)
    store.close()
    assert (acknowledged, left) == (put, 0)
