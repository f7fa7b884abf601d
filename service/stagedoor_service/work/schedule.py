"""What happens by the clock: runs of the schedule, and forgetting what is old.

Each process of the service has the same clock; the store lets each moment's run be queued once.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from stagedoor.errors import Misconfigured
from stagedoor_service.application.backlog import Backlog
from stagedoor_service.application.debugging import KEPT_HOURS
from stagedoor_service.application.office import Office
from stagedoor_service.application.running import REALTIME, schedule_run
from stagedoor_service.work.alert_channels import look_and_tell

logger = logging.getLogger("stagedoor.service")

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
"""From which intervals are counted, so that all processes mean the same moments."""

LOOK = 5
"""Seconds between two looks at what people are told of."""


def start_schedule(office: Office) -> BackgroundScheduler:
    """Begin to act by the clock; `shutdown` of what is returned ends it.

    Raises:
        Misconfigured: The setting `schedule` is neither a cron line nor a number of seconds.
    """
    scheduler = BackgroundScheduler(timezone=UTC)
    usual = {"coalesce": True, "max_instances": 1, "misfire_grace_time": 60}
    scheduler.add_job(forget_old, IntervalTrigger(hours=1), [office], **usual)
    scheduler.add_job(
        look_and_tell, IntervalTrigger(seconds=LOOK), [office, Backlog(office)], **usual
    )
    if office.settings.schedule:
        trigger = trigger_of(office.settings.schedule)
        scheduler.add_job(_queue_all, trigger, [office, trigger], **usual)
    scheduler.start()
    return scheduler


def trigger_of(schedule: str) -> CronTrigger | IntervalTrigger:
    """Return when a schedule strikes.

    Raises:
        Misconfigured: It is neither a cron line nor a number of seconds.
    """
    try:
        if schedule.strip().isdigit():
            return IntervalTrigger(seconds=int(schedule), start_date=EPOCH, timezone=UTC)
        return CronTrigger.from_crontab(schedule, timezone=UTC)
    except ValueError as error:
        raise Misconfigured(
            f"`schedule` is {schedule!r}: {error}. Write a cron line such as `*/30 * * * *`, or a "
            "number of seconds."
        ) from error


def moment_of(trigger: CronTrigger | IntervalTrigger, now: datetime) -> str:
    """Return the name of the moment that has just struck: the same in each process."""
    if isinstance(trigger, IntervalTrigger):
        seconds = int(trigger.interval.total_seconds())
        past = int((now - EPOCH).total_seconds()) // seconds
        return (EPOCH + timedelta(seconds=past * seconds)).isoformat()
    return now.replace(second=0, microsecond=0).isoformat()


def _queue_all(office: Office, trigger: CronTrigger | IntervalTrigger) -> None:
    moment = moment_of(trigger, datetime.now(UTC))
    for portal in office.names():
        if schedule_run(office, portal, moment) is not None:
            logger.info("The schedule's run of portal %s is queued.", portal)


def forget_old(office: Office) -> dict[str, int]:
    """Forget what is older than the settings keep it; return how much of each that was."""
    now, settings, store = datetime.now(UTC), office.settings, office.store

    def before(days: float) -> str:
        return (now - timedelta(days=days)).isoformat(timespec="milliseconds")

    closed, runs = before(settings.keep_closed_days), before(settings.keep_runs_days)
    events = now - timedelta(days=settings.keep_events_days)
    gone = {
        "runs": store.runs.prune(runs) + store.runs.prune(before(1), purpose=REALTIME),
        "events": sum(store.inbox(portal).prune(events) for portal in office.names()),
        "lines of the log": store.log.prune(before(settings.keep_log_days)),
        "dead letters": store.dead_letters.prune(closed),
        "conflicts": store.conflicts.prune(closed),
        "decisions": store.decisions.prune(closed),
        "alerts": store.alerts.prune(runs),
        "inspected calls": store.inspections.prune(before(KEPT_HOURS / 24)),
        "sessions": store.sessions.prune(),
    }
    if any(gone.values()):
        logger.info("Forgot %s.", ", ".join(f"{n} {what}" for what, n in gone.items() if n))
    return gone
