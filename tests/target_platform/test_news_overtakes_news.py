"""Edits of both sides meet, reads come late or twice, and nobody's edit is taken for another's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest

from support.pair import Pair, mapping
from support.two_way_engine import Killed


@pytest.fixture
def pair() -> Iterator[Pair]:
    """An account and its contact, which agree on city and phone."""
    both = "{from: %s, inbound: true}"
    made = Pair(mapping(city=both % "city", phone=both % "phone"), city="Cluj", phone="0720 1")
    yield made
    made.close()


def test_seen_twice_it_is_written_once(pair: Pair) -> None:
    pair.theirs(city="Iași")
    read = pair.read()
    assert pair.inbound(read).counts == {"contacts": {"to platform": 1}}
    assert pair.inbound(read).counts == {"contacts": {"echo": 1}}


def test_a_cleared_property_is_emptied(pair: Pair) -> None:
    pair.theirs(city=None)
    pair.tap_arrives()
    assert pair.row()["city"] is None


def test_an_edit_of_the_platform_meanwhile_is_not_overwritten(pair: Pair) -> None:
    """It was made after the platform was read last; the rule is `platform`, so that it stays."""
    pair.theirs(city="Iași")
    pair.ours(city="Brașov")
    pair.tap_arrives()
    assert pair.row()["city"] == "Brașov"
    pair.outbound()
    assert pair.held()["city"] == "Brașov"


def test_a_push_does_not_overwrite_an_edit_that_nobody_has_seen_yet(pair: Pair) -> None:
    pair.theirs(city="Iași")
    pair.ours(phone="0720 2")
    pair.outbound()
    assert (pair.held()["city"], pair.held()["phone"]) == ("Iași", "0720 2")
    pair.tap_arrives()
    assert pair.row()["city"] == "Iași"


def test_a_read_from_before_our_own_write_is_no_edit(pair: Pair) -> None:
    read = pair.read()
    pair.ours(city="Brașov")
    pair.outbound()
    pair.inbound(read)
    assert pair.row()["city"] == "Brașov"


@pytest.mark.parametrize("statements", range(30, 42))
def test_a_push_that_is_cut_off_anywhere_leaves_no_write_of_ours_for_an_edit(
    statements: int,
) -> None:
    pair = Pair(mapping(phone="{from: phone, inbound: true, owner: hubspot}"), phone="0720 1")
    bookmark = pair.bookmark
    pair.ours(phone="0720 2")
    pair.kill_in = statements
    with suppress(Killed):
        pair.outbound()
    pair.kill_in, pair.bookmark = None, bookmark
    pair.ours(phone="0720 3")
    pair.outbound()
    assert pair.held()["phone"] == "0720 3"
    pair.close()


def test_an_edit_that_the_platform_told_of_only_at_the_write_is_nobodys_doubt() -> None:
    pair = Pair(mapping(phone="{from: phone, inbound: true, owner: hubspot}"), phone="0720 1")
    pair.theirs(phone="0720 2")
    pair.ours(phone="0720 3")
    pair.tap_arrives()
    assert (pair.row()["phone"], pair.notebook.conflicts) == ("0720 2", {})
    pair.close()


@pytest.mark.parametrize("statements", range(20, 50, 2))
def test_an_edit_upon_what_a_cut_off_run_had_written_is_not_lost(statements: int) -> None:
    pair = Pair(mapping(phone="{from: phone, inbound: true, owner: hubspot}"), phone="0720 1")
    pair.theirs(phone="0720 2")
    read = pair.read()
    pair.kill_in = statements
    with suppress(Killed):
        pair.inbound(read)
    pair.kill_in = None
    was_written = pair.row()["phone"] == "0720 2"
    pair.ours(phone="0720 3")
    pair.absorb()
    pair.inbound(read)
    assert pair.row()["phone"] == ("0720 3" if was_written else "0720 2")
    pair.close()


def test_a_read_from_before_both_said_the_same_is_no_edit(pair: Pair) -> None:
    read = pair.read()
    pair.theirs(city="Iași")
    pair.ours(city="Iași", phone="0720 2")
    pair.outbound()
    pair.inbound(read)
    assert pair.row()["city"] == "Iași"


def test_a_read_from_before_a_write_nobody_heard_of_is_no_edit_though_it_was_edited_since(
    pair: Pair,
) -> None:
    read = pair.read()
    pair.ours(city="Brașov", phone="0720 2")
    pair.hubspot.fails = ["unheard"]
    with pytest.raises(ConnectionError):
        pair.outbound()
    pair.theirs(phone="0720 3")
    pair.outbound()
    pair.inbound(read)
    assert (pair.row()["city"], pair.row()["phone"]) == ("Brașov", "0720 2")
    pair.tap_arrives()
    assert pair.row()["phone"] == "0720 3"


def test_an_edit_upon_a_creation_nobody_heard_of_arrives_though_we_wrote_after_it_was_read(
    pair: Pair,
) -> None:
    pair.platform.add("2", email="bob@example.com", city="Cluj", phone="0720 5")
    pair.hubspot.fails = ["unheard"]
    with pytest.raises(ConnectionError):
        pair.outbound()
    (bob,) = [i for i in pair.hubspot.records if i != pair.contact]
    pair.theirs(bob, phone="0720 6")
    read = pair.read(bob)
    pair.ours("2", email="bobby@example.com")
    pair.hubspot.fails = ["unheard"]
    with pytest.raises(ConnectionError):
        pair.outbound()
    pair.outbound()
    pair.inbound(read)
    assert (pair.row("2")["phone"], pair.held(bob)["phone"]) == ("0720 6", "0720 6")


def test_an_older_read_that_comes_later_undoes_nothing(pair: Pair) -> None:
    pair.theirs(city="Iași")
    older = pair.read()
    pair.theirs(city="Arad")
    pair.tap_arrives()
    pair.inbound(older)
    assert pair.row()["city"] == "Arad"


def test_a_quiet_run_writes_nothing_and_asks_nothing(pair: Pair) -> None:
    pair.meet()
    written, read = len(pair.hubspot.log), pair.hubspot.reads
    pair.meet()
    assert (len(pair.hubspot.log), pair.hubspot.reads) == (written, read)


def test_a_doubt_about_our_own_write_ends_when_it_has_arrived(pair: Pair) -> None:
    """A late read made it look like a conflict; HubSpot holds what we sent, so nothing waits."""
    pair.theirs(city="Iași")
    read = pair.read()
    pair.ours(city="Brașov")
    pair.hubspot.fails = ["unheard"]
    with pytest.raises(ConnectionError):
        pair.outbound()
    pair.inbound(read)
    pair.ours(city="Arad", phone="0720 2")
    pair.outbound()
    assert pair.held()["city"] == "Arad"
    assert pair.notebook.waiting() == {}
