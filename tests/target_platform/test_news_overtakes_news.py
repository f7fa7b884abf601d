"""Edits of both sides meet, reads come late or twice, and nobody's edit is taken for another's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.pair import Pair, mapping


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
