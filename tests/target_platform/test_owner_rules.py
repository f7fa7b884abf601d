"""A property edited on both sides between runs: what each owner makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from stagedoor.model import Side
from support.pair import REF, Pair, mapping
from support.two_way_engine import Killed

Make = Callable[..., Pair]


@pytest.fixture
def make() -> Iterator[Make]:
    """Makes an account and a contact that agree on their city."""
    made: list[Pair] = []

    def pair(owner: str, city: str | None = "Cluj") -> Pair:
        text = mapping(city=f"{{from: city, inbound: true, owner: {owner}}}")
        made.append(Pair(text, city=city))
        return made[-1]

    yield pair
    for pair_made in made:
        pair_made.close()


def both_edited(pair: Pair, ours: str | None, theirs: str | None) -> None:
    """Edit the city on both sides, and let both jobs run."""
    pair.ours(city=ours)
    pair.theirs(city=theirs)
    pair.meet()


@pytest.mark.parametrize(
    ("owner", "ours", "theirs", "result"),
    [
        ("platform", "Iași", "Arad", "Iași"),
        ("platform", None, "Arad", None),
        ("hubspot", "Iași", "Arad", "Arad"),
        ("hubspot", "Iași", None, None),
        ("if_empty", "Iași", "Arad", "Arad"),
        ("if_empty", "Iași", None, "Iași"),
    ],
)
def test_the_owner_decides(
    make: Make, owner: str, ours: str | None, theirs: str | None, result: str | None
) -> None:
    pair = make(owner)
    both_edited(pair, ours, theirs)
    assert (pair.row()["city"], pair.held()["city"]) == (result, result)


def test_append_has_what_either_side_added_and_not_what_either_took_away(make: Make) -> None:
    pair = make("append", "jazz;opera")
    both_edited(pair, "jazz;opera;rock", "jazz;folk")
    assert pair.row()["city"] == pair.held()["city"] == "jazz;rock;folk"


def test_newest_is_the_edit_that_was_made_last(make: Make) -> None:
    pair = make("newest")
    both_edited(pair, "Iași", "Arad")
    assert pair.row()["city"] == pair.held()["city"] == "Arad"
    pair.theirs(city="Deva")
    pair.ours(city="Oradea")
    pair.meet()
    assert pair.row()["city"] == pair.held()["city"] == "Oradea"


@pytest.mark.parametrize("latest", list(Side))
def test_newest_waits_to_be_told_when_an_edit_was_made_that_only_the_write_has_found(
    make: Make, latest: Side
) -> None:
    pair = make("newest")
    first = Side.HUBSPOT if latest is Side.PLATFORM else Side.PLATFORM
    for side in (first, latest):
        if side is Side.PLATFORM:
            pair.ours(city="Oradea")
        else:
            pair.theirs(city="Deva")
    pair.tap_arrives()
    assert (pair.row()["city"], pair.held()["city"]) == ("Oradea", "Deva")
    pair.meet()
    wins = "Oradea" if latest is Side.PLATFORM else "Deva"
    assert pair.row()["city"] == pair.held()["city"] == wins


@pytest.mark.parametrize("statements", range(20, 60, 2))
def test_newest_needs_no_moment_where_the_platform_holds_what_a_cut_off_run_had_written(
    make: Make, statements: int
) -> None:
    pair = make("newest")
    pair.theirs(city="Oradea")
    pair.kill_in = statements
    with suppress(Killed):
        pair.tap_arrives()
    pair.kill_in = None
    pair.theirs(city="Deva")
    pair.tap_arrives()
    assert pair.row()["city"] == pair.held()["city"] == "Deva"


def test_a_refused_write_takes_no_moment_from_what_is_made_of_a_row(make: Make) -> None:
    pair = make("hubspot")
    told = "SELECT updated_at FROM replica.customers"
    before = pair.database.rows(told)
    pair.theirs(city="Iași")
    pair.ours(city="Arad")
    pair.tap_arrives()
    assert pair.database.rows(told) == before


def test_a_read_from_before_we_wrote_over_an_edit_is_no_edit(make: Make) -> None:
    pair = make("hubspot")
    pair.theirs(city="Iași")
    pair.ours(city="Arad")
    late = pair.read_platform()
    pair.tap_arrives()
    assert pair.row()["city"] == "Iași"
    pair.outbound(late)
    assert pair.held()["city"] == "Iași"


@pytest.mark.parametrize("owner", ["hubspot", "newest", "if_empty", "append", "manual"])
def test_an_edit_of_hubspot_that_is_taken_back_unseen_lets_that_of_the_platform_go(
    make: Make, owner: str
) -> None:
    pair = make(owner)
    pair.theirs(city="Iași")
    pair.ours(city="Arad")
    pair.outbound()
    pair.theirs(city="Cluj")
    pair.meet()
    assert (pair.row()["city"], pair.held()["city"]) == ("Arad", "Arad")


def test_manual_waits_and_neither_side_is_written(make: Make) -> None:
    pair = make("manual")
    both_edited(pair, "Iași", "Arad")
    assert (pair.row()["city"], pair.held()["city"]) == ("Iași", "Arad")
    assert list(pair.notebook.conflicts) == [(REF, "city")]


def test_a_conflict_closes_by_itself_when_both_say_the_same(make: Make) -> None:
    pair = make("manual")
    both_edited(pair, "Iași", "Arad")
    pair.ours(city="Arad")
    pair.meet()
    assert not pair.notebook.conflicts


def test_every_decision_is_logged_with_what_it_was_made_of(make: Make) -> None:
    pair = make("hubspot")
    both_edited(pair, "Iași", "Arad")
    (logged,) = pair.notebook.decisions
    made = logged.decision
    assert (made.base, made.ours, made.theirs, made.value) == ("Cluj", "Iași", "Arad", "Arad")


@pytest.mark.parametrize("owner", ["platform", "hubspot", "newest", "if_empty", "append", "manual"])
@pytest.mark.parametrize("side", list(Side))
def test_an_edit_of_one_side_alone_arrives_whoever_owns_it(
    make: Make, owner: str, side: Side
) -> None:
    pair = make(owner)
    if side is Side.PLATFORM:
        pair.ours(city="Iași")
    else:
        pair.theirs(city="Iași")
    pair.meet()
    assert (pair.row()["city"], pair.held()["city"]) == ("Iași", "Iași")


@pytest.mark.parametrize(
    ("column", "codec", "ours", "theirs"),
    [
        ("marketing_consent", "bool", True, "false"),
        ("phone", "phone", "0720  1", "0720 2"),
        ("language", "text", " ro", "de"),
        ("email", "email", "Ana@Example.com ", "eva@example.com"),
    ],
)
def test_what_was_written_on_either_side_comes_back_as_an_echo(
    column: str, codec: str, ours: Any, theirs: str
) -> None:
    names = {"x": f"{{from: {column}, codec: {codec}, inbound: true}}"}
    text = mapping() if column == "email" else mapping(x=names["x"])
    pair = Pair(text, city="Cluj")
    name = "email" if column == "email" else "x"
    try:
        pair.ours(**{column: ours})
        pair.outbound()
        assert pair.inbound(pair.read()).counts == {"contacts": {"echo": 1}}
        pair.theirs(**{name: theirs})
        pair.meet()
        pair.hubspot.log.clear()
        pair.meet()
        assert (pair.hubspot.log, pair.held()[name]) == ([], theirs)
    finally:
        pair.close()
