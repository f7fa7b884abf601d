"""A portal at a glance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stagedoor.store.alerts import Alert
from stagedoor.store.inbox import DONE
from stagedoor.store.runs import RunRecord
from stagedoor_service.application.alerting import open_alerts
from stagedoor_service.application.connecting import ConnectionReport, report
from stagedoor_service.application.office import Office
from stagedoor_service.application.running import list_runs

ACTIVE = ("queued", "running")


@dataclass(frozen=True, slots=True)
class Overview:
    """What a person wants to know first."""

    connection: ConnectionReport
    last_run: RunRecord | None
    """The last that ended."""
    active: Sequence[RunRecord]
    """Those that wait or go on."""
    events_waiting: int
    """What was told by webhooks and is not done."""
    letters: int
    """Open dead letters."""
    alerts: Sequence[Alert]
    """What is bad now."""
    conflicts: int
    """Properties that wait for a person's decision."""

    @property
    def runs_waiting(self) -> int:
        """How many runs have not begun."""
        return sum(run.status == "queued" for run in self.active)

    @property
    def backlog(self) -> int:
        """How much waits: runs and events."""
        return self.runs_waiting + self.events_waiting


def overview(office: Office, portal: str) -> Overview:
    """Return a portal at a glance; asks HubSpot how it is connected."""
    runs = list_runs(office, portal, limit=50)
    counts = office.store.inbox(portal).counts()
    return Overview(
        connection=report(office, portal),
        last_run=next((run for run in runs if run.status not in ACTIVE), None),
        active=[run for run in runs if run.status in ACTIVE],
        events_waiting=sum(number for status, number in counts.items() if status != DONE),
        letters=office.store.dead_letters.count(portal),
        alerts=open_alerts(office, portal),
        conflicts=len(office.store.conflicts.list(portal)),
    )
