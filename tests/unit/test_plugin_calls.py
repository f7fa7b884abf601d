"""Observers and resolvers: values go out, and a failing plugin costs nobody else anything."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import pytest

from stagedoor.engine.observing import Observers
from stagedoor.engine.resolving import Resolvers
from stagedoor.extension import Caller
from stagedoor.model import Conflict, ObjectRef, Outcome, Resolution, Status

OUTCOME = Outcome(ObjectRef("contacts", "customer:1"), Status.CREATED, "501", {"city": "Iași"})
CONFLICT = Conflict(ObjectRef("contacts", "customer:1"), "city", None, "Iași", "Cluj")


def fails(_value: object) -> None:
    raise ValueError("about Ana")


SEVEN: Any = 7
"""Not what a resolution may hold."""


def leaves(_value: object) -> None:
    raise SystemExit(1)


def test_every_observer_is_told_in_order() -> None:
    heard: list[tuple[str, Sequence[Outcome]]] = []

    def hearing(name: str) -> Caller:
        return Caller(name, lambda outcomes: heard.append((name, outcomes)))

    callers = [hearing(name) for name in ("one", "two")]
    Observers(callers).tell([OUTCOME])
    assert [name for name, _ in heard] == ["one", "two"]
    assert heard[0][1] == (OUTCOME,)


def test_what_one_observer_does_to_a_value_the_next_does_not_see() -> None:
    def edits(outcomes: Sequence[Outcome]) -> None:
        outcomes[0].returned["city"] = "Cluj"  # type: ignore[index] # the mistake

    heard: list[str | None] = []
    second = Caller("two", lambda outcomes: heard.append(outcomes[0].returned["city"]))
    Observers([Caller("one", edits), second]).tell([OUTCOME])
    assert heard == ["Iași"]
    assert OUTCOME.returned == {"city": "Iași"}


@pytest.mark.parametrize("failure", [fails, leaves])
def test_a_failing_observer_is_logged_once_and_the_next_is_told(
    failure: Any, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[object] = []
    observers = Observers([Caller("broken", failure), Caller("fine", heard.append)])
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            observers.tell([OUTCOME])
    assert len(heard) == 3
    assert [r.levelname for r in caplog.records] == ["WARNING"]
    assert "'broken' failed in after_settle" in caplog.text
    assert "Ana" not in caplog.text


def test_nobody_is_told_of_nothing() -> None:
    heard: list[object] = []
    Observers([Caller("one", heard.append)]).tell([])
    assert heard == []


def test_the_first_resolver_with_an_answer_decides() -> None:
    resolvers = Resolvers(
        [
            Caller("silent", lambda c: None),
            Caller("eager", lambda c: Resolution(c.ours, "ours is typed by the person")),
            Caller("late", lambda c: Resolution(c.theirs)),
        ]
    )
    assert resolvers(CONFLICT) == ("eager", Resolution("Iași", "ours is typed by the person"))


def test_no_answer_leaves_the_conflict_to_a_person() -> None:
    assert Resolvers([Caller("silent", lambda c: None)])(CONFLICT) is None
    assert Resolvers()(CONFLICT) is None


def test_a_resolution_may_clear_the_value() -> None:
    assert Resolvers([Caller("eager", lambda c: Resolution(None))])(CONFLICT) is not None


@pytest.mark.parametrize("bad", [fails, leaves, lambda c: "Cluj", lambda c: Resolution(SEVEN)])
def test_a_failing_resolver_is_logged_once_and_the_next_is_asked(
    bad: Any, caplog: pytest.LogCaptureFixture
) -> None:
    fine = Caller("fine", lambda c: Resolution(c.theirs))
    resolvers = Resolvers([Caller("broken", bad), fine])
    with caplog.at_level(logging.WARNING):
        answers = {resolvers(CONFLICT) for _ in range(3)}
    assert answers == {("fine", Resolution("Cluj"))}
    assert len(caplog.records) == 1
    assert "'broken' failed in resolve_conflict" in caplog.text
