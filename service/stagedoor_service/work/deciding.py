"""Carries out what a person decided about a conflict, or takes it back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from stagedoor.config import load_platform
from stagedoor.errors import Misconfigured
from stagedoor.store.runs import RunRecord
from stagedoor.sync import outbound
from stagedoor.sync.platforms import open_writer
from stagedoor.sync.portals import open_portal
from stagedoor.sync.resolving import Resolving
from stagedoor.sync.session import open_session
from stagedoor_service.application import mappings
from stagedoor_service.application.conflicts import choice_of
from stagedoor_service.application.office import Office
from stagedoor_service.application.problem import Problem
from stagedoor_service.application.running import Wanted
from stagedoor_service.application.tracing import observers
from stagedoor_service.work.progress import KeptProgress


def decide(office: Office, run: RunRecord, wanted: Wanted) -> None:
    """Give the platform the value that was decided, HubSpot by a push, and make it the rule."""
    conflict_id = int(wanted.options["conflict_id"])
    with _resolving(office, run, wanted) as resolving:
        kept = office.store.conflicts.get(run.portal, conflict_id)
        # A run that was cut off may have decided it already; then the rest is left to do.
        if run.attempts <= 1 or kept is None or kept.closed_at is None:
            reason = str(wanted.options.get("reason") or "")
            resolving.resolve(conflict_id, choice_of(wanted), reason)
        with open_portal(resolving.session.settings, observers=observers()) as portal:
            outbound.push(resolving.session, portal)
        if wanted.options.get("always"):
            _make_rule(office, run, conflict_id, wanted)


def _make_rule(office: Office, run: RunRecord, conflict_id: int, wanted: Wanted) -> None:
    kept, side = office.store.conflicts.get(run.portal, conflict_id), choice_of(wanted).side
    if kept is None or side is None:
        return
    try:
        mappings.let_win(
            office, run.portal, side, kept.ref.object_type, kept.property, by=run.asked_by or ""
        )
    except Problem as problem:
        raise Misconfigured(
            f"{kept.property} of {kept.ref} is decided, but the rule is not written: "
            f"{problem.detail}"
        ) from problem


def undo(office: Office, run: RunRecord, wanted: Wanted) -> None:
    """Give each side back what it held before a decision."""
    with (
        _resolving(office, run, wanted) as resolving,
        open_portal(resolving.session.settings, observers=observers()) as portal,
    ):
        resolving.undo(int(wanted.options["decision_id"]), portal)
        resolving.session.database.checkpoint()


@contextmanager
def _resolving(office: Office, run: RunRecord, wanted: Wanted) -> Iterator[Resolving]:
    settings = office.portal_settings(run.portal)
    progress = KeptProgress(office.store.queue, run.run_id)
    with open_session(
        settings,
        purpose=run.purpose,
        progress=progress,
        scope=wanted.scope,
        queued=run.run_id,
    ) as session:
        writer = open_writer(load_platform(), session.plugins)
        yield Resolving(session, writer, run.asked_by or "unknown")
