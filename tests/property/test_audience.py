"""Lists: the difference ends, calls hold everybody once, and a refused call costs one record."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stagedoor.engine.audience import (
    MAX_MEMBERS,
    Attendance,
    KnownList,
    ListPhase,
    ListStep,
    Member,
    MembershipBatch,
    Participation,
    ParticipationPhase,
    WantedList,
    canonical,
    changes_kind,
    occurrence_id,
    steps_of,
)
from stagedoor.hubspot.list_writer import Moved
from stagedoor.mapping.list_members import names_for
from stagedoor.mapping.loader import assemble
from stagedoor.model import Refusal
from stagedoor.plugins import load_plugins
from stagedoor.state.audience_ledger import AudienceLedger
from stagedoor.state.database import StateDatabase
from stagedoor.state.desired import DesiredState
from stagedoor.state.files import FILE_NAME
from stagedoor.state.lists import ListState
from stagedoor.state.pending import Pending
from stagedoor.state.replica import Replica

PLUGINS = load_plugins()
LISTS = assemble(
    PLUGINS.object_types,
    PLUGINS.calculators,
    'lists: {all: {name: "On", sql: "SELECT key FROM should_be"}}',
)
NOW = datetime(2026, 11, 1, tzinfo=UTC)
PEOPLE = st.frozensets(st.integers(0, 12))
NAMES = st.sampled_from(["A", "B"])
FILTERS = st.sampled_from([None, canonical({"a": 1}), canonical({"a": 2})])


@given(NAMES, FILTERS, NAMES, FILTERS)
def test_after_its_steps_a_list_needs_none(
    name: str, filters: str | None, old: str, before: str | None
) -> None:
    wanted = WantedList("k", name, "contacts", filters)
    known = KnownList("k", old, "7", before)
    steps = steps_of(wanted, known)
    assert ListStep.MAKE not in steps
    assert (ListStep.RENAME in steps) is (name != old)
    assert steps_of(wanted, KnownList("k", name, "7", filters)) == ()
    assert changes_kind(wanted, known) is ((filters is None) != (before is None))


@pytest.mark.parametrize("known", [None, KnownList("k", "A", None)])
def test_a_list_that_may_not_be_made_yet_is_to_be_made(known: KnownList | None) -> None:
    assert steps_of(WantedList("k", "A", "contacts"), known) == (ListStep.MAKE,)


@given(st.integers(0, 3 * MAX_MEMBERS), st.integers(0, MAX_MEMBERS))
def test_calls_hold_everybody_once_in_order_and_are_as_few_as_planned(add: int, go: int) -> None:
    members = [Member(n >= add, str(n), None) for n in range(add + go)]
    phase = ListPhase(WantedList("k", "A", "contacts"), (), add, go, lambda: iter(members))
    batches = list(phase.batches())
    assert [m for batch in batches for m in batch.members] == members
    assert all(len(batch.members) <= MAX_MEMBERS for batch in batches)
    assert len(batches) == phase.calls


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 500)), unique=True))
def test_a_call_about_people_is_about_one_event(pairs: list[tuple[int, int]]) -> None:
    people = [Participation(str(e), str(c), str(e), str(c), c) for e, c in sorted(pairs)]
    phase = ParticipationPhase(
        "events", Attendance.REGISTERED, len(people), 0, lambda: iter(people), lambda: iter(())
    )
    batches = list(phase.batches())
    assert [p for batch in batches for p in batch.people] == people
    assert all({p.event_id for p in batch.people} == {batch.event_id} for batch in batches)


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.text(max_size=2), max_size=8))
def test_lists_for_values_never_share_a_name(labels: dict[str, str]) -> None:
    names = names_for("At {event}", "event", labels)
    assert set(names) == set(labels)
    assert len({name.casefold() for name in names.values()}) == len(names)


@given(st.text(), st.text())
def test_an_occurrence_has_one_id_for_ever_and_no_other_has_it(one: str, other: str) -> None:
    assert occurrence_id("e", one) == occurrence_id("e", one)
    assert (occurrence_id("e", one) == occurrence_id("e", other)) is (one == other)


GONE = Refusal("NOT_FOUND", "the record is gone", "plan again")


class Portal:
    """Members of one list, as HubSpot has them; some records it lost."""

    def __init__(self, lost: frozenset[int]) -> None:
        """Lose these records."""
        self.lost = {str(number) for number in lost}
        self.members: set[str] = set()

    def move(self, batch: MembershipBatch) -> Moved:
        """Change members as HubSpot does."""
        missing = [m for m in batch.members if not m.leaves and m.hubspot_id in self.lost]
        came = [number for number in batch.add if number not in self.lost]
        self.members = (self.members | set(came)) - set(batch.remove)
        return Moved(came, batch.remove, [(m, GONE) for m in missing])


@pytest.fixture(scope="module")
def database() -> Iterator[StateDatabase]:
    with tempfile.TemporaryDirectory() as folder:
        state = StateDatabase(Path(folder) / FILE_NAME)
        Replica(state)
        yield state
        state.close()


def fill(database: StateDatabase, wanted: frozenset[int], there: frozenset[int]) -> None:
    """Let these people fit the list, and those be contacts; the id of a contact is its number."""
    database.execute("CREATE OR REPLACE TEMP TABLE should_be (key VARCHAR)")
    database.execute("DELETE FROM ledger.objects")
    for number in wanted:
        database.execute("INSERT INTO should_be VALUES (?)", [f"customer:{number}"])
    for number in there:
        row = ["contacts", f"customer:{number}", str(number), "", "{}", "", "run"]
        database.execute("INSERT INTO ledger.objects VALUES (?, ?, ?, ?, ?, ?, ?, NULL)", row)


def planned(database: StateDatabase) -> list[ListPhase]:
    state = ListState(database, LISTS, {})
    Pending(database)
    state.prepare(DesiredState(database, NOW))
    return list(state.phases())


def run(database: StateDatabase, portal: Portal, *, answers: bool = True) -> None:
    """Carry a plan out; without `answers` the ledger hears nothing of it."""
    ledger = AudienceLedger(database, "run")
    for phase in planned(database):
        for batch in phase.batches():
            moved = portal.move(batch)
            if answers:
                refused = [member.hubspot_id for member, _ in moved.refused]
                ledger.settle_members("all", moved.came, moved.left, refused)
        if answers:
            ledger.settle_list("all", "On", "7")


STEPS = st.lists(st.tuples(PEOPLE, PEOPLE, st.booleans()), min_size=1, max_size=5)


@settings(max_examples=40)  # each runs some thirty statements a step
@given(STEPS, PEOPLE)
def test_whatever_came_before_one_run_ends_with_who_fits_and_the_next_has_nothing_to_do(
    database: StateDatabase, steps: list[tuple[frozenset[int], frozenset[int], bool]],
    lost: frozenset[int],
) -> None:  # fmt: skip
    for table in ("lists", "memberships"):
        database.execute(f"DELETE FROM ledger.{table}")
    portal = Portal(lost)
    for wanted, there, answers in steps:
        fill(database, wanted, there)
        run(database, portal, answers=answers)
    run(database, portal)
    wanted, there, _ = steps[-1]
    fits = {str(number) for number in (wanted & there) - lost}
    assert fits <= portal.members
    told = all(answers for _, _, answers in steps)
    # Who came in a call whose answer was lost, and no longer fits, is not known to be there.
    assert portal.members == fits or not told
    assert planned(database) == []
