"""Which associations a mapping makes, and which numbers their labels have."""

from __future__ import annotations

from typing import Any

import pytest

from stagedoor.errors import Misconfigured
from stagedoor.hubspot.association_requests import create_label, put_types, take_pairs
from stagedoor.hubspot.requests import Paths
from stagedoor.mapping.associations import (
    MAX_LABELS,
    RemoteLabel,
    labels_needed,
    match_labels,
    numbered,
    sources_of,
)
from stagedoor.mapping.facts import PortalFacts
from stagedoor.mapping.loader import assemble
from stagedoor.mapping.sections import Association
from stagedoor.model import AssociationType, Spec
from stagedoor.plugins import load_plugins

PLUGINS = load_plugins()
PLAIN = {
    "companies_to_child_companies",
    "contacts_to_companies",
    "deals_to_contacts",
    "deals_to_companies",
    "tickets_to_contacts",
    "tickets_to_companies",
    "tickets_to_deals",
}
SQL = "SELECT 'order:1' AS from_key, 'customer:1' AS to_key"


def chosen(**settings: Any) -> dict[str, AssociationType]:
    parsed = {
        name: value if isinstance(value, bool) else Association.model_validate(value)
        for name, value in settings.items()
    }
    found = sources_of(PLUGINS.object_types.values(), parsed)
    return {source.type.name: source.type for source in found}


def test_without_settings_the_shipped_ones_are_made() -> None:
    assert chosen().keys() == PLAIN


def test_each_is_switched_on_and_off() -> None:
    names = chosen(deals_to_attendees=True, tickets_to_deals=False).keys()
    assert names == PLAIN - {"tickets_to_deals"} | {"deals_to_attendees"}


def test_a_shipped_label_may_have_another_word() -> None:
    kind = chosen(deals_to_attendees={"label": "Participant"})["deals_to_attendees"]
    assert kind.label == "Participant"
    assert kind.category == "USER_DEFINED"


def test_one_of_your_own_is_labelled_or_plain() -> None:
    ends = {"from": "deals", "to": "contacts", "sql": SQL}
    made = chosen(speakers={**ends, "label": "Speaker"}, guests=ends)
    assert (made["speakers"].category, made["speakers"].default) == ("USER_DEFINED", False)
    assert (made["guests"].category, made["guests"].default) == ("HUBSPOT_DEFINED", True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("speakers: true", "no association is called 'speakers'; there are companies_to_child"),
        ("speakers: {label: Speaker}", "One of your own needs `from`, `to` and `sql`"),
        ("speakers: {from: deals, label: Speaker}", "needs `from`, `to` and `sql`"),
        ("speakers: {from: deals, to: seats, sql: SELECT}", "'seats', which is no entry"),
        ("deals_to_contacts: {label: Buyer}", "has no label that could be another"),
        ("deals_to_contacts: {from: deals, to: contacts, sql: S}", "is a shipped association"),
        ("speakers: {from: deals, to: contacts, sql: S, inverse_label: X}", "needs a `label`"),
    ],
)
def test_mistakes_are_named_with_their_place(text: str, words: str) -> None:
    document = f"objects: {{}}\nassociations:\n  {text}\n"
    with pytest.raises(Misconfigured, match=r"mapping\.yml:3:") as error:
        assemble(PLUGINS.object_types, PLUGINS.calculators, document)
    assert words in str(error.value)


def kind(name: str, label: str) -> AssociationType:
    return AssociationType(
        name, "deals", "contacts", 0, category="USER_DEFINED", default=False, label=label
    )


THERE = [
    RemoteLabel("HUBSPOT_DEFINED", 3, None),
    RemoteLabel("HUBSPOT_DEFINED", 9, "Speaker"),
    RemoteLabel("USER_DEFINED", 1_001, "attendee"),
    RemoteLabel("USER_DEFINED", 1_003, "Payer"),
]


def test_labels_are_found_by_their_words_or_the_number_known_before() -> None:
    kinds = [kind("a", "Attendee"), kind("b", "Billing contact"), kind("s", "Speaker")]
    matched = match_labels(kinds, THERE, {"b": 1_003, "s": 77})
    assert matched.numbers == {"a": 1_001, "b": 1_003}
    assert [k.name for k in matched.missing] == ["s"]


def test_two_associations_with_one_label_need_it_once() -> None:
    matched = match_labels([kind("a", "VIP"), kind("b", "vip")], [], {})
    assert [k.name for k in matched.missing] == ["a"]


def test_more_labels_than_hubspot_keeps_are_a_conflict() -> None:
    full = [RemoteLabel("USER_DEFINED", n, f"L{n}") for n in range(MAX_LABELS)]
    assert "delete one there" in match_labels([kind("a", "VIP")], full, {}).conflicts[0]


def test_sources_get_the_numbers_of_the_portal() -> None:
    on = {"deals_to_attendees": True}
    found = sources_of(PLUGINS.object_types.values(), on)
    (needed,) = labels_needed(found).values()
    assert [k.name for k in needed] == ["deals_to_attendees"]
    named = {s.type.name: s.type.spec for s in numbered(found, PortalFacts(labels={
        "deals_to_attendees": 1_001}))}  # fmt: skip
    assert named["deals_to_attendees"] == Spec("USER_DEFINED", 1_001)
    assert named["deals_to_contacts"] == Spec("HUBSPOT_DEFINED", 3)


def test_requests_name_every_kind_of_each_pair() -> None:
    paths = Paths("2026-09")
    request = put_types(paths, "deals", "contacts", [("1", "2", [Spec("USER_DEFINED", 5)])])
    assert request.path == "/crm/associations/2026-09/deals/contacts/batch/create"
    assert request.body["inputs"] == [
        {
            "from": {"id": "1"},
            "to": {"id": "2"},
            "types": [{"associationCategory": "USER_DEFINED", "associationTypeId": 5}],
        }
    ]
    label = AssociationType("a", "deals", "contacts", 0, label="A", inverse_label="B")
    assert create_label(paths, label).body == {"label": "A", "name": "a", "inverseLabel": "B"}
    gone = take_pairs(paths, "deals", "contacts", [("1", "2"), ("1", "3")])
    assert gone.body == {"inputs": [{"from": {"id": "1"}, "to": [{"id": "2"}, {"id": "3"}]}]}
