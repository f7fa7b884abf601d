"""A session ends at its time, by its owner's wish, and with all others of its key."""

from __future__ import annotations

from sqlalchemy import text

from stagedoor.store import Store
from stagedoor.store.sessions import Sessions


def test_a_session_ends_at_its_time_and_is_forgotten(store: Store) -> None:
    now = [1_000.0]
    sessions = Sessions(store.engine, lambda: now[0])
    sessions.begin("word", "k1", 60)
    now[0] += 59
    assert (sessions.key_id("word"), sessions.prune()) == ("k1", 0)
    now[0] += 1
    assert (sessions.key_id("word"), sessions.prune()) == (None, 1)


def test_who_signs_out_ends_his_own(store: Store) -> None:
    for word in ("one", "two"):
        store.sessions.begin(word, "k1", 60)
    store.sessions.end("one")
    assert [store.sessions.key_id(word) for word in ("one", "two")] == [None, "k1"]


def test_all_sessions_of_a_key_end_together(store: Store) -> None:
    for word, key in (("one", "k1"), ("two", "k1"), ("three", "k2")):
        store.sessions.begin(word, key, 60)
    assert store.sessions.end_all("k1") == 2
    assert store.sessions.key_id("three") == "k2"


def test_the_store_does_not_hold_what_the_browser_brings(store: Store) -> None:
    store.sessions.begin("the-word", "k1", 60)
    with store.engine.connect() as connection:
        row = connection.execute(text("SELECT * FROM stagedoor_sessions")).one()
    assert "the-word" not in str(row)
