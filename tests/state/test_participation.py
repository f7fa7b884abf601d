"""Who takes part: what HubSpot is told, in which order, and at which time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from stagedoor.engine.audience import Attendance
from stagedoor.mapping.lists import EventMapping
from stagedoor.state.audience_ledger import AudienceLedger
from stagedoor.state.database import StateDatabase
from stagedoor.state.desired import DesiredState
from stagedoor.state.files import FILE_NAME
from stagedoor.state.happenings import OccurrenceState, ParticipationState
from stagedoor.state.pending import Pending
from stagedoor.state.replica import Replica

NOW = datetime(2026, 11, 1, tzinfo=UTC)
JANUARY, MARCH, MAY = (f"TIMESTAMP '2026-0{month}-01 10:00:00'" for month in (1, 3, 5))
MS = {
    name: round(datetime(2026, month, 1, 10, tzinfo=UTC).timestamp() * 1_000)
    for name, month in (("january", 1), ("march", 3), ("may", 5))
}
HELD = {"registered_at": JANUARY, "held_since": JANUARY}
CAME = {**HELD, "attended_at": MARCH}
GONE = {"registered_at": JANUARY, "cancelled_at": MARCH}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[StateDatabase]:
    """A state in which one event and one contact are in HubSpot."""
    state = StateDatabase(tmp_path / FILE_NAME)
    Replica(state)
    Pending(state)
    state.execute("CREATE TEMP TABLE desired_marketing_events AS SELECT 'event:1' AS key")
    state.execute("CREATE TEMP TABLE desired_contacts AS SELECT 'customer:1' AS key")
    for row in (("marketing_events", "event:1", "70"), ("contacts", "customer:1", "80")):
        state.execute(
            "INSERT INTO ledger.objects VALUES (?, ?, ?, '', '{}', '', 'run', NULL)", list(row)
        )
    yield state
    state.close()


def tell(database: StateDatabase, **times: str) -> list[tuple[str, int]]:
    """Tell HubSpot, keep it in the ledger, and return what was told."""
    names = ("registered_at", "attended_at", "held_since", "cancelled_at")
    body = ", ".join(f"{times.get(name, 'NULL')}::TIMESTAMP AS {name}" for name in names)
    state = ParticipationState(database, "marketing_events", ["contacts"])
    sql = f"SELECT 'event:1' AS event_key, 'customer:1' AS contact_key, {body}"
    state.prepare(DesiredState(database, NOW), sql)
    told = []
    for phase in list(state.phases()):
        people = list(phase.people())
        AudienceLedger(database, "run").settle_people(phase.attendance, people)
        told += [(phase.attendance.value, person.at) for person in people]
    return told


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (HELD, [("REGISTERED", MS["january"])]),
        (CAME, [("REGISTERED", MS["january"]), ("ATTENDED", MS["march"])]),
        (GONE, [("REGISTERED", MS["january"]), ("CANCELLED", MS["march"])]),
        ({"attended_at": MARCH}, []),
    ],
)
def test_it_is_told_once(
    database: StateDatabase, times: dict[str, str], expected: list[tuple[str, int]]
) -> None:
    assert tell(database, **times) == expected
    assert tell(database, **times) == []


def test_times_rise_even_when_everything_happened_at_once(database: StateDatabase) -> None:
    """At the door people buy and are scanned in one moment, which HubSpot would take for one."""
    told = tell(database, registered_at=MARCH, held_since=MARCH, attended_at=MARCH)
    assert told == [("REGISTERED", MS["march"]), ("ATTENDED", MS["march"] + 1)]


def test_what_the_platform_moves_back_in_time_still_comes_last(database: StateDatabase) -> None:
    tell(database, registered_at=MAY, held_since=MAY)
    assert tell(database, registered_at=MAY, cancelled_at=JANUARY) == [("CANCELLED", MS["may"] + 1)]


def test_cancelling_and_coming_back_is_told_each_time(database: StateDatabase) -> None:
    tell(database, **GONE)
    back = {"registered_at": JANUARY, "held_since": MAY}
    assert tell(database, **back) == [("REGISTERED", MS["may"])]
    assert tell(database, **back) == []
    assert tell(database, **GONE) == [("CANCELLED", MS["may"] + 1)]


def test_who_attended_does_not_cancel(database: StateDatabase) -> None:
    tell(database, **CAME)
    assert tell(database, registered_at=JANUARY, cancelled_at=MAY) == []


def test_a_check_in_that_is_undone_tells_nothing(database: StateDatabase) -> None:
    tell(database, **CAME)
    assert tell(database, **HELD) == []


def test_another_contact_in_hubspot_is_told_of_anew(database: StateDatabase) -> None:
    tell(database, **HELD)
    database.execute("UPDATE ledger.objects SET hubspot_id = '81' WHERE key = 'customer:1'")
    assert tell(database, **HELD) == [("REGISTERED", MS["january"])]


def test_nobody_is_told_of_before_contact_and_event_are_there(database: StateDatabase) -> None:
    database.execute("DELETE FROM ledger.objects WHERE object_type = 'contacts'")
    assert tell(database, **HELD) == []


def test_the_plan_counts_who_is_to_be_made_first(database: StateDatabase) -> None:
    database.execute("DELETE FROM ledger.objects")
    for name, key in (("contacts", "customer:1"), ("marketing_events", "event:1")):
        database.execute("INSERT INTO planned VALUES (?, 'create', 0, ?, '')", [name, key])
    state = ParticipationState(database, "marketing_events", ["contacts"])
    times = (
        "now()::TIMESTAMP AS registered_at, NULL::TIMESTAMP AS attended_at, "
        "now()::TIMESTAMP AS held_since, NULL::TIMESTAMP AS cancelled_at"
    )
    sql = f"SELECT 'event:1' AS event_key, 'customer:1' AS contact_key, {times}"
    state.prepare(DesiredState(database, NOW), sql)
    (phase,) = state.phases()
    assert (phase.attendance, phase.count, phase.calls) == (Attendance.REGISTERED, 1, 1)
    assert list(phase.planned()) == [("event:1", "customer:1")]
    assert list(phase.people()) == []


def test_what_hubspot_refused_is_told_when_it_is_reconsidered(database: StateDatabase) -> None:
    ledger = AudienceLedger(database, "run")
    tell(database, **HELD)
    database.execute("UPDATE ledger.participations SET refused = true")
    assert tell(database, **HELD) == []
    ledger.reconsider()
    assert tell(database, **HELD) == [("REGISTERED", MS["january"])]


EVENT: dict[str, Any] = {
    "label": "Bought",
    "sql": "SELECT * FROM (VALUES (1, 'customer:1', TIMESTAMP '2026-01-01', 'x'), "
    "(1, 'customer:1', TIMESTAMP '2026-02-01', 'y'), (2, 'customer:9', TIMESTAMP '2026-01-01', "
    "'z'), (3, NULL, TIMESTAMP '2026-01-01', 'n')) AS t (key, contact, occurred_at, what)",
    "properties": {"what": {"from": "what"}},
}


def test_a_key_counts_once_and_only_people_in_hubspot_count(database: StateDatabase) -> None:
    state = OccurrenceState(database, "bought", EventMapping.model_validate(EVENT), ["contacts"])
    state.prepare(DesiredState(database, NOW))
    (phase,) = state.phases()
    (one,) = phase.occurrences()
    assert (phase.count, one.key, one.contact_id, one.properties) == (1, "1", "80", {"what": "x"})
    AudienceLedger(database, "run").settle_occurrences("bought", ["1"])
    state.prepare(DesiredState(database, NOW))
    assert list(state.phases()) == []
