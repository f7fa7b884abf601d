"""What the inbox tells is followed: each object is read once, as it is now."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from stagedoor.config import HubSpotSettings
from stagedoor.hubspot.webhook_events import from_webhook
from stagedoor.store import Store, open_store
from stagedoor.store.inbox import Inbox
from support.reading import Maker, Reader

STREAMS = ("contacts", "companies", "merges", "deletions", "associations")


@pytest.fixture
def store(reader: Reader) -> Iterator[Store]:
    reader.settings["modes"] = ["webhook"]
    opened = open_store(HubSpotSettings(state_dir=reader.folder))
    yield opened
    opened.close()


@pytest.fixture
def inbox(store: Store) -> Inbox:
    return store.inbox("test")


def event(kind: str, object_id: str, **more: Any) -> dict[str, Any]:
    return {
        "eventId": random.randrange(10**9),
        "subscriptionId": 1,
        "subscriptionType": kind,
        "objectId": int(object_id),
        "occurredAt": 1_790_000_000_000,
        **more,
    }


def put(inbox: Inbox, *events: dict[str, Any]) -> None:
    inbox.put(list(from_webhook(events)))


def test_without_a_hint_nothing_is_read(maker: Maker, reader: Reader, inbox: Inbox) -> None:
    maker.contacts(3)
    maker.calls()
    assert reader.run(*STREAMS).records == {}
    assert not [name for name in maker.calls() if "objects" in name]


def test_an_object_of_which_many_hints_tell_is_read_once(
    maker: Maker, reader: Reader, inbox: Inbox
) -> None:
    made = maker.contacts(3)
    put(inbox, *(event("contact.propertyChange", made[1], propertyName=f"p{n}") for n in range(9)))
    maker.calls()
    assert reader.run("contacts").ids("contacts") == [made[1]]
    assert maker.calls()["POST objects/{type}/batch/read contacts"] == 1


def test_values_are_those_of_now_not_those_of_the_event(
    maker: Maker, reader: Reader, inbox: Inbox
) -> None:
    made = maker.contacts(1)
    put(
        inbox,
        event("contact.propertyChange", made[0], propertyName="firstname", propertyValue="stale"),
    )
    maker.update("contacts", {made[0]: {"firstname": "now"}})
    (record,) = reader.run("contacts").of("contacts")
    assert record["properties"]["firstname"] == "now"


def test_ten_thousand_events_cost_a_call_for_each_hundred_objects(
    maker: Maker, reader: Reader, inbox: Inbox
) -> None:
    made = maker.contacts(1_000)
    events = [
        event("contact.propertyChange", made[n % 1_000], propertyName=f"p{n}", eventId=n)
        for n in range(7_000)
    ]
    repeated = [*events, *events[:3_000]]
    random.Random(5).shuffle(repeated)
    for at in range(0, 10_000, 100):
        put(inbox, *repeated[at : at + 100])
    maker.calls()
    said = reader.run("contacts")
    assert sorted(said.ids("contacts"), key=int) == made
    assert maker.calls()["POST objects/{type}/batch/read contacts"] == 10
    assert inbox.counts() == {"taken": 7_000}


def test_hints_are_done_when_the_next_run_brings_the_state_of_this_one(
    maker: Maker, reader: Reader, inbox: Inbox
) -> None:
    put(inbox, event("contact.creation", maker.contacts(1)[0]))
    reader.run("contacts")
    before = inbox.counts()
    again = reader.run("contacts")
    assert (before, inbox.counts(), again.records) == ({"taken": 1}, {"done": 1}, {})


def test_hints_of_a_run_whose_state_was_lost_are_followed_again(
    maker: Maker, reader: Reader, inbox: Inbox
) -> None:
    made = maker.contacts(1)
    put(inbox, event("contact.creation", made[0]))
    before = dict(reader.state)
    reader.run("contacts")
    reader.state = before
    assert reader.run("contacts").ids("contacts") == made


def test_no_state_before_the_last_one_confirms_hints(
    maker: Maker, reader: Reader, inbox: Inbox
) -> None:
    put(inbox, *(event("contact.creation", one) for one in maker.contacts(30)))
    said = reader.run("contacts", "companies", "owners")
    tokens = [state["bookmarks"].get("inbox", {}).get("token") for state in said.states]
    assert (tokens[:-1], tokens[-1] is not None) == ([None] * (len(tokens) - 1), True)


def test_hints_about_object_types_that_nobody_reads_wait(
    maker: Maker, reader: Reader, inbox: Inbox
) -> None:
    put(inbox, event("product.creation", "77"))
    reader.run("contacts")
    assert inbox.counts() == {"waiting": 1}


@pytest.mark.parametrize("streams", [("contacts", "deletions"), ("deletions",)], ids=str)
def test_an_object_that_is_gone_is_a_deletion_whatever_the_hint_said(
    maker: Maker, reader: Reader, inbox: Inbox, streams: tuple[str, ...]
) -> None:
    made = maker.contacts(4)
    maker.archive("contacts", made[:2])
    maker.erase(made[2])
    put(
        inbox,
        event("contact.deletion", made[0]),
        event("contact.propertyChange", made[1], propertyName="email"),
        event("contact.privacyDeletion", made[2]),
        event("contact.deletion", made[3]),  # since restored
    )
    said = reader.run(*streams)
    assert {(d["id"], d["kind"]) for d in said.of("deletions")} == {
        (made[0], "archived"),
        (made[1], "archived"),
        (made[2], "privacy"),
    }
    assert said.ids("contacts") == (made[3:] if "contacts" in streams else [])


def test_a_hint_of_a_merge_tells_the_merge_and_reads_the_winner(
    maker: Maker, reader: Reader, inbox: Inbox
) -> None:
    made = maker.contacts(3)
    winner = maker.merge("contacts", made[0], made[1])
    merged = {"primaryObjectId": int(made[0]), "mergedObjectIds": [int(made[0]), int(made[1])]}
    put(
        inbox,
        event("contact.merge", winner, newObjectId=int(winner), **merged),
        event("contact.propertyChange", made[1], propertyName="email"),
    )
    said = reader.run(*STREAMS)
    assert said.ids("contacts") == [winner]
    assert {(m["merged_id"], m["id"]) for m in said.of("merges")} == {
        (made[0], winner),
        (made[1], winner),
    }
    assert said.of("deletions") == []


def test_a_hint_of_an_association_reads_the_object_s_associations(
    maker: Maker, reader: Reader, inbox: Inbox
) -> None:
    people = maker.contacts(2)
    (firm,) = maker.create("companies", [{"name": "Firm"}])
    maker.associate("contacts", "companies", [(one, firm) for one in people])
    told = event("contact.associationChange", people[0], fromObjectId=int(people[0]))
    put(inbox, {**told, "toObjectId": int(firm), "associationType": "CONTACT_TO_COMPANY"})
    said = reader.run(*STREAMS)
    assert [(a["from_id"], a["to_id"]) for a in said.of("associations")] == [(people[0], firm)]
    assert said.of("contacts") == []


def test_what_a_poll_has_read_is_not_read_again_for_a_hint(
    maker: Maker, reader: Reader, inbox: Inbox
) -> None:
    made = maker.contacts(3)
    put(inbox, event("contact.creation", made[0]))
    said = reader.run("contacts", modes=["poll", "webhook"])
    assert sorted(said.ids("contacts"), key=int) == made
    assert [entry.outcome for entry in inbox.history()] == ["read"]


def test_the_history_tells_what_became_of_each_hint(
    maker: Maker, reader: Reader, inbox: Inbox
) -> None:
    made = maker.contacts(2)
    maker.archive("contacts", made[:1])
    put(inbox, event("contact.creation", made[0]), event("contact.creation", made[1]))
    put(inbox, event("contact.creation", "999999"))
    reader.run("contacts", "deletions")
    outcomes = {entry.arrival.object_id: entry.outcome for entry in inbox.history()}
    assert outcomes == {made[0]: "deleted", made[1]: "read", "999999": "gone"}
