"""The three-way merge: nothing is lost that one side alone says, and at rest nothing moves."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from stagedoor.engine.merge import Decision, Version, merge, writes
from stagedoor.model import Conflict, ObjectRef, Owner, Resolution, Side

REF = ObjectRef("contacts", "customer:1")
NAMES = ("city", "phone", "interests")
EARLY, LATE = (datetime(2026, 11, day, tzinfo=UTC) for day in (1, 2))

values = st.none() | st.sampled_from(["a", "b", "c", "a;b", "b;c", "c;a;d"])
objects = st.dictionaries(st.sampled_from(NAMES), values)
times = st.dictionaries(st.sampled_from(NAMES), st.sampled_from([EARLY, LATE]))
versions = st.builds(Version, objects, times)
owners = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(Owner), min_size=1)


def keep_theirs(conflict: Conflict) -> tuple[str, Resolution]:
    return "tidy", Resolution(conflict.theirs, "HubSpot knows better")


def undecided(_conflict: Conflict) -> None:
    return None


resolvers = st.sampled_from([keep_theirs, undecided])


def one(
    rule: Owner,
    base: str | None,
    ours: str | None,
    theirs: str | None,
    at: tuple[datetime | None, datetime | None] = (None, None),
) -> Decision:
    """Merge one property."""
    platform, hubspot = (
        Version({"city": value}, {"city": when} if when else {})
        for value, when in zip((ours, theirs), at, strict=True)
    )
    (decision,) = merge(REF, {"city": base}, platform, hubspot, {"city": rule})
    return decision


@given(objects, versions, versions, owners, resolvers)
def test_a_merge_that_was_carried_out_is_at_rest(
    base: dict[str, str | None],
    ours: Version,
    theirs: Version,
    rules: dict[str, Owner],
    resolve: Any,
) -> None:
    """Idempotent: both sides and the base get what was decided, and nothing is left to write."""
    decisions = merge(REF, base, ours, theirs, rules, resolve)
    settled = {d.property: d.value for d in decisions if not d.is_open}
    platform = {**ours.properties, **writes(decisions, Side.PLATFORM)}
    hubspot = {**theirs.properties, **writes(decisions, Side.HUBSPOT)}
    again = merge(
        REF,
        {**base, **settled},
        Version(platform, ours.changed_at),
        Version(hubspot, theirs.changed_at),
        rules,
        resolve,
    )
    assert writes(again, Side.PLATFORM) == {}
    assert writes(again, Side.HUBSPOT) == {}
    assert [(d.value, d.is_open) for d in again] == [(d.value, d.is_open) for d in decisions]


@given(objects, versions, versions, owners)
def test_what_neither_side_touched_is_kept(
    base: dict[str, str | None], ours: Version, theirs: Version, rules: dict[str, Owner]
) -> None:
    for decision in merge(REF, base, ours, theirs, rules, keep_theirs):
        if decision.ours == decision.theirs == decision.base:
            assert decision.value == base.get(decision.property)
            assert not decision.is_open


@given(objects, versions, versions, owners)
def test_whatever_the_rule_the_only_side_that_changed_wins(
    base: dict[str, str | None], ours: Version, theirs: Version, rules: dict[str, Owner]
) -> None:
    for decision in merge(REF, base, ours, theirs, rules, keep_theirs):
        if decision.theirs == decision.base != decision.ours:
            assert (decision.value, decision.by) == (decision.ours, "platform")
        if decision.ours == decision.base != decision.theirs:
            assert (decision.value, decision.by) == (decision.theirs, "hubspot")


@given(objects, versions, versions, owners, resolvers)
def test_there_is_one_decision_per_property_and_nothing_else_is_written(
    base: dict[str, str | None],
    ours: Version,
    theirs: Version,
    rules: dict[str, Owner],
    resolve: Any,
) -> None:
    decisions = merge(REF, base, ours, theirs, rules, resolve)
    assert [d.property for d in decisions] == list(rules)
    open_ones = {d.property for d in decisions if d.is_open}
    for side in Side:
        assert writes(decisions, side).keys() <= rules.keys() - open_ones


@given(objects, versions, versions, owners)
def test_a_plugin_is_asked_only_where_no_rule_decides(
    base: dict[str, str | None], ours: Version, theirs: Version, rules: dict[str, Owner]
) -> None:
    asked: list[str] = []

    def ask(conflict: Conflict) -> None:
        asked.append(conflict.property)
        assert rules[conflict.property] in (Owner.MANUAL, Owner.NEWEST)
        assert len({conflict.base, conflict.ours, conflict.theirs}) == 3

    decisions = merge(REF, base, ours, theirs, rules, ask)
    assert asked == [d.property for d in decisions if d.is_open]


@given(values, values, values, st.sampled_from([Owner.NEWEST, Owner.APPEND]))
def test_rules_that_favour_no_side_give_both_the_same_choices_when_they_swap_places(
    base: str | None, ours: str | None, theirs: str | None, rule: Owner
) -> None:
    here = one(rule, base, ours, theirs, (EARLY, LATE))
    there = one(rule, base, theirs, ours, (LATE, EARLY))
    assert set((here.value or "").split(";")) == set((there.value or "").split(";"))


@given(values, values, values)
def test_append_loses_no_choice_that_a_side_added_and_keeps_none_that_a_side_took_away(
    base: str | None, ours: str | None, theirs: str | None
) -> None:
    assume(len({base, ours, theirs}) == 3)
    before, left, right, after = (
        set(filter(None, (text or "").split(";")))
        for text in (base, ours, theirs, one(Owner.APPEND, base, ours, theirs).value)
    )
    assert after == ((left | right) - before) | (before & left & right)


def test_the_owner_wins_when_both_changed() -> None:
    assert one(Owner.PLATFORM, "a", "b", "c").value == "b"
    assert one(Owner.HUBSPOT, "a", "b", "c").value == "c"


def test_newest_is_whichever_side_changed_it_last() -> None:
    assert one(Owner.NEWEST, "a", "b", "c", (EARLY, LATE)).value == "c"
    assert one(Owner.NEWEST, "a", "b", "c", (LATE, EARLY)).value == "b"


@pytest.mark.parametrize("at", [(None, LATE), (EARLY, None), (LATE, LATE), (None, None)])
def test_newest_does_not_guess(at: tuple[datetime | None, datetime | None]) -> None:
    assert one(Owner.NEWEST, "a", "b", "c", at).is_open


def test_if_empty_fills_what_hubspot_lacks_and_overwrites_nothing() -> None:
    assert one(Owner.IF_EMPTY, "a", "b", None).value == "b"
    assert one(Owner.IF_EMPTY, "a", "b", "c").value == "c"


def test_append_keeps_the_order_in_which_choices_came() -> None:
    assert one(Owner.APPEND, "a;b", "b;c", "a;b;d").value == "b;c;d"


def test_an_open_conflict_writes_nothing_and_keeps_the_base() -> None:
    decision = one(Owner.MANUAL, "a", "b", "c")
    assert (decision.value, decision.is_open, decision.by) == ("a", True, "manual")
    assert writes([decision], Side.HUBSPOT) == writes([decision], Side.PLATFORM) == {}


def test_a_plugins_resolution_is_a_decision_with_its_name_and_reason() -> None:
    rules = {"city": Owner.MANUAL}
    ours, theirs = Version({"city": "b"}, {}), Version({"city": "c"}, {})
    (decision,) = merge(REF, {"city": "a"}, ours, theirs, rules, keep_theirs)
    assert (decision.by, decision.reason) == ("tidy", "HubSpot knows better")
    assert writes([decision], Side.PLATFORM) == {"city": "c"}
    assert writes([decision], Side.HUBSPOT) == {}


def test_a_cleared_value_is_a_change_and_an_absent_one_is_none() -> None:
    rules = {"city": Owner.HUBSPOT}
    cleared, silent = Version({"city": None}, {}), Version({}, {})
    (decision,) = merge(REF, {"city": "a"}, cleared, silent, rules)
    assert (decision.value, decision.by) == (None, "platform")
    (decision,) = merge(REF, {"city": "a"}, silent, silent, rules)
    assert (decision.value, decision.by) == ("a", "agreement")


def test_at_first_sight_a_value_is_not_overwritten_by_none() -> None:
    """No base yet: the side that has a value is the one that changed it."""
    assert one(Owner.PLATFORM, None, None, "c").value == "c"
    assert one(Owner.HUBSPOT, None, "b", None).value == "b"
