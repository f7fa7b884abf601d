"""The plan: every change once, in calls that are as full as they may be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stagedoor.engine import explain
from stagedoor.engine.batches import MAX_OBJECTS, MAX_PAIRS
from stagedoor.engine.plan import AssociationPhase, ObjectPhase, Plan, fewest_calls
from stagedoor.model import Action, AssociationType, Change, ObjectRef, Pair

TO_COMPANY = AssociationType("contacts_to_companies", "contacts", "companies", 279)


def change(number: int, action: Action = Action.CREATE) -> Change:
    return Change(
        ObjectRef("contacts", f"customer:{number}"),
        action,
        "email",
        f"p{number}@example.com",
        None if action is Action.CREATE else str(number),
        {"city": "Cluj"},
        {"city": "Iași"},
        "hash",
    )


def phase(count: int, action: Action = Action.CREATE) -> ObjectPhase:
    return ObjectPhase(
        "contacts", action, count, lambda: iter([change(n, action) for n in range(count)])
    )


def pairs(count: int) -> AssociationPhase:
    ends = [ObjectRef("contacts", f"c{n}") for n in range(count)]
    company = ObjectRef("companies", "company:1")
    made = [Pair(end, company, f"{n}", "9") for n, end in enumerate(ends)]
    return AssociationPhase(TO_COMPANY, remove=False, count=count, pairs=lambda: iter(made))


@given(st.integers(0, 450))
def test_every_change_is_in_exactly_one_batch_and_only_the_last_is_short(count: int) -> None:
    batches = list(phase(count).batches())
    assert [c for batch in batches for c in batch.changes] == list(phase(count).changes())
    assert all(len(batch.changes) == MAX_OBJECTS for batch in batches[:-1])


@given(st.integers(0, 450), st.integers(0, 4_100))
def test_the_announced_calls_are_the_calls_made(objects: int, associations: int) -> None:
    plan = Plan((phase(objects),), (pairs(associations),), {})
    made = len(list(plan.objects[0].batches())) + len(list(plan.associations[0].batches()))
    assert made == fewest_calls(plan)
    assert all(len(b.pairs) <= MAX_PAIRS for b in plan.associations[0].batches())


def test_a_plan_may_be_walked_twice() -> None:
    """Explain and apply read the same plan, one after the other."""
    plan = Plan((phase(3),), (), {})
    assert list(plan.objects[0].changes()) == list(plan.objects[0].changes())


def test_only_updates_count_as_changes_of_existing_objects() -> None:
    assert Plan((phase(5), phase(3, Action.UPDATE)), (), {}).updates == 3


def test_the_explanation_shows_each_property_before_and_after() -> None:
    plan = Plan((phase(1, Action.UPDATE),), (), {"contacts": 7})
    assert list(explain.lines(plan, lambda _phase: iter(()))) == [
        "update contacts customer:0",
        '    city: "Cluj" → "Iași"',
        "contacts: 0 to create, 1 to update, 7 unchanged",
        "calls needed: 1",
    ]


def test_an_empty_plan_says_so() -> None:
    assert list(explain.lines(Plan((), (), {}), lambda _phase: iter(()))) == ["nothing to do"]
