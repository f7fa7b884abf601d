"""What is old is forgotten by its setting; what is open is never forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Table, update

from stagedoor.arrivals import Arrival
from stagedoor.config import HubSpotSettings
from stagedoor.engine.merge import Decision
from stagedoor.model import ObjectRef, Owner
from stagedoor.store import tables
from stagedoor.store.dead_letters import DeadLetter
from stagedoor.store.decisions import Decided
from stagedoor.store.log import LogLine
from stagedoor_service.application.office import Office, open_office
from stagedoor_service.settings import load_service_settings
from stagedoor_service.work.schedule import forget_old

OLD = (datetime.now(UTC) - timedelta(days=400)).isoformat(timespec="milliseconds")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    target = HubSpotSettings(state_dir=tmp_path, portal="prod", portal_url="http://127.0.0.1:9")
    with open_office(load_service_settings(), target) as opened:
        yield opened


def fill(office: Office) -> None:
    """Let there be two of each: one that is over, and one that is open."""
    store, inbox = office.store, office.store.inbox("prod")
    for number in ("1", "2"):
        run = store.runs.start("outbound", "prod")
        inbox.put([Arrival("platform", number, "x", "orders", number, OLD, "{}")])
        letter = DeadLetter("push", "contacts", number, "X", "what", "do")
        store.dead_letters.bury([letter], portal="prod", run_id=run.run_id)
        made = Decision("city", "a", "b", "c", Owner.MANUAL, None, by="rule")
        decided = Decided(ObjectRef("contacts", number), number, made)
        (decision,) = store.decisions.log("prod", run.run_id, [decided])
        store.conflicts.open("prod", run.run_id, [decided], decision_id=decision)
        if number == "1":
            store.runs.finish(run.run_id, "done", exit_code=0, counts={})
            inbox.take("token", 1, source="platform")
            inbox.confirm("token")
            store.dead_letters.close([1], "resolved")
            store.conflicts.close("prod", [(decided.ref, "city")], "resolved")
    store.log.add([LogLine(OLD, "info", "s", "old", "prod")])
    store.sessions.begin("word", "key", -1)


def make_old(office: Office, table: Table, column: str) -> None:
    """Let what has a time in a column have an old one."""
    there = table.c[column].is_not(None)
    with office.store.engine.begin() as connection:
        connection.execute(update(table).where(there).values({column: OLD}))


def test_what_is_old_is_forgotten_and_what_is_open_stays(office: Office) -> None:
    fill(office)
    for table, column in (
        (tables.runs, "ended_at"),
        (tables.inbox, "done_at"),
        (tables.dead_letters, "closed_at"),
        (tables.conflicts, "closed_at"),
        (tables.decisions, "at"),
    ):
        make_old(office, table, column)
    gone = {what: number for what, number in forget_old(office).items() if number}
    assert gone == {
        "runs": 1,
        "events": 1,
        "lines of the log": 1,
        "dead letters": 1,
        "conflicts": 1,
        "decisions": 1,
        "sessions": 1,
    }
    store = office.store
    assert len(store.dead_letters.list("prod", closed=True)) == 1
    assert len(store.conflicts.list("prod", closed=True)) == 1
    assert len(store.decisions.list("prod")) == 1


def test_what_is_new_stays(office: Office) -> None:
    fill(office)
    gone = {what: number for what, number in forget_old(office).items() if number}
    assert gone == {"lines of the log": 1, "sessions": 1}
