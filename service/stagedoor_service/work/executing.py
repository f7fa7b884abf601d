"""Carries out one run from the queue."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from structlog.contextvars import bound_contextvars

from stagedoor.config import HubSpotSettings
from stagedoor.engine import explain
from stagedoor.errors import StagedoorError
from stagedoor.store.runs import RunRecord
from stagedoor.sync import outbound
from stagedoor.sync.portals import open_portal
from stagedoor.sync.replay import replay
from stagedoor.sync.session import Session, open_session
from stagedoor_service.application.office import Office
from stagedoor_service.application.running import (
    DECIDE,
    OUTBOUND,
    PLAN,
    REPLAY,
    TRACE,
    UNDO,
    Wanted,
)
from stagedoor_service.application.tracing import observers, span
from stagedoor_service.application.trying import with_text
from stagedoor_service.work import deciding
from stagedoor_service.work.progress import KeptProgress
from stagedoor_service.work.reading import read_platform

logger = logging.getLogger("stagedoor.service")

LINES_KEPT = 5_000
"""Lines of a plan that are kept with its run."""


def execute(office: Office, run: RunRecord) -> None:
    """Carry out a run; how it ends is kept with it, whatever happens."""
    wanted = Wanted.from_json(dict(run.request or {}))
    try:
        told = {"stagedoor.portal": run.portal, "stagedoor.run_id": run.run_id}
        asked = {"traceparent": str(wanted.options.get(TRACE) or "")}
        with (
            bound_contextvars(portal=run.portal, run_id=run.run_id),
            span(f"run {run.purpose}", told, carrier=asked),
        ):
            _KINDS[run.purpose](office, run, wanted)
    except StagedoorError as error:
        logger.warning("Run %s failed: %s: %s", run.run_id, error.code, error)
        _end_unbegun(office, run, error.exit_code, f"{error.code}: {error}")
    except Exception as error:
        logger.exception("Run %s failed", run.run_id)
        _end_unbegun(office, run, 1, type(error).__name__)


def _end_unbegun(office: Office, run: RunRecord, exit_code: int, told: str) -> None:
    """Let a run fail that has not said so itself: its portal was busy, or it could not begin."""
    kept = office.store.runs.get(run.run_id)
    if kept is not None and kept.ended_at is None:
        office.store.runs.finish(run.run_id, "failed", exit_code=exit_code, counts={}, error=told)


def _settings(office: Office, run: RunRecord, wanted: Wanted) -> HubSpotSettings:
    settings = office.portal_settings(run.portal)
    if wanted.allow_any_size:
        return settings.model_copy(update={"max_changes": None, "max_removals": 1.0})
    return settings


def _outbound(office: Office, run: RunRecord, wanted: Wanted) -> None:
    settings = _settings(office, run, wanted)
    if wanted.read:
        read_platform(settings, full=wanted.full)
    with ExitStack() as stack:
        session = stack.enter_context(
            open_session(
                settings,
                purpose=OUTBOUND,
                progress=KeptProgress(office.store.queue, run.run_id),
                scope=wanted.scope,
                queued=run.run_id,
            )
        )
        outbound.push(session, stack.enter_context(open_portal(settings, observers=observers())))


def _replay(office: Office, run: RunRecord, wanted: Wanted) -> None:
    settings = _settings(office, run, wanted)
    with ExitStack() as stack:
        session = stack.enter_context(
            open_session(
                settings,
                purpose=REPLAY,
                progress=KeptProgress(office.store.queue, run.run_id),
                takes_input=True,
                queued=run.run_id,
            )
        )
        letters = session.store.dead_letters.list(run.portal)
        replay(session, [kept for kept in letters if kept.id in wanted.letters])
        outbound.push(session, stack.enter_context(open_portal(settings, observers=observers())))


def _plan(office: Office, run: RunRecord, wanted: Wanted) -> None:
    """Plan on a copy of the state; the session of a dry run keeps no record, so it is kept here."""
    settings = _settings(office, run, wanted)
    if wanted.read:
        read_platform(settings, full=wanted.full)
    dry = settings.model_copy(update={"dry_run": True})
    with ExitStack() as stack:
        tried = wanted.options.get("mapping")
        if tried is not None:
            dry = stack.enter_context(with_text(dry, str(tried)))
        session = stack.enter_context(
            open_session(
                dry,
                purpose=PLAN,
                progress=KeptProgress(office.store.queue, run.run_id),
                scope=wanted.scope,
            )
        )
        office.store.runs.start(PLAN, run.portal, run.run_id)
        portal = stack.enter_context(open_portal(settings, observers=observers()))
        planned, _ = outbound.plan_with_schema(session, portal)
        result = _told(session, planned)
    office.store.queue.note_result(run.run_id, result)
    office.store.runs.finish(run.run_id, "done", exit_code=0, counts={"planned": result["totals"]})


def _told(session: Session, planned: Any) -> dict[str, Any]:
    """Return a plan in numbers and lines, as `stagedoor plan` prints it."""
    del session
    lines: list[str] = []
    more = 0
    for line in explain.lines(planned.plan, planned.keys):
        if len(lines) < LINES_KEPT:
            lines.append(line)
        else:
            more += 1
    totals = {
        f"{phase.object_type} {phase.action}": phase.count
        for phase in planned.plan.objects
        if phase.count
    }
    return {
        "is_empty": planned.plan.is_empty,
        "totals": totals,
        "unchanged": planned.plan.unchanged,
        "lines": lines,
        "lines_left_out": more,
    }


_KINDS: dict[str, Callable[[Office, RunRecord, Wanted], None]] = {
    OUTBOUND: _outbound,
    PLAN: _plan,
    REPLAY: _replay,
    DECIDE: deciding.decide,
    UNDO: deciding.undo,
}
