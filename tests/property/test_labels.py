"""Labels of a pair: ours are given and taken, other people's always stay."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stagedoor.engine.labels import INTENTION, PRIMARY, LabelPair, Standing, give, is_held, take
from stagedoor.model import AssociationType, ObjectRef, Pair, Spec

PAIR = Pair(ObjectRef("deals", "order:1"), ObjectRef("contacts", "customer:1"), "10", "20")
PLAIN = Spec("HUBSPOT_DEFINED", 3)


def kind(number: int) -> AssociationType:
    return AssociationType(
        f"ours_{number}",
        "deals",
        "contacts",
        number,
        category="USER_DEFINED",
        default=False,
        label=f"Ours {number}",
    )


PRIMARY_COMPANY = AssociationType(
    "primary", "contacts", "companies", 1, default=False, label="Primary"
)
OURS = [kind(number) for number in range(1_001, 1_005)]
kinds = st.lists(st.sampled_from(OURS), unique=True)
some_kinds = st.lists(st.sampled_from(OURS), unique=True, min_size=1)
theirs = st.dictionaries(
    st.integers(2_000, 2_005).map(lambda n: Spec("USER_DEFINED", n)), st.just("Theirs"), max_size=4
)
standings = st.dictionaries(st.sampled_from([k.name for k in OURS]), st.sampled_from(Standing))


@st.composite
def present(draw: Any) -> dict[Spec, str | None]:
    """What a pair has: nothing, or the plain kind and any labels."""
    labels = {k.spec: k.label for k in draw(kinds)} | draw(theirs)
    return {PLAIN: None, **labels} if labels or draw(st.booleans()) else {}


@given(some_kinds, present(), standings)
def test_giving_names_all_that_was_there_and_all_that_is_given(
    given_kinds: list[AssociationType],
    there: dict[Spec, str | None],
    standing: dict[str, Standing],
) -> None:
    item = LabelPair(PAIR, tuple(given_kinds), tuple(given_kinds), standing)
    step = give(item, there, has_other_primary=False)
    wanted = {k.spec for k in given_kinds}
    if wanted <= there.keys():
        assert not step.is_call
    else:
        assert set(there) | wanted <= set(step.put)
    assert len(set(step.put)) == len(step.put)
    assert step.standing.keys() == {k.name for k in given_kinds}


@given(some_kinds, present())
def test_what_was_there_before_us_is_never_called_ours(
    given_kinds: list[AssociationType], there: dict[Spec, str | None]
) -> None:
    step = give(LabelPair(PAIR, tuple(given_kinds)), there, has_other_primary=False)
    for k in given_kinds:
        assert (step.standing[k.name] is Standing.KEPT) is (k.spec in there)


@given(some_kinds, present(), standings, st.booleans())
def test_taking_leaves_what_other_people_gave(
    taken: list[AssociationType],
    there: dict[Spec, str | None],
    standing: dict[str, Standing],
    plain: bool,
) -> None:
    item = LabelPair(PAIR, tuple(taken), (), standing, plain)
    step = take(item, there)
    ours = {k.spec for k in taken if standing.get(k.name) is not Standing.KEPT}
    left = {} if step.take_pair else {s: v for s, v in there.items() if s not in step.take}
    assert not ours & left.keys()
    labels = {s for s, label in there.items() if label and s not in ours}
    assert labels <= left.keys()
    if plain and PLAIN in there:
        assert PLAIN in left


@given(some_kinds, theirs)
def test_what_is_given_and_taken_leaves_the_pair_as_it_was(
    some: list[AssociationType], labels: dict[Spec, str | None]
) -> None:
    there: dict[Spec, str | None] = {PLAIN: None, **labels} if labels else {}
    gift = give(LabelPair(PAIR, tuple(some)), there, has_other_primary=False)
    after: dict[Spec, str | None] = {PLAIN: None} | dict.fromkeys(gift.put, "label")
    after |= there
    back = take(LabelPair(PAIR, tuple(some), (), gift.standing), after)
    left = {} if back.take_pair else {s: v for s, v in after.items() if s not in back.take}
    assert left == there


@given(st.sampled_from(list(INTENTION)))
def test_a_label_whose_answer_was_lost_is_still_ours(made: Standing) -> None:
    item = LabelPair(PAIR, (OURS[0],), standing={OURS[0].name: INTENTION[made]})
    step = give(item, {PLAIN: None, OURS[0].spec: "Ours"}, has_other_primary=False)
    assert step.standing[OURS[0].name] is made


def test_a_primary_company_that_somebody_chose_stays() -> None:
    item = LabelPair(PAIR, (PRIMARY_COMPANY,))
    assert PRIMARY_COMPANY.spec in PRIMARY
    step = give(item, {}, has_other_primary=True)
    assert not step.is_call
    assert step.standing == {"primary": Standing.KEPT}
    assert give(item, {}, has_other_primary=False).put == (PRIMARY_COMPANY.spec,)


def test_labels_given_a_moment_ago_are_named_again() -> None:
    """HubSpot may not show them yet, and would take away what the call leaves out."""
    item = LabelPair(PAIR, (OURS[1],), tuple(OURS[:2]), {OURS[0].name: Standing.MADE})
    put = give(item, {PLAIN: None}, has_other_primary=False).put
    assert set(put) == {PLAIN, OURS[0].spec, OURS[1].spec}


def test_a_pair_with_a_label_is_held_and_primary_is_none_that_counts() -> None:
    assert not is_held({PLAIN: None, Spec("HUBSPOT_DEFINED", 1): "Primary"})
    assert is_held({PLAIN: None, Spec("USER_DEFINED", 2_000): "Theirs"})
