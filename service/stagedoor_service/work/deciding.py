"""Carries out what a person decided about a conflict, or takes it back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from stagedoor.config import load_platform
from stagedoor.model import Side
from stagedoor.store.runs import RunRecord
from stagedoor.sync import outbound
from stagedoor.sync.platforms import open_writer
from stagedoor.sync.portals import open_portal
from stagedoor.sync.resolving import Choice, Resolving
from stagedoor.sync.session import open_session
from stagedoor_service.application.office import Office
from stagedoor_service.application.running import Wanted
from stagedoor_service.application.tracing import observers
from stagedoor_service.work.progress import KeptProgress


def decide(office: Office, run: RunRecord, wanted: Wanted) -> None:
    """Give the platform the value that was decided, then HubSpot by a push."""
    told = wanted.options
    choice = Choice(Side(told["use"]) if told.get("use") else None, told.get("value"))
    with _resolving(office, run) as resolving:
        resolving.resolve(int(told["conflict_id"]), choice, str(told.get("reason") or ""))
        with open_portal(resolving.session.settings, observers=observers()) as portal:
            outbound.push(resolving.session, portal)


def undo(office: Office, run: RunRecord, wanted: Wanted) -> None:
    """Give each side back what it held before a decision."""
    with (
        _resolving(office, run) as resolving,
        open_portal(resolving.session.settings, observers=observers()) as portal,
    ):
        resolving.undo(int(wanted.options["decision_id"]), portal)
        resolving.session.database.checkpoint()


@contextmanager
def _resolving(office: Office, run: RunRecord) -> Iterator[Resolving]:
    settings = office.portal_settings(run.portal)
    progress = KeptProgress(office.store.queue, run.run_id)
    with open_session(
        settings, purpose=run.purpose, progress=progress, queued=run.run_id
    ) as session:
        yield Resolving(session, open_writer(load_platform(), session.plugins))
