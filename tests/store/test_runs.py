"""What the store remembers of runs."""

from __future__ import annotations

from stagedoor.store import Store

PORTAL = "sandbox"


def test_a_run_is_running_until_it_says_otherwise(store: Store) -> None:
    run = store.runs.start("outbound", PORTAL)
    assert [(r.run_id, r.status) for r in store.runs.list()] == [(run.run_id, "running")]


def test_a_finished_run_tells_how_it_ended(store: Store) -> None:
    run = store.runs.start("outbound", PORTAL)
    store.runs.finish(run.run_id, "failed", exit_code=3, counts={"calls": 7}, error="no answer")
    kept = store.runs.get(run.run_id)
    assert kept is not None
    assert (kept.status, kept.exit_code, kept.counts, kept.error) == (
        "failed",
        3,
        {"calls": 7},
        "no answer",
    )


def test_the_next_run_of_a_portal_marks_a_killed_one(store: Store) -> None:
    killed = store.runs.start("outbound", PORTAL)
    store.runs.start("outbound", PORTAL)
    kept = store.runs.get(killed.run_id)
    assert kept is not None
    assert kept.status == "interrupted"


def test_a_run_of_another_portal_goes_on(store: Store) -> None:
    other = store.runs.start("outbound", "other")
    store.runs.start("outbound", PORTAL)
    kept = store.runs.get(other.run_id)
    assert kept is not None
    assert kept.status == "running"


def test_runs_are_listed_newest_first(store: Store) -> None:
    ids = [store.runs.start("outbound", f"portal{n}").run_id for n in range(3)]
    assert [run.run_id for run in store.runs.list(limit=2)] in (ids[:0:-1], ids[:0:-1][:2])


def test_the_beginning_of_an_id_finds_the_run(store: Store) -> None:
    run = store.runs.start("outbound", PORTAL)
    found = store.runs.get(run.run_id[:-4])
    assert found is not None
    assert found.run_id == run.run_id


def test_a_wildcard_is_not_a_beginning(store: Store) -> None:
    store.runs.start("outbound", PORTAL)
    assert store.runs.get("%") is None
