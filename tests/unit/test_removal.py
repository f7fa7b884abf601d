"""What becomes of objects that left the platform, and how many may go at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stagedoor.engine.removal import (
    Leaving,
    Reason,
    Removal,
    RemovalPhase,
    allowed,
    emptied,
    removal_of,
    too_many,
)
from stagedoor.errors import Misconfigured
from stagedoor.mapping.document import WhenAnonymised, WhenDeleted
from stagedoor.mapping.loader import assemble
from stagedoor.model import ObjectRef
from stagedoor.plugins import load_plugins

NO, CLEAR, ARCHIVE = WhenDeleted.NONE, WhenDeleted.CLEAR, WhenDeleted.ARCHIVE
NEVER, EMPTY, GDPR = WhenAnonymised.NONE, WhenAnonymised.CLEAR, WhenAnonymised.GDPR_DELETE


@pytest.mark.parametrize(
    ("when_deleted", "when_anonymised", "deleted", "anonymised", "wanted"),
    [
        (NO, NEVER, True, True, None),
        (CLEAR, NEVER, True, False, (Removal.CLEAR, Reason.DELETED)),
        (ARCHIVE, NEVER, True, False, (Removal.ARCHIVE, Reason.DELETED)),
        (ARCHIVE, NEVER, False, True, None),
        (ARCHIVE, GDPR, True, True, (Removal.ERASE, Reason.ANONYMISED)),
        (ARCHIVE, NEVER, True, True, (Removal.ARCHIVE, Reason.DELETED)),
        (NO, EMPTY, False, True, (Removal.CLEAR, Reason.ANONYMISED)),
        (NO, GDPR, True, False, None),
    ],
)
def test_the_mapping_says_what_becomes_of_it(
    when_deleted: WhenDeleted,
    when_anonymised: WhenAnonymised,
    deleted: bool,
    anonymised: bool,
    wanted: tuple[Removal, Reason] | None,
) -> None:
    found = removal_of(when_deleted, when_anonymised, deleted=deleted, anonymised=anonymised)
    assert found == wanted


def test_clearing_keeps_the_match_key_and_what_hubspot_needs() -> None:
    held = {"stagedoor_id": "order:1", "dealname": "A1", "dealstage": "won", "amount": "10"}
    assert emptied(held, "stagedoor_id", Reason.DELETED) == {"amount": "10"}


def test_clearing_an_anonymised_person_takes_the_address_too() -> None:
    held = {"email": "ana@example.com", "city": "Iași", "phone": None}
    cleared = emptied(held, "email", Reason.ANONYMISED)
    assert cleared == {"email": "ana@example.com", "city": "Iași"}


def test_clearing_twice_has_nothing_left_to_clear() -> None:
    left = {"email": "ana@example.com", "city": None}
    assert emptied(left, "email", Reason.DELETED) == {}


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_nothing_below_the_whole_share_allows_to_empty_a_type(total: int, share: float) -> None:
    may = allowed(total, share)
    assert may <= total
    assert may >= int(total * share)
    assert may < total or share == 1 or total == 1


@pytest.mark.parametrize(
    ("total", "may"), [(1, 1), (2, 1), (4, 2), (20, 10), (200, 10), (1_000, 50), (0, 0)]
)
def test_five_percent_or_ten_where_that_is_at_most_half(total: int, may: int) -> None:
    assert allowed(total, 0.05) == may


def test_the_sentence_says_how_many_of_how_many() -> None:
    (sentence,) = too_many({"contacts": (400, 5_000), "deals": (1, 5_000)}, 0.05)
    assert sentence == "400 of 5,000 contacts (250 are allowed)"


def test_a_removal_empties_by_update_and_counts_its_calls() -> None:
    ref = ObjectRef("contacts", "customer:1")
    leaving = Leaving(
        ref, "501", "email", "a@example.com", Removal.CLEAR, Reason.DELETED, {"city": "Cluj"}
    )
    assert leaving.as_change().after == {"city": None}
    phases = [
        RemovalPhase("contacts", "contacts", r, 250, lambda: iter([leaving] * 250)) for r in Removal
    ]
    assert [phase.calls for phase in phases] == [3, 3, 250]
    assert [len(batch) for batch in phases[0].batches()] == [100, 100, 50]


VISITS = """
  visits:
    object_type: contacts
    sql: SELECT 1 AS key
    match_key: email
    properties: {email: {from: key}}
    when_deleted: clear
"""


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("  deals: {when_anonymised: gdpr_delete}", ":2:11: .*objects of deals are not people"),
        (VISITS, ":8:5: .*nobody knows which objects of visits"),
        ("  contacts: {when_deleted: delete}", "Write 'none', 'clear' or 'archive'"),
    ],
)
def test_what_cannot_be_carried_out_is_said_with_its_place(entry: str, words: str) -> None:
    plugins = load_plugins()
    with pytest.raises(Misconfigured, match=words):
        assemble(plugins.object_types, plugins.calculators, f"objects:\n{entry}\n")
