"""People are told once when something turns bad, and once when it is good again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stagedoor_service.application.alert_rules import (
    ATTEMPTS,
    LONGEST_WAIT,
    Condition,
    Facts,
    Limits,
    Link,
    changes,
    waits,
)

FACTS = st.builds(
    Facts,
    link=st.sampled_from(Link),
    failures=st.integers(0, 5),
    last_error=st.sampled_from(["", "UNAVAILABLE: HubSpot {did} not answer"]),
    dead_letters=st.integers(0, 60),
    waiting_seconds=st.floats(0, 2_000),
    calls_left=st.floats(0, 1),
)
LIMITS = st.builds(
    Limits,
    failed_runs=st.integers(1, 4),
    dead_letters=st.integers(1, 40),
    backlog_seconds=st.floats(1, 1_000),
    calls_left=st.floats(0, 1),
)
GOOD = Facts()


def told(history: list[Facts], limits: Limits) -> tuple[list[tuple[Condition, bool]], set[str]]:
    """Return what is told while facts change, and what is bad in the end."""
    bad: set[str] = set()
    said = []
    for facts in history:
        for change in changes(facts, limits, bad):
            said.append((change.condition, change.is_bad))
            (bad.add if change.is_bad else bad.discard)(change.condition)
    return said, bad


@given(facts=FACTS, limits=LIMITS)
def test_what_stays_as_it_is_is_told_once(facts: Facts, limits: Limits) -> None:
    once, _ = told([facts], limits)
    many, _ = told([facts] * 4, limits)
    assert many == once


@given(history=st.lists(FACTS, max_size=12), limits=LIMITS)
def test_bad_and_good_take_turns_and_bad_comes_first(history: list[Facts], limits: Limits) -> None:
    said, _ = told(history, limits)
    for condition in Condition:
        turns = [is_bad for name, is_bad in said if name == condition]
        assert turns == [n % 2 == 0 for n in range(len(turns))]


@given(history=st.lists(FACTS, max_size=12), limits=LIMITS)
def test_everything_recovers_when_all_is_well(history: list[Facts], limits: Limits) -> None:
    _, bad = told([*history, GOOD], limits)
    assert bad == set()


@given(history=st.lists(FACTS, max_size=8), limits=LIMITS)
def test_whoever_begins_anew_with_what_was_told_goes_on_the_same(
    history: list[Facts], limits: Limits
) -> None:
    """The state is what was told last: a process that was killed forgets nothing."""
    said, bad = told(history, limits)
    last = dict(said)
    assert bad == {condition for condition, is_bad in last.items() if is_bad}


@given(limits=LIMITS, swing=st.lists(st.booleans(), max_size=10))
def test_what_swings_around_its_limit_is_told_once(limits: Limits, swing: list[bool]) -> None:
    limits = replace(limits, dead_letters=max(limits.dead_letters, 4))
    over, under = limits.dead_letters, limits.dead_letters - 1
    history = [Facts(dead_letters=over)]
    history += [Facts(dead_letters=over if up else under) for up in swing]
    said, _ = told(history, limits)
    assert said == [(Condition.DEAD_LETTERS, True)]


@pytest.mark.parametrize(
    ("facts", "condition", "words"),
    [
        (Facts(link=Link.RECONNECT), Condition.CONNECTION, "must be connected again"),
        (Facts(link=Link.DISCONNECTED), Condition.CONNECTION, "is disconnected"),
        (Facts(failures=2, last_error="BUSY: held"), Condition.RUNS, "2 run(s) failed one"),
        (Facts(dead_letters=20), Condition.DEAD_LETTERS, "20 records"),
        (Facts(waiting_seconds=600), Condition.BACKLOG, "10 minutes"),
        (Facts(calls_left=0.1), Condition.QUOTA, "10%"),
    ],
    ids=lambda value: value.value if isinstance(value, Condition) else None,
)
def test_the_sentence_says_what_is_wrong(facts: Facts, condition: Condition, words: str) -> None:
    (change,) = changes(facts, Limits(), ())
    assert (change.condition, words in change.message) == (condition, True)


def test_a_portal_that_was_never_in_use_is_no_problem() -> None:
    assert changes(Facts(link=Link.NEVER), Limits(), ()) == []


def test_a_receiver_that_is_away_is_tried_ever_more_seldom_and_then_no_more() -> None:
    found = list(waits())
    assert (found, len(found), found[-1]) == (sorted(found), ATTEMPTS - 1, LONGEST_WAIT)
