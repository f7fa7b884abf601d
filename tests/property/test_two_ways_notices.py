"""The random lives notice when the engine is broken: each of these makes them fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from stagedoor.engine import inbound
from stagedoor.state import seen
from stagedoor.state.merges import Merges
from stagedoor.state.sent import Sent
from stagedoor.sync.present import PresentValues
from stagedoor_plugins.platform_sources import sql_writer
from stagedoor_plugins.platform_sources.writable_table import write_row
from support.seasons import Season

PEOPLE = 60
SEASONS = 12
DAYS = 8

Break = Callable[[pytest.MonkeyPatch], None]


def never_look_before_a_push(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(PresentValues, "settle", lambda _self, _type, _rules, c: (list(c), []))


def take_old_reads_for_edits(patch: pytest.MonkeyPatch) -> None:
    linked = seen._linked
    patch.setattr(seen, "_linked", lambda row: replace(linked(row), newer={}))


def forget_what_is_on_its_way(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Sent, "_intend", lambda _self, _batch: None)


def agree_to_what_was_decided(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(inbound, "agreed", lambda ds: {d.property: d.value for d in ds if not d.is_open})


def take_every_echo_for_an_edit(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(inbound.Seen, "differing", lambda self: dict(self.theirs))
    patch.setattr(inbound, "is_agreement", lambda _decision: False)
    patch.setattr(inbound, "_times", lambda seen, _ours: dict(seen.times))
    patch.setattr("stagedoor.sync.deciding.writes", _all_values)


def write_the_platform_unguarded(patch: pytest.MonkeyPatch) -> None:

    def unguarded(connection: Any, target: Any, change: Any, moment: Any) -> Any:
        return write_row(connection, target, replace(change, expected={}), moment)

    patch.setattr(sql_writer, "write_row", unguarded)


def let_merged_people_fill_one_record(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Merges, "_hold_twins", lambda _self, _loser, _winner, _entries: [])


def _all_values(decisions: Any, _side: Any) -> dict[str, str | None]:
    return {d.property: d.theirs for d in decisions if not d.is_open}


@pytest.mark.parametrize(
    "breaks",
    [
        never_look_before_a_push,
        take_old_reads_for_edits,
        forget_what_is_on_its_way,
        agree_to_what_was_decided,
        take_every_echo_for_an_edit,
        write_the_platform_unguarded,
        let_merged_people_fill_one_record,
    ],
    ids=lambda breaks: breaks.__name__,
)
def test_the_lives_fail_when_the_engine_would(
    breaks: Break, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaks(monkeypatch)
    with pytest.raises(AssertionError):
        live(SEASONS)


def test_the_same_lives_do_not_fail_otherwise() -> None:
    live(SEASONS)


def live(seasons: int) -> None:
    """Let people live in some seasons, until one fails."""
    for number in range(seasons):
        chance, season = Random(number), Season()
        try:
            for _ in range(PEOPLE):
                season.lives.arrive(chance)
            for _ in range(DAYS):
                for person in season.crowd.people:
                    for _ in range(chance.choice((0, 1, 2))):
                        season.lives.live(person, chance)
                chance.choice((season.outbound, season.tap, season.inbound))(chance)
            season.rest()
            season.check()
            season.check_quiet()
        finally:
            season.world.close()
