"""What happens to people in HubSpot, and what becomes of their accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from stagedoor.model import ObjectRef
from stagedoor.state.links import Held, Links
from support.pair import REF, Pair, mapping

CITY = "{from: city, inbound: true}"
CONSENT = "{from: marketing_consent, codec: bool, inbound: true}"
LATER = datetime(2027, 1, 1, tzinfo=UTC)
Make = Callable[..., Pair]


@pytest.fixture
def make() -> Iterator[Make]:
    """Makes a world with the accounts 1 and 2 and their contacts, which agree."""
    made: list[Pair] = []

    def pair(*, creates: bool = False, second: str = "bob@example.com") -> Pair:
        world = Pair(mapping(creates, city=CITY, consent=CONSENT), city="Cluj")
        world.platform.add("2", email=second, city="Iași")
        world.outbound()
        made.append(world)
        return world

    yield pair
    for world in made:
        world.close()


def contact_of(world: Pair, address: str) -> str:
    """Return the id of the contact that has an address."""
    (found,) = [r.hubspot_id for r in world.hubspot.living() if r.properties["email"] == address]
    return found


def test_a_merged_contact_gives_its_link_to_the_winner(make: Make) -> None:
    world = make()
    winner = world.hubspot.make({"email": "ana.pop@example.com", "city": "Arad"})
    world.hubspot.merge(winner, world.contact)
    world.inbound([world.hubspot.record(winner) or {}], [(world.contact, winner)])
    assert world.row()["city"] == "Arad"
    world.ours(city="Deva")
    world.outbound()
    assert world.held(winner)["city"] == "Deva"


def test_of_two_linked_contacts_that_were_merged_the_winner_goes_on_alone(make: Make) -> None:
    world = make()
    bob = contact_of(world, "bob@example.com")
    world.hubspot.merge(world.contact, bob)
    world.inbound([world.hubspot.record(world.contact) or {}], [(bob, world.contact)])
    world.ours("2", city="Deva")
    world.ours("1", city="Arad")
    world.outbound()
    assert world.held()["city"] == "Arad"
    assert [refusal.code for _, refusal in world.notebook.letters] == ["MERGED_IN_HUBSPOT"]


def test_a_merge_that_nobody_has_told_yet_overwrites_nobody(make: Make) -> None:
    world = make()
    bob = contact_of(world, "bob@example.com")
    world.hubspot.merge(world.contact, bob)
    world.ours("2", city="Deva")
    world.outbound()
    assert world.held()["city"] == "Cluj"


def test_a_contact_that_was_deleted_in_hubspot_is_not_made_again(make: Make) -> None:
    world = make()
    world.hubspot.archive(world.contact)
    world.inbound(deletions=[(world.contact, world.clock())])
    world.ours(city="Deva")
    world.outbound()
    assert [r.properties["email"] for r in world.hubspot.living()] == ["bob@example.com"]
    assert world.row()["city"] == "Deva"


def test_a_contact_that_was_restored_goes_on_where_it_was(make: Make) -> None:
    world = make()
    world.hubspot.archive(world.contact)
    world.inbound(deletions=[(world.contact, world.clock())])
    world.ours(city="Deva")
    world.outbound()
    world.hubspot.restore(world.contact)
    world.meet()
    assert world.held()["city"] == "Deva"


def test_news_of_a_deletion_that_comes_after_the_restored_contact_was_read_is_old(
    make: Make,
) -> None:
    world = make()
    world.hubspot.archive(world.contact)
    deleted = world.clock()
    world.hubspot.restore(world.contact)
    world.tap_arrives()
    world.inbound(deletions=[(world.contact, deleted)])
    world.ours(city="Deva")
    world.outbound()
    assert world.held()["city"] == "Deva"


def test_what_was_deleted_for_privacy_stays_away_and_its_values_are_forgotten(make: Make) -> None:
    world = make()
    del world.hubspot.records[world.contact]
    links = Links(world.database, "run")
    links.absorb_deletions("contacts", [(world.contact, Held.PRIVACY, LATER)], LATER)
    world.inbound()
    world.ours(city="Deva")
    world.outbound()
    assert [r.properties["email"] for r in world.hubspot.living()] == ["bob@example.com"]
    kept = world.database.rows("SELECT match_value, properties, reason FROM inbound.held")
    assert kept == [("", "{}", "privacy")]
    assert world.notebook.letters[0][1].code == "DELETED_FOR_PRIVACY"


def test_a_record_that_was_made_again_by_hand_takes_the_place_of_the_deleted_one(
    make: Make,
) -> None:
    world = make()
    world.hubspot.archive(world.contact)
    world.inbound(deletions=[(world.contact, world.clock())])
    again = world.hubspot.make({"email": "ana@example.com"})
    world.meet(again)
    assert world.held(again)["city"] == "Cluj"
    base = world.ledger.base(REF)
    assert base is not None
    assert base.hubspot_id == again


def test_two_who_swap_addresses_in_hubspot_swap_them_on_the_platform(make: Make) -> None:
    world = make()
    bob = contact_of(world, "bob@example.com")
    world.theirs(email=None)
    world.theirs(bob, email="ana@example.com")
    world.theirs(email="bob@example.com")
    world.meet(world.contact, bob)
    assert world.row("1")["email"] == "bob@example.com"
    assert world.row("2")["email"] == "ana@example.com"
    world.hubspot.log.clear()
    world.meet(world.contact, bob)
    assert not world.hubspot.log


def test_an_address_that_was_cleared_waits_for_a_person(make: Make) -> None:
    world = make()
    world.theirs(email=None)
    world.tap_arrives()
    assert world.row()["email"] == "ana@example.com"
    assert (REF, "email") in world.notebook.conflicts


def test_a_household_stays_together_when_its_address_or_consent_is_edited(make: Make) -> None:
    world = make(second="ana@example.com")
    world.theirs(email="pop@example.com", consent="true")
    world.meet()
    rows = [world.row("1"), world.row("2")]
    assert {row["email"] for row in rows} == {"pop@example.com"}
    assert {row["marketing_consent"] for row in rows} == {True}
    assert len(world.hubspot.living()) == 1


def test_a_households_name_goes_to_its_oldest_account(make: Make) -> None:
    world = make(second="ana@example.com")
    world.theirs(city="Deva")
    world.meet()
    assert (world.row("1")["city"], world.row("2")["city"]) == ("Deva", "Iași")


def test_a_household_that_splits_on_the_platform_leaves_the_edit_with_its_person(
    make: Make,
) -> None:
    world = make(second="ana@example.com")
    world.ours("2", email="bob@example.com")
    world.theirs(city="Deva")
    world.meet()
    assert (world.row("1")["city"], world.row("2")["city"]) == ("Deva", "Iași")
    assert world.held(contact_of(world, "bob@example.com"))["city"] == "Iași"


def test_a_new_contact_becomes_an_account_where_that_is_allowed_and_only_once(make: Make) -> None:
    world = make(creates=True)
    new = world.hubspot.make({"email": "eva@example.com", "city": "Deva"})
    world.meet(new)
    world.meet(new)
    (row,) = [row for row in world.platform.rows() if row["email"] == "eva@example.com"]
    assert (row["customer_id"], row["city"]) == (f"hubspot-{new}", "Deva")
    assert len(world.hubspot.living()) == 3


def test_a_new_contact_becomes_nothing_where_that_is_not_allowed(make: Make) -> None:
    world = make()
    new = world.hubspot.make({"email": "eva@example.com", "city": "Deva"})
    world.meet(new)
    assert {row["customer_id"] for row in world.platform.rows()} == {"1", "2"}


def test_somebody_whom_both_sides_enter_is_one_person(make: Make) -> None:
    world = make(creates=True)
    new = world.hubspot.make({"email": "eva@example.com", "city": "Deva"})
    world.platform.add("3", email="Eva@example.com ", city=None)
    world.inbound([world.hubspot.record(new) or {}])
    world.meet(new)
    assert {row["customer_id"] for row in world.platform.rows()} == {"1", "2", "3"}
    assert world.row("3")["city"] == "Deva"
    assert world.ledger.base(ObjectRef("contacts", "customer:3"))


@pytest.mark.parametrize("moved_when_made_anew", [True, False])
def test_a_contact_that_was_never_heard_of_and_is_gone_makes_no_second_account(
    make: Make, moved_when_made_anew: bool
) -> None:
    """It was made under a former address, deleted, and read before that: its person has another."""
    world = make(creates=True)
    world.platform.add("3", email="eva@example.com", city="Arad")
    world.hubspot.fails = ["unheard"]
    bookmark = world.bookmark
    with pytest.raises(ConnectionError):
        world.outbound()
    world.bookmark = bookmark
    lost = contact_of(world, "eva@example.com")
    read = world.read(lost)
    world.hubspot.archive(lost)
    if not moved_when_made_anew:
        world.outbound()
        assert contact_of(world, "eva@example.com") != lost
    world.platform.edit("3", email="eva.new@example.com")
    world.outbound()
    assert contact_of(world, "eva.new@example.com") != lost
    world.inbound(read)
    assert len(world.platform.rows()) == 3
    made_by_hand = world.hubspot.make({"email": "eva@example.com", "city": "Deva"})
    world.tap_arrives(made_by_hand)
    assert {row["email"] for row in world.platform.rows()} >= {"eva@example.com"}
