"""Events as arrivals, and arrivals as what to read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stagedoor.arrivals import Arrival, Kind
from stagedoor.engine.hints import coalesce
from stagedoor.hubspot.webhook_events import from_journal, from_webhook

CHANGE = {
    "eventId": 1,
    "subscriptionId": 25,
    "portalId": 33,
    "appId": 1160452,
    "occurredAt": 1462216307945,
    "subscriptionType": "contact.propertyChange",
    "attemptNumber": 0,
    "objectId": 1246965,
    "propertyName": "lifecyclestage",
    "propertyValue": "subscriber",
    "changeSource": "CRM_UI",
}


def one(**changes: Any) -> Arrival:
    (arrival,) = from_webhook([{**CHANGE, **changes}])
    return arrival


def test_a_change_of_a_property_is_a_hint_to_read_its_object() -> None:
    arrival = one()
    assert (arrival.kind, arrival.object_type, arrival.object_id, arrival.occurred_at) == (
        "change",
        "contacts",
        "1246965",
        "2016-05-02T19:11:47.945+00:00",
    )


def test_values_are_not_kept() -> None:
    assert "subscriber" not in one().payload


def test_what_else_was_told_is_kept() -> None:
    assert json.loads(one().payload)["propertyName"] == "lifecyclestage"


def test_another_attempt_is_the_same_event() -> None:
    assert one().event_key == one(attemptNumber=3).event_key


@pytest.mark.parametrize(
    "changed",
    [{"occurredAt": 1}, {"propertyName": "email"}, {"objectId": 2}, {"subscriptionId": 1}],
    ids=lambda changed: str(*changed),
)
def test_another_event_with_the_same_number_is_another(changed: dict[str, Any]) -> None:
    assert one().event_key != one(**changed).event_key


@pytest.mark.parametrize(
    ("told", "kind", "object_type"),
    [
        ({"subscriptionType": "contact.creation"}, Kind.CHANGE, "contacts"),
        ({"subscriptionType": "company.restore"}, Kind.CHANGE, "companies"),
        ({"subscriptionType": "deal.deletion"}, Kind.DELETION, "deals"),
        ({"subscriptionType": "contact.privacyDeletion"}, Kind.PRIVACY_DELETION, "contacts"),
        ({"subscriptionType": "ticket.merge"}, Kind.MERGE, "tickets"),
        ({"subscriptionType": None, "eventType": "contact.merge"}, Kind.MERGE, "contacts"),
        (
            {"subscriptionType": "object.propertyChange", "objectTypeId": "0-3"},
            Kind.CHANGE,
            "deals",
        ),
        ({"subscriptionType": "object.deletion", "objectTypeId": "2-17"}, Kind.DELETION, "2-17"),
    ],
)
def test_every_kind_of_event_is_understood(
    told: dict[str, Any], kind: Kind, object_type: str
) -> None:
    arrival = one(**told)
    assert (arrival.kind, arrival.object_type) == (kind, object_type)


def test_an_association_is_about_the_object_that_it_leaves() -> None:
    event = {
        "subscriptionType": "contact.associationChange",
        "fromObjectId": 5,
        "toObjectId": 6,
        "occurredAt": 1,
        "associationType": "CONTACT_TO_COMPANY",
    }
    (arrival,) = from_webhook([event])
    assert (arrival.kind, arrival.object_type, arrival.object_id) == (
        Kind.ASSOCIATION,
        "contacts",
        "5",
    )


def test_events_about_no_object_are_left_out() -> None:
    assert (
        list(from_webhook([{"subscriptionType": "conversation.creation", "occurredAt": 1}])) == []
    )


@pytest.mark.parametrize(
    ("told", "at"),
    [
        (1462216307945, "2016-05-02T19:11:47.945+00:00"),
        ("1462216307945", "2016-05-02T19:11:47.945+00:00"),
        ("2016-05-02T21:11:47.945+02:00", "2016-05-02T19:11:47.945+00:00"),
        (None, "1970-01-01T00:00:00.000+00:00"),
        ("soon", "1970-01-01T00:00:00.000+00:00"),
        (10**20, "1970-01-01T00:00:00.000+00:00"),
        ({}, "1970-01-01T00:00:00.000+00:00"),
        ([1], "1970-01-01T00:00:00.000+00:00"),
    ],
    ids=str,
)
def test_an_event_without_a_time_is_still_a_hint(told: Any, at: str) -> None:
    assert one(occurredAt=told).occurred_at == at


JOURNAL = {
    "offset": "abc",
    "journalEvents": [
        {
            "portalId": 33,
            "occurredAt": 1462216307945,
            "action": action,
            "objectTypeId": "0-1",
            "objectId": 5,
            "propertyChanges": {"email": "ana@example.com"},
        }
        for action in ("CREATE", "DELETE", "MERGE", "PRIVACY_DELETE", "ASSOCIATION_ADDED")
    ]
    + [{"portalId": 34, "occurredAt": 1, "action": "UPDATE", "objectTypeId": "0-1", "objectId": 5}],
}


def test_a_journal_file_tells_of_one_portal_and_of_no_values() -> None:
    arrivals = list(from_journal(JOURNAL, 33))
    assert [a.kind for a in arrivals] == [
        Kind.CHANGE,
        Kind.DELETION,
        Kind.MERGE,
        Kind.PRIVACY_DELETION,
        Kind.ASSOCIATION,
    ]
    assert not [a for a in arrivals if "ana@" in a.payload]


def test_events_of_a_journal_file_are_told_apart_by_their_place_in_it() -> None:
    assert len({a.event_key for a in from_journal(JOURNAL, 33)}) == 5


def test_an_object_is_read_once_however_often_it_is_told_of() -> None:
    entries = [(n, one(eventId=n, propertyName=f"p{n}")) for n in range(5)]
    hinted = coalesce(entries, {})["contacts"]
    assert (hinted.changed, hinted.entries) == ({"1246965"}, {"1246965": [0, 1, 2, 3, 4]})


def test_a_change_of_associations_reads_no_object() -> None:
    event = {"subscriptionType": "contact.associationChange", "fromObjectId": 5, "occurredAt": 1}
    hinted = coalesce(enumerate(from_webhook([event])), {})["contacts"]
    assert (hinted.changed, hinted.associated) == (set(), {"5"})


def test_other_spellings_of_a_type_are_one() -> None:
    entries = [
        (n, one(subscriptionType="object.creation", objectTypeId="2-17", objectId=n + 1))
        for n in range(2)
    ]
    assert [*coalesce(entries, {"2-17": "p_visits"})] == ["p_visits"]


def test_a_merge_names_its_winner_and_what_became_part_of_it() -> None:
    event = one(
        subscriptionType="contact.merge",
        objectId=9,
        newObjectId=9,
        primaryObjectId=7,
        mergedObjectIds=[7, 8],
    )
    hinted = coalesce([(1, event)], {})["contacts"]
    assert (hinted.winners, hinted.merged, hinted.changed) == ({"9"}, {"7", "8"}, {"9"})


ARRIVALS = st.builds(
    Arrival,
    source=st.just("hubspot"),
    event_key=st.text(max_size=3),
    kind=st.sampled_from([*Kind]),
    object_type=st.sampled_from(["contacts", "deals"]),
    object_id=st.sampled_from(["1", "2", "3"]),
    occurred_at=st.sampled_from(["2026-01-01", "2026-01-02"]),
    payload=st.just("{}"),
)


@given(arrivals=st.lists(ARRIVALS, max_size=12), data=st.data())
def test_order_does_not_matter(arrivals: list[Arrival], data: st.DataObject) -> None:
    numbered = list(enumerate(arrivals))
    shuffled = data.draw(st.permutations(numbered))
    one_way, other = coalesce(numbered, {}), coalesce(shuffled, {})
    for hinted in (*one_way.values(), *other.values()):
        for entries in hinted.entries.values():
            entries.sort()
    assert one_way == other
