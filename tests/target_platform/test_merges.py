"""Contacts that are merged in HubSpot while both jobs run: whose account the merged one fills."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.pair import Pair, mapping

CITY = "{from: city, inbound: true}"


@pytest.fixture
def world() -> Iterator[Pair]:
    """The accounts 1 and 2, and their contacts, which agree."""
    made = Pair(mapping(creates=True, city=CITY), city="Cluj")
    made.platform.add("2", email="bob@example.com", city="Iași")
    made.outbound()
    yield made
    made.close()


def bob_of(world: Pair) -> str:
    """Return the id of the second contact."""
    (found,) = [i for i in world.hubspot.records if i != world.contact]
    return found


@pytest.mark.parametrize("order", [1, -1])
def test_two_that_become_a_third_are_filled_by_whose_address_it_has(
    world: Pair, order: int
) -> None:
    bob = bob_of(world)
    third = world.hubspot.merge(world.contact, bob, anew=True)
    world.inbound(world.read(third), [(bob, third), (world.contact, third)][::order])
    world.ours("1", city="Arad")
    world.ours("2", city="Deva")
    world.outbound()
    assert world.held(third) == {"email": "ana@example.com", "city": "Arad"}
    assert world.row("2")["email"] == "bob@example.com"


def test_two_that_become_a_third_wait_until_it_is_seen(world: Pair) -> None:
    bob = bob_of(world)
    third = world.hubspot.merge(world.contact, bob, anew=True)
    world.inbound(merges=[(bob, third), (world.contact, third)])
    assert not world.notebook.letters
    world.inbound(world.read(third))
    (letter,) = world.notebook.letters
    assert letter[0].key == "customer:2"


def test_a_merged_contact_that_had_been_read_before_makes_no_account(world: Pair) -> None:
    eve = world.hubspot.make({"email": "eve@example.com", "city": "Arad"})
    before = world.read(eve)
    world.hubspot.merge(world.contact, eve)
    world.inbound(world.read(), [(eve, world.contact)])
    world.inbound(before)
    assert {row["customer_id"] for row in world.platform.rows()} == {"1", "2"}


def test_what_the_winner_held_before_the_merge_is_no_edit(world: Pair) -> None:
    eve = world.hubspot.make({"email": "eve@example.com", "city": "Arad"})
    world.tap_arrives(eve)
    zoe = world.hubspot.make({"email": "zoe@example.com", "city": None})
    before = world.read(zoe)
    world.hubspot.merge(zoe, eve)
    world.inbound(before, [(eve, zoe, world.hubspot.merged_at[eve])])
    assert world.row(f"hubspot-{eve}")["city"] == "Arad"
    world.tap_arrives(zoe)
    row = world.row(f"hubspot-{eve}")
    assert (row["email"], row["city"]) == ("zoe@example.com", "Arad")


def test_a_merged_contact_makes_no_account_though_its_merge_was_not_told(world: Pair) -> None:
    """It has an id that nobody knows, and an address that somebody gave it since."""
    third = world.hubspot.merge(world.contact, bob_of(world), anew=True)
    world.theirs(third, email="new@example.com")
    world.tap_arrives(third)
    assert {row["customer_id"] for row in world.platform.rows()} == {"1", "2"}


def test_a_merge_that_is_told_again_is_no_news(world: Pair) -> None:
    bob = bob_of(world)
    world.hubspot.merge(world.contact, bob)
    for _ in range(2):
        world.inbound(world.read(), [(bob, world.contact)])
    assert [refusal.code for _, refusal in world.notebook.letters] == ["MERGED_IN_HUBSPOT"]


@pytest.mark.parametrize("kept", ["ana", "bob"])
def test_one_that_was_deleted_and_restored_before_it_was_merged_fills_no_second_account(
    world: Pair, kept: str
) -> None:
    bob = bob_of(world)
    world.hubspot.archive(bob)
    world.inbound(deletions=[(bob, world.clock())])
    world.hubspot.restore(bob)
    pair = (world.contact, bob) if kept == "ana" else (bob, world.contact)
    third = world.hubspot.merge(*pair, anew=True)
    world.inbound(world.read(third), [(world.contact, third), (bob, third)])
    world.ours("1", city="Arad")
    world.ours("2", city="Deva")
    world.outbound()
    assert world.held(third)["city"] == {"ana": "Arad", "bob": "Deva"}[kept]


def test_two_that_become_a_third_that_is_deleted_unseen_are_filled_by_whose_address_it_has(
    world: Pair,
) -> None:
    bob = bob_of(world)
    third = world.hubspot.merge(bob, world.contact, anew=True)
    world.hubspot.archive(third)
    world.inbound(merges=[(world.contact, third), (bob, third)], deletions=[(third, world.clock())])
    world.hubspot.restore(third)
    world.tap_arrives(third)
    world.ours("1", city="Arad")
    world.ours("2", city="Deva")
    world.outbound()
    assert world.held(third) == {"email": "bob@example.com", "city": "Deva"}
    assert world.row("1")["email"] == "ana@example.com"


def test_an_account_that_was_left_alone_fills_the_merged_contact_once_that_has_its_address(
    world: Pair,
) -> None:
    """In HubSpot the second of its addresses is made the first."""
    bob = bob_of(world)
    world.hubspot.merge(bob, world.contact)
    world.inbound(world.read(bob), [(world.contact, bob)])
    world.theirs(bob, email="ana@example.com")
    world.meet(bob)
    world.ours("1", city="Arad")
    world.outbound()
    assert world.held(bob)["city"] == "Arad"
