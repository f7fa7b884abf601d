"""The Webhooks Journal: read by offset, and what happens when it does not reach back."""

from __future__ import annotations

import pytest

from stagedoor.errors import Misconfigured
from support.reading import Maker, Reader

STREAMS = ("contacts", "merges", "deletions")
DAY = 86_400


@pytest.fixture
def journal(reader: Reader) -> Reader:
    """A tap that follows the journal only."""
    reader.settings |= {"modes": ["journal"], "object_types": ["contacts"]}
    return reader


def searches(maker: Maker) -> int:
    calls = maker.calls()
    names = ("POST objects/{type}/search contacts", "GET objects/{type} contacts")
    return sum(calls.get(name, 0) for name in names)


def test_the_first_run_polls_everything_and_subscribes(maker: Maker, journal: Reader) -> None:
    made = maker.contacts(3)
    assert sorted(journal.run("contacts").ids("contacts"), key=int) == made
    told = maker.portal.get("/webhooks-journal/subscriptions/2026-09")["results"]
    assert isinstance(told, list)
    assert {one["subscriptionType"] for one in told} == {
        "OBJECT",
        "ASSOCIATION",
        "GDPR_PRIVACY_DELETION",
    }


def test_later_runs_read_what_the_journal_tells_and_nothing_else(
    maker: Maker, journal: Reader
) -> None:
    made = maker.contacts(5)
    maker.clock(advance=10)
    journal.run(*STREAMS)
    maker.update("contacts", {made[1]: {"firstname": "Ana"}, made[2]: {"firstname": "Ion"}})
    maker.update("contacts", {made[1]: {"firstname": "Maria"}})
    maker.archive("contacts", made[3:4])
    maker.erase(made[4])
    maker.calls()
    said = journal.run(*STREAMS)
    names = {r["id"]: r["properties"]["firstname"] for r in said.of("contacts")}
    gone = {(d["id"], d["kind"]) for d in said.of("deletions")}
    assert (names, gone, searches(maker)) == (
        {made[1]: "Maria", made[2]: "Ion"},
        {(made[3], "archived"), (made[4], "privacy")},
        0,
    )


def test_what_was_read_is_not_read_again(maker: Maker, journal: Reader) -> None:
    maker.clock(advance=10)
    journal.run(*STREAMS)
    maker.contacts(3)
    journal.run(*STREAMS)
    assert journal.run(*STREAMS).records == {}


def test_a_run_whose_state_was_lost_is_repeated_whole(maker: Maker, journal: Reader) -> None:
    maker.clock(advance=10)
    journal.run(*STREAMS)
    made = maker.contacts(3)
    before = dict(journal.state)
    journal.run(*STREAMS)
    journal.state = before
    assert journal.run("contacts").ids("contacts") == made


def test_a_journal_that_does_not_reach_back_is_filled_by_a_poll(
    maker: Maker, journal: Reader
) -> None:
    """After four days the file that told of the first change is gone."""
    made = maker.contacts(4)
    maker.clock(advance=10)
    journal.run(*STREAMS)
    maker.update("contacts", {made[0]: {"firstname": "early"}})
    maker.portal.get("/webhooks-journal/journal/2026-09/earliest")  # files it
    maker.clock(advance=4 * DAY)
    maker.update("contacts", {made[1]: {"firstname": "late"}})
    maker.clock(advance=10)
    filled = journal.run(*STREAMS)
    maker.update("contacts", {made[2]: {"firstname": "after"}})
    maker.clock(advance=10)
    maker.calls()
    followed = journal.run("contacts")
    assert {*filled.ids("contacts")} == {made[0], made[1]}
    assert (followed.ids("contacts"), searches(maker)) == ([made[2]], 0)


def test_an_offset_that_hubspot_no_longer_knows_is_a_gap_however_young_it_is(
    maker: Maker, journal: Reader
) -> None:
    made = maker.contacts(2)
    maker.clock(advance=10)
    journal.run("contacts")
    maker.update("contacts", {made[0]: {"firstname": "told"}})
    journal.run("contacts")
    journal.state["bookmarks"]["journal"]["offset"] = "11111111-2222-3333-4444-555555555555"
    maker.update("contacts", {made[1]: {"firstname": "missed"}})
    maker.clock(advance=10)
    assert made[1] in journal.run("contacts").ids("contacts")


def test_both_ways_together_lose_nothing(maker: Maker, journal: Reader) -> None:
    made = maker.contacts(3)
    maker.clock(advance=10)
    journal.run("contacts", modes=["journal", "poll"])
    maker.update("contacts", {made[0]: {"firstname": "Ana"}})
    maker.clock(advance=10)
    assert journal.run("contacts", modes=["journal", "poll"]).ids("contacts") == [made[0]]


def test_without_the_app_s_credentials_the_settings_are_named(journal: Reader) -> None:
    with pytest.raises(Misconfigured, match="client_id"):
        journal.run("contacts", client_id=None)
