"""Life cycle stages go forward, and never past somebody else's setting."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stagedoor.engine.lifecycle import Verdict, forward_only, verdict, without_stage
from stagedoor.errors import Misconfigured
from stagedoor.mapping.facts import Choice
from stagedoor.mapping.lifecycle import (
    DEFAULT_STAGES,
    PROPERTY,
    is_further,
    lifecycle_conflicts,
    rules_in_order,
    stage_calculator,
)
from stagedoor.mapping.loader import assemble
from stagedoor.mapping.sections import Lifecycle
from stagedoor.model import Action, Base, Change, Desired, ObjectRef
from stagedoor.plugins import load_plugins

ORDER = (*DEFAULT_STAGES[:6], Choice("188765", "Season ticket holder"), *DEFAULT_STAGES[6:])
REF = ObjectRef("contacts", "customer:1")
stage = st.sampled_from([choice.id for choice in ORDER])
maybe = st.none() | stage | st.just("archived stage")


@given(stage, stage, stage)
def test_the_order_of_stages_is_strict(one: str, two: str, three: str) -> None:
    assert not is_further(ORDER, one, one)
    if is_further(ORDER, one, two):
        assert not is_further(ORDER, two, one)
        if is_further(ORDER, two, three):
            assert is_further(ORDER, one, three)


@given(stage, maybe, maybe)
def test_a_write_never_passes_what_somebody_else_set(
    wanted: str, last: str | None, present: str | None
) -> None:
    told = verdict(wanted, last, present, ORDER)
    if told is Verdict.WRITE and present is not None and last is None:
        assert is_further(ORDER, present, wanted)
    if told is Verdict.WRITE and last is not None:
        assert present == last
    assert (told is Verdict.AGREED) is (present == wanted)


@given(stage, maybe, maybe)
def test_the_same_rules_write_nothing_twice(
    wanted: str, last: str | None, present: str | None
) -> None:
    first = verdict(wanted, last, present, ORDER)
    if first is Verdict.WRITE:
        assert verdict(wanted, wanted, wanted, ORDER) is Verdict.AGREED
    elif first is Verdict.KEPT:
        assert verdict(wanted, last, present, ORDER) is Verdict.KEPT


def base(last: str | None) -> Base | None:
    return Base(REF, "7", "a@example.com", {PROPERTY: last} if last else {}, "h")


@given(stage, st.none() | stage)
def test_a_stage_is_wanted_only_when_it_is_further_than_the_last(
    wanted: str, last: str | None
) -> None:
    desired = Desired(REF, "a@example.com", {PROPERTY: wanted, "city": "Iași"}, "h")
    kept = forward_only(desired, base(last), ORDER).properties
    assert kept["city"] == "Iași"
    assert (PROPERTY in kept) is (last is None or is_further(ORDER, last, wanted))


def test_a_person_who_has_no_stage_wants_none() -> None:
    desired = Desired(REF, "a@example.com", {"city": "Iași"}, "h")
    assert forward_only(desired, base("lead"), ORDER) is desired
    assert forward_only(desired, None, ORDER) is desired


def test_the_rest_of_a_change_goes_on_without_its_stage() -> None:
    change = Change(REF, Action.UPDATE, "email", "a@example.com", "7",
                    {PROPERTY: "lead", "city": None}, {PROPERTY: "customer", "city": "Iași"},
                    "h")  # fmt: skip
    left = without_stage(change)
    assert (left.before, left.after) == ({"city": None}, {"city": "Iași"})


def test_rules_are_tried_from_the_furthest_stage_by_id_or_label() -> None:
    rules = Lifecycle(
        stages={
            "lead": True,
            "season ticket holder": "tickets_bought > 9",
            "customer": "orders_bought >= 1",
            "opportunity": False,
        }
    )
    assert rules_in_order(rules, ORDER) == [
        ("188765", "tickets_bought > 9"),
        ("customer", "orders_bought >= 1"),
        ("lead", "true"),
    ]
    sql = stage_calculator(rules, ORDER).sql or ""
    assert sql.index("'188765'") < sql.index("'customer'") < sql.index("'lead'")


def test_a_stage_that_the_portal_lacks_is_named_with_those_it_has() -> None:
    rules = Lifecycle(stages={"friend": True})
    ((_, conflict),) = lifecycle_conflicts(rules, ORDER)
    assert "'friend'" in conflict
    assert "188765" in conflict
    assert "WHEN false" in (stage_calculator(rules, ORDER).sql or "")


def test_every_default_rule_names_a_stage_of_hubspot() -> None:
    assert list(lifecycle_conflicts(Lifecycle(), DEFAULT_STAGES)) == []


@pytest.mark.parametrize(
    ("objects", "words"),
    [
        (
            "contacts: {properties: {lifecyclestage: {constant: lead}}}",
            "both `lifecycle` and the property contacts.lifecyclestage",
        ),
        ("contacts: null", "needs the entry `contacts`"),
    ],
)
def test_one_thing_alone_gives_the_stage(objects: str, words: str) -> None:
    plugins = load_plugins()
    text = f"objects: {{{objects}}}\nlifecycle: {{}}\n"
    with pytest.raises(Misconfigured, match=r"mapping\.yml:2:1") as error:
        assemble(plugins.object_types, plugins.calculators, text)
    assert words in str(error.value)


def test_without_the_section_nobody_is_moved() -> None:
    plugins = load_plugins()
    assert assemble(plugins.object_types, plugins.calculators).lifecycle is None
