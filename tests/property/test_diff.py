"""The difference between desired and agreed state."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stagedoor.engine.diff import agreed, change_of, differing
from stagedoor.model import Action, Base, Desired, ObjectRef

NAMES = st.sampled_from(["email", "firstname", "city", "amount", "phone"])
PROPERTIES = st.dictionaries(NAMES, st.none() | st.sampled_from(["", "0", "a", "b"]).filter(bool))
REF = ObjectRef("contacts", "customer:1")


def base(properties: dict[str, str | None]) -> Base:
    return Base(REF, "501", "ana@example.com", properties, "old")


def desired(properties: dict[str, str | None]) -> Desired:
    return Desired(REF, "ana@example.com", properties, "new")


@given(PROPERTIES)
def test_what_agrees_with_itself_has_no_difference(properties: dict[str, str | None]) -> None:
    assert differing(properties, properties) == {}
    assert change_of(base(properties), desired(properties), "email") is None


@given(PROPERTIES, PROPERTIES)
def test_writing_the_difference_leaves_no_difference(
    before: dict[str, str | None], wanted: dict[str, str | None]
) -> None:
    after = agreed(before, differing(before, wanted), {})
    assert differing(after, wanted) == {}


@given(PROPERTIES, PROPERTIES)
def test_a_change_names_exactly_the_differing_properties(
    before: dict[str, str | None], wanted: dict[str, str | None]
) -> None:
    change = change_of(base(before), desired(wanted), "email")
    names = {name for name, value in wanted.items() if before.get(name) != value}
    assert set(change.after if change else ()) == names
    if change:
        assert change.action is Action.UPDATE
        assert change.before == {name: before.get(name) for name in names}


@given(PROPERTIES)
def test_a_new_object_is_created_with_its_values_and_clears_nothing(
    wanted: dict[str, str | None],
) -> None:
    change = change_of(None, desired(wanted), "email")
    assert change is not None
    assert change.action is Action.CREATE
    assert change.after == {name: value for name, value in wanted.items() if value is not None}


@given(PROPERTIES, PROPERTIES)
def test_properties_for_new_objects_only_are_never_updated(
    before: dict[str, str | None], wanted: dict[str, str | None]
) -> None:
    change = change_of(base(before), desired(wanted), "email", only_new={"city"})
    assert change is None or "city" not in change.after


def test_hubspots_own_spelling_becomes_the_base() -> None:
    """It is what a later read shows; HUBSPOT answers `""` for a cleared property."""
    sent: dict[str, str | None] = {"name": "<b>Ana</b>", "phone": None, "city": "Iași"}
    assert agreed({"zip": "1"}, sent, {"name": "Ana", "phone": ""}) == {
        "zip": "1",
        "name": "Ana",
        "phone": None,
        "city": "Iași",
    }
