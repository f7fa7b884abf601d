"""What stands around the objects, and what a token may not read."""

from __future__ import annotations

from typing import Any

import pytest

from stagedoor.errors import Forbidden
from support.reading import Maker, Reader


def test_owners_are_those_that_objects_name(maker: Maker, reader: Reader) -> None:
    owners = reader.run("owners").of("owners")
    assert [(o["id"], o["first_name"], o["archived"]) for o in owners] == [
        ("41629779", "Ioana", False),
        ("41629780", "Max", False),
    ]


def test_pipelines_and_their_stages_tell_the_object_type(maker: Maker, reader: Reader) -> None:
    said = reader.run("pipelines", "pipeline_stages")
    assert {(p["object_type"], p["id"]) for p in said.of("pipelines")} == {
        ("deals", "default"),
        ("tickets", "0"),
    }
    closed = {s["id"] for s in said.of("pipeline_stages") if s["is_closed"]}
    assert closed == {"closedwon", "closedlost", "4"}


def test_lists_and_who_is_on_them(maker: Maker, reader: Reader) -> None:
    people = maker.contacts(300)
    made = maker.post(
        "/crm/lists/2026-09",
        {"name": "Guests", "objectTypeId": "0-1", "processingType": "MANUAL"},
    )
    list_id = made["list"]["listId"]
    maker.put(f"/crm/lists/2026-09/{list_id}/memberships/add", people[:280])
    said = reader.run("lists", "list_memberships")
    (told,) = said.of("lists")
    assert (told["id"], told["name"], told["object_type"], told["size"]) == (
        list_id,
        "Guests",
        "contacts",
        280,
    )
    assert [m["object_id"] for m in said.of("list_memberships")] == people[:280]


@pytest.mark.parametrize("at_once", [True, False], ids=["Enterprise", "others"])
def test_subscriptions_of_contacts_that_changed(
    maker: Maker, reader: Reader, *, at_once: bool
) -> None:
    if not at_once:
        refusal = {"route": "statuses/batch/read", "kind": "status", "status": 403}
        maker.post("/_sandbox/faults", {"faults": [refusal]})
    maker.contacts(3)
    path = "/communication-preferences/2026-09/statuses/c1@example.com"
    maker.post(path, {"subscriptionId": 39644612, "statusState": "SUBSCRIBED"})
    said = reader.run("subscription_statuses").of("subscription_statuses")
    assert len(said) == 9
    assert [(s["email"], s["subscription_id"]) for s in said if s["status"] == "SUBSCRIBED"] == [
        ("c1@example.com", "39644612")
    ]


def scoped(maker: Maker, *scopes: str) -> str:
    return str(maker.post("/_sandbox/tokens", {"scopes": list(scopes)})["token"])


def test_an_object_type_that_the_token_may_not_read_has_no_stream(
    maker: Maker, reader: Reader
) -> None:
    token = scoped(maker, "crm.objects.contacts.read", "crm.objects.deals.read")
    tap = reader.tap(access_token=token)
    names = [name for name in tap.streams if name in ("contacts", "companies", "deals", "tickets")]
    tap.close()
    assert names == ["contacts", "deals"]


def test_the_other_streams_leave_such_a_type_alone(maker: Maker, reader: Reader) -> None:
    maker.contacts(2)
    token = scoped(maker, "crm.objects.contacts.read")
    said = reader.run("contacts", "associations", "merges", "deletions", access_token=token)
    assert len(said.of("contacts")) == 2


def test_a_selected_stream_that_the_token_may_not_read_ends_the_run(
    maker: Maker, reader: Reader
) -> None:
    token = scoped(maker, "crm.objects.contacts.read")
    with pytest.raises(Forbidden, match=r"crm\.objects\.owners\.read"):
        reader.run("owners", access_token=token)


def test_merges_and_deletions_are_those_of_the_selected_object_types(
    maker: Maker, reader: Reader
) -> None:
    (person,) = maker.contacts(1)
    (firm,) = maker.create("companies", [{"name": "Firm"}])
    maker.archive("contacts", [person])
    maker.archive("companies", [firm])
    maker.clock(advance=10)
    said: Any = reader.run("companies", "deletions")
    assert [d["id"] for d in said.of("deletions")] == [firm]
