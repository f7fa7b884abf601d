"""Erasing a person takes their events, and what runs show of them, out of the store."""

from __future__ import annotations

from stagedoor.arrivals import Arrival
from stagedoor.engine.person import Person
from stagedoor.store import Store

ANA = Person(frozenset({"17"}), frozenset({"ana@example.com"}))


def event(key: str, payload: str) -> Arrival:
    return Arrival("platform", key, "customer.updated", "customers", "1", "2026-01-01", payload)


def test_events_that_tell_of_the_person_go_and_others_stay(store: Store) -> None:
    store.inbox("prod").put(
        [
            event("1", '{"rows": {"customers": [{"customer_id": "17"}]}}'),
            event("2", '{"rows": {"orders": [{"order_id": "1", "email": "Ana@example.com"}]}}'),
            event("3", '{"rows": {"customers": [{"customer_id": "170"}]}}'),
        ]
    )
    store.inbox("other").put([event("4", '{"email": "ana@example.com"}')])
    store.erasures.erase("prod", ANA)
    left = [entry.arrival.event_key for entry in store.inbox("prod").history()]
    assert (left, len(store.inbox("other").history())) == (["3"], 1)


def test_what_a_plan_and_a_request_show_of_the_person_is_emptied(store: Store) -> None:
    run = store.queue.put("plan", "prod", {"ids": ["ana@example.com"]}, asked_by="test")
    assert run is not None
    store.queue.note_result(run.run_id, {"lines": ["contacts customer:17 ana@example.com"]})
    store.erasures.erase("prod", ANA)
    kept = store.runs.get(run.run_id)
    assert kept is not None
    assert (kept.request, kept.result) == (None, None)
