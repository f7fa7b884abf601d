"""What the store does with letters."""

from __future__ import annotations

from typing import Any

import pytest

from stagedoor.store import Store
from stagedoor.store.dead_letters import DeadLetter, KeptLetter, replayable

PORTAL = "sandbox"


def letter(**changes: Any) -> DeadLetter:
    usual: dict[str, Any] = {
        "stage": "push",
        "object_type": "contacts",
        "key": "customer:1",
        "code": "INVALID_EMAIL",
        "message": "email is not an address",
        "advice": "Correct it.",
    }
    return DeadLetter(**{**usual, **changes})


def bury(store: Store, *letters: DeadLetter, run_id: str = "run-1") -> None:
    store.dead_letters.bury(letters, portal=PORTAL, run_id=run_id)


def opened(store: Store) -> list[KeptLetter]:
    return store.dead_letters.list(PORTAL)


def test_a_letter_is_given_back_as_it_was_buried(store: Store) -> None:
    whole = letter(
        properties=("email", "phone"),
        category="VALIDATION_ERROR",
        correlation_id="abc-1",
        record='{"email": "Ștefan"}',
    )
    bury(store, whole)
    assert [kept.letter for kept in opened(store)] == [whole]


def test_the_same_refusal_of_the_same_object_is_counted(store: Store) -> None:
    bury(store, letter())
    bury(store, letter(message="still not an address"), run_id="run-2")
    assert [(k.times, k.run_id, k.letter.message) for k in opened(store)] == [
        (2, "run-2", "still not an address")
    ]


def test_the_same_refusal_twice_in_one_batch_is_one_letter(store: Store) -> None:
    bury(store, letter(), letter())
    assert [kept.times for kept in opened(store)] == [2]


@pytest.mark.parametrize(
    "other",
    [
        {"key": "customer:2"},
        {"object_type": "deals"},
        {"code": "OTHER"},
        {"stage": "mapping"},
        {"properties": ("phone",)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_refusal_is_another_letter(store: Store, other: dict[str, Any]) -> None:
    bury(store, letter())
    bury(store, letter(**other))
    assert len(opened(store)) == 2


def test_two_records_without_a_key_are_two_letters(store: Store) -> None:
    """A record that cannot be taken in may have no key; neither may replace the other."""
    for name in ("Ana", "Ion"):
        bury(store, letter(stage="record", key="", record=f'{{"name": "{name}"}}'))
    assert len(opened(store)) == 2


def test_letters_of_another_portal_are_not_listed(store: Store) -> None:
    store.dead_letters.bury([letter()], portal="other", run_id="run-1")
    assert opened(store) == []


def test_a_written_object_closes_the_letters_that_hubspot_caused(store: Store) -> None:
    bury(store, letter())
    store.dead_letters.resolve(PORTAL, "contacts", ["customer:1", "customer:2"])
    assert opened(store) == []


def test_a_written_object_leaves_the_letters_of_others_open(store: Store) -> None:
    bury(store, letter(), letter(key="customer:2"), letter(object_type="deals"))
    store.dead_letters.resolve(PORTAL, "contacts", ["customer:1"])
    assert [k.letter.key for k in opened(store)] == ["customer:2", "customer:1"]


def test_a_withheld_property_stays_told_when_its_run_wrote_the_rest(store: Store) -> None:
    bury(store, letter(stage="mapping"), run_id="run-2")
    store.dead_letters.resolve(PORTAL, "contacts", ["customer:1"], run_id="run-2")
    assert len(opened(store)) == 1


def test_a_withheld_property_is_answered_when_a_later_run_has_no_complaint(store: Store) -> None:
    bury(store, letter(stage="mapping"), run_id="run-1")
    store.dead_letters.resolve(PORTAL, "contacts", ["customer:1"], run_id="run-2")
    assert opened(store) == []


def test_a_refusal_after_a_letter_was_closed_is_a_new_letter(store: Store) -> None:
    bury(store, letter())
    store.dead_letters.close([opened(store)[0].id], "replayed")
    bury(store, letter())
    assert [k.closed_as for k in store.dead_letters.list(PORTAL, closed=True)] == ["replayed", None]


def test_closing_a_closed_letter_keeps_how_it_was_closed(store: Store) -> None:
    bury(store, letter())
    (kept,) = opened(store)
    store.dead_letters.close([kept.id], "resolved")
    store.dead_letters.close([kept.id], "replayed")
    again = store.dead_letters.get(kept.id)
    assert again is not None
    assert again.closed_as == "resolved"


def test_any_number_of_letters_is_listed_and_closed(store: Store) -> None:
    """More than one statement takes, and than one page shows."""
    bury(store, *(letter(key=f"customer:{n}") for n in range(12_000)))
    kept = opened(store)
    store.dead_letters.close([k.id for k in kept], "replayed")
    assert (len(kept), opened(store)) == (12_000, [])


@pytest.mark.parametrize("text", ["nul \0 inside", "lone \ud800 surrogate", "a" * 1_000_000])
def test_any_text_can_be_buried(store: Store, text: str) -> None:
    bury(store, letter(stage="record", key=text, message=text, record=text))
    assert len(opened(store)) == 1


def test_only_records_that_were_not_taken_in_are_replayable(store: Store) -> None:
    record = '{"stream": "orders", "record": {"order_id": "1"}}'
    bury(
        store,
        letter(stage="record", code="INVALID_RECORD", record=record),
        letter(stage="record", code="INVALID_LINE", record="{"),
        letter(),
    )
    assert list(replayable(opened(store))) == [("orders", {"order_id": "1"})]
