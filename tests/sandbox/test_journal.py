"""The Webhooks Journal: read by offset, kept for three days.

https://developers.hubspot.com/docs/api-reference/webhooks-journal
"""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from support.project import Portal

D = "2026-09"
C = f"/crm/objects/{D}/contacts"
J = f"/webhooks-journal/journal/{D}"
SUBSCRIPTIONS = f"/webhooks-journal/subscriptions/{D}"


@pytest.fixture
def journal(api: httpx.Client) -> httpx.Client:
    """A portal whose contacts are written down in the journal."""
    given = {"subscriptionType": "OBJECT", "objectTypeId": "0-1"}
    assert api.post(SUBSCRIPTIONS, json=given).status_code == 201
    return api


def made(api: httpx.Client, **properties: str) -> str:
    return str(api.post(C, json={"properties": properties}).json()["id"])


def follow(api: httpx.Client, offset: str | None = None) -> tuple[str | None, list[dict[str, Any]]]:
    """Read on from an offset to the end; return the last offset and all events."""
    events: list[dict[str, Any]] = []
    while True:
        answer = api.get(f"{J}/offset/{offset}/next" if offset else f"{J}/earliest")
        if answer.status_code == 204:
            return offset, events
        place = answer.json()
        offset = place["currentOffset"]
        file = httpx.get(place["url"], timeout=30).json()
        assert file["offset"] == offset
        events += file["journalEvents"]


def test_an_empty_journal_has_nothing_to_give(journal: httpx.Client) -> None:
    assert journal.get(f"{J}/earliest").status_code == 204
    assert journal.get(f"{J}/latest").status_code == 204


def test_it_is_read_from_where_one_left_off(journal: httpx.Client) -> None:
    number = made(journal, email="ana@example.com")
    offset, first = follow(journal)
    assert [(e["action"], e["objectId"]) for e in first] == [("CREATE", int(number))]
    journal.patch(f"{C}/{number}", json={"properties": {"city": "Cluj"}})
    journal.delete(f"{C}/{number}")
    offset, second = follow(journal, offset)
    assert [e["action"] for e in second] == ["UPDATE", "DELETE"]
    assert second[0]["propertyChanges"]["city"] == "Cluj"
    assert follow(journal, offset)[1] == []


def test_events_come_in_the_order_of_what_happened(journal: httpx.Client) -> None:
    for n in range(20):
        made(journal, firstname=str(n))
    _, events = follow(journal)
    assert [e["propertyChanges"]["firstname"] for e in events] == [str(n) for n in range(20)]


def test_only_what_is_subscribed_to_is_written_down(journal: httpx.Client) -> None:
    journal.post(f"/crm/objects/{D}/companies", json={"properties": {"name": "Acme"}})
    made(journal, firstname="Ana")
    _, events = follow(journal)
    assert {e["objectTypeId"] for e in events} == {"0-1"}


def test_associations_merges_and_erasures_have_their_own_subscriptions(
    journal: httpx.Client,
) -> None:
    for kind in ("ASSOCIATION", "GDPR_PRIVACY_DELETION"):
        journal.post(SUBSCRIPTIONS, json={"subscriptionType": kind})
    one, two, three = (made(journal, firstname=n) for n in "abc")
    body = {"properties": {"name": "Acme"}}
    company = journal.post(f"/crm/objects/{D}/companies", json=body).json()["id"]
    journal.put(f"{C}/{three}/associations/default/companies/{company}")
    journal.post(f"{C}/merge", json={"primaryObjectId": one, "objectIdToMerge": two})
    journal.post(f"{C}/gdpr-delete", json={"objectId": three})
    _, events = follow(journal)
    actions = [e["action"] for e in events]
    assert actions.count("ASSOCIATION_ADDED") == 2
    assert "MERGE" in actions
    assert "PRIVACY_DELETE" in actions


def test_files_are_kept_for_three_days(journal: httpx.Client, shared: Portal) -> None:
    made(journal, firstname="Ana")
    offset, events = follow(journal)
    assert events
    shared.post("/_sandbox/clock", {"advance_seconds": 3 * 86_400 + 1})
    assert journal.get(f"{J}/earliest").status_code == 204
    assert journal.get(f"{J}/offset/{offset}/next").status_code == 404


def test_several_files_are_placed_at_once(journal: httpx.Client) -> None:
    for n in range(3):
        made(journal, firstname=str(n))
        follow(journal)
    places = journal.get(f"{J}/batch/earliest/2").json()["results"]
    assert len(places) == 2
    after = places[-1]["currentOffset"]
    assert len(journal.get(f"{J}/batch/{after}/next/5").json()["results"]) == 1
    latest = journal.get(f"{J}/latest").json()["currentOffset"]
    assert journal.get(f"{J}/offset/{latest}/next").status_code == 204


def test_a_snapshot_comes_as_events(journal: httpx.Client, shared: Portal) -> None:
    number = made(journal, firstname="Ana", city="Cluj")
    offset, _ = follow(journal)
    asked = {
        "portalId": shared.sandbox.portal_id,
        "objectId": int(number),
        "objectTypeId": "0-1",
        "properties": ["city"],
    }
    answer = journal.post(
        f"/webhooks-journal/snapshots/{D}/crm", json={"snapshotRequests": [asked]}
    )
    assert answer.status_code == 202
    assert answer.json()["responses"][0]["snapshotStatusId"]
    _, events = follow(journal, offset)
    assert [(e["action"], e["propertyChanges"]) for e in events] == [("SNAPSHOT", {"city": "Cluj"})]


def test_an_ended_subscription_writes_nothing_down(journal: httpx.Client) -> None:
    (entry,) = journal.get(SUBSCRIPTIONS).json()["results"]
    assert journal.delete(f"{SUBSCRIPTIONS}/{entry['id']}").status_code == 204
    made(journal, firstname="Ana")
    assert follow(journal)[1] == []


def test_without_a_token_nothing_is_told(shared: Portal) -> None:
    assert httpx.get(f"{shared.sandbox.url}{J}/earliest").status_code == 401
