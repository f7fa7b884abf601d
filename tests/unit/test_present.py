"""What is written where HubSpot's present value decides: a table of cases."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stagedoor.engine.present import (
    KEEP,
    Seen,
    agreed,
    choices,
    decide,
    heard_of,
    resolve,
    rules_of,
    without_known_choices,
)
from stagedoor.mapping.properties import Property, UpdateMode
from stagedoor.model import Action, Change, ObjectRef, Owner


def rule(mode: str = "overwrite", owner: str = "platform", *, inbound: bool = False) -> Property:
    given = {"from": "x", "update_mode": mode, "owner": owner, "inbound": inbound}
    return Property.model_validate(given)


def change(action: Action = Action.UPDATE, base: Any = None, **after: str | None) -> Change:
    known = "1" if action is Action.UPDATE else None
    before = base or {}
    return Change(
        ObjectRef("contacts", "customer:1"), action, "email", "a@b.c", known, before, after, "h"
    )


@pytest.mark.parametrize(
    ("mode", "base", "present", "wanted", "expected"),
    [
        ("overwrite", "a", "c", "b", "b"),
        ("overwrite", "a", "b", "b", KEEP),
        ("if_empty", None, None, "b", "b"),
        ("if_empty", None, "c", "b", KEEP),
        ("if_empty", "a", None, "0", "0"),
        ("if_empty", None, "false", "true", KEEP),
        ("if_empty", "a", "a", None, KEEP),
        ("append", None, None, "x;y", "x;y"),
        ("append", None, "x", "x;y", ";y"),
        ("append", "x", "x;z", "x;y;y", ";y"),
        ("append", None, "x;y", "y;x", KEEP),
        ("append", "x;y", "x", "x;y", KEEP),
        ("append", "x", "x", None, KEEP),
        ("if_new", None, "c", "b", KEEP),
    ],
)
def test_the_update_mode_decides(
    mode: str, base: str | None, present: str | None, wanted: str | None, expected: object
) -> None:
    assert decide(rule(mode), Seen(base, present, wanted)) == expected


def test_if_new_writes_into_an_object_that_hubspot_does_not_have() -> None:
    assert decide(rule("if_new"), Seen(None, None, "b", exists=False)) == "b"


@pytest.mark.parametrize(
    ("base", "present", "expected"),
    [
        ("a", "a", "b"),  # only the platform changed it
        ("a", "c", KEEP),  # both did
        ("a", None, KEEP),  # somebody emptied it in HubSpot
        (None, "c", KEEP),  # it was there before us
        (None, None, "b"),
    ],
)
def test_hubspots_value_stays_where_hubspot_owns_it_and_changed_it(
    base: str | None, present: str | None, expected: object
) -> None:
    assert decide(rule(owner="hubspot"), Seen(base, present, "b")) == expected


def test_what_is_left_alone_is_not_sent_and_not_agreed() -> None:
    rules = {"note": rule("if_empty")}
    left = resolve(change(note="ours", city="Iași"), {"note": "theirs"}, rules)
    assert (left.after, left.kept) == ({"city": "Iași"}, {})


def test_what_hubspot_holds_already_is_agreed_without_being_sent() -> None:
    left = resolve(change(note="same"), {"note": "same"}, {"note": rule("if_empty")})
    assert (left.after, left.kept) == ({}, {"note": "same"})


def test_a_choice_that_was_added_once_stays_in_the_base() -> None:
    asked = change(base={"tags": "opera"}, tags="opera;rock")
    left = resolve(asked, {"tags": "jazz"}, {"tags": rule("append")})
    assert (left.after, left.kept) == ({"tags": ";rock"}, {"tags": "opera;jazz;rock"})


def test_an_object_that_hubspot_lost_is_left_for_the_push() -> None:
    lost = change(note="ours")
    assert resolve(lost, None, {"note": rule("if_empty")}) is lost


def test_choices_that_were_agreed_need_no_look_at_hubspot() -> None:
    known = change(base={"tags": "a;b;c"}, tags="c;a")
    assert without_known_choices(known, {"tags": rule("append")}).after == {}
    new = change(base={"tags": "a"}, tags="a;b")
    assert without_known_choices(new, {"tags": rule("append")}).after == {"tags": "a;b"}


def test_only_properties_that_depend_on_hubspot_have_rules() -> None:
    entries = {"a": rule(), "b": rule("append"), "c": rule(owner="hubspot")}
    assert set(rules_of(entries)) == {"b", "c"}


VALUES = st.none() | st.lists(st.sampled_from("abc"), min_size=1).map(";".join)


ONE_WAY = st.builds(
    rule, st.sampled_from(UpdateMode), st.sampled_from([Owner.PLATFORM, Owner.HUBSPOT])
)
TWO_WAY = st.builds(rule, st.just("overwrite"), st.sampled_from(Owner), inbound=st.just(True))


@given(VALUES, VALUES, VALUES, ONE_WAY | TWO_WAY)
def test_what_was_just_written_is_not_written_again(
    base: str | None, present: str | None, wanted: str | None, entry: Property
) -> None:
    """Whatever base, HubSpot and platform say, the second decision is to write nothing."""
    seen = Seen(base, present, wanted)
    decision = decide(entry, seen)
    after = present if decision is KEEP else decision
    if isinstance(after, str) and after.startswith(";"):
        after = ";".join([*choices(present), *choices(after)])
    (settled,) = [*agreed(entry, seen), base if decision is KEEP else after][:1]
    assert decide(entry, Seen(settled, after, wanted)) is KEEP


@given(VALUES, VALUES)
def test_appending_takes_nothing_away_and_doubles_nothing(
    present: str | None, wanted: str | None
) -> None:
    decision = decide(rule("append"), Seen(None, present, wanted))
    added = () if decision is KEEP else choices(str(decision))
    assert not set(added) & set(choices(present))
    assert {*choices(present), *added} == {*choices(present), *choices(wanted)}


@given(VALUES, VALUES, st.sampled_from(Owner))
def test_the_platforms_own_edit_of_a_two_way_property_is_written(
    base: str | None, wanted: str | None, owner: Owner
) -> None:
    decision = decide(rule(owner=owner, inbound=True), Seen(base, base, wanted))
    assert decision == (KEEP if base == wanted else wanted)


@pytest.mark.parametrize("owner", [o for o in Owner if o is not Owner.PLATFORM])
def test_an_edit_in_hubspot_that_nobody_has_seen_yet_is_not_overwritten(owner: Owner) -> None:
    assert decide(rule(owner=owner, inbound=True), Seen("a", "theirs", "ours")) is KEEP


def test_a_property_that_waits_for_a_person_is_left_alone() -> None:
    rules = {"x": rule(owner="platform", inbound=True)}
    left = resolve(change(base={"x": "a"}, x="ours"), {"x": "a"}, rules, waiting={"x"})
    assert left.after == {}


FIRST = {"email": "a@b.c", "city": "Arad", "phone": "1"}
SECOND = {"email": "a@b.c", "city": "Deva", "phone": "1"}


@pytest.mark.parametrize(
    ("held", "arrived", "doubted"),
    [
        pytest.param({}, {}, {"email", "city", "phone"}, id="nothing is there"),
        pytest.param(SECOND, SECOND, set(), id="the second is there"),
        pytest.param(FIRST, FIRST, {"city"}, id="the first is there, the second may have been"),
        pytest.param(
            {**SECOND, "city": "Cluj"},
            {"email": "a@b.c", "phone": "1"},
            {"city"},
            id="one of them is there, and what tells them apart was edited",
        ),
    ],
)
def test_of_writes_nobody_heard_of_it_is_told_what_can_be(
    held: dict[str, str | None], arrived: dict[str, str | None], doubted: set[str]
) -> None:
    assert heard_of([FIRST, SECOND], held, {}) == (arrived, doubted)


def test_of_one_write_sent_twice_and_an_earlier_one_it_is_told_that_the_later_is_there() -> None:
    assert heard_of([FIRST, SECOND, SECOND], SECOND, {}) == (SECOND, set())
