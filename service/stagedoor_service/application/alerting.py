"""Alerts: how it goes with each portal, what turned, and whom that is told."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from stagedoor.errors import Misconfigured
from stagedoor.grants import ConnectionStatus
from stagedoor.store.alerts import PROBLEM, RECOVERED, TEST, Alert, Delivery
from stagedoor_service.application.alert_rules import Condition, Facts, Limits, Link, changes
from stagedoor_service.application.alert_text import mail_server
from stagedoor_service.application.backlog import Backlog
from stagedoor_service.application.office import Office
from stagedoor_service.application.problem import Problem
from stagedoor_service.application.running import INBOUND, OUTBOUND
from stagedoor_service.settings import ServiceSettings

WEBHOOK, EMAIL = "webhook", "email"
"""Channels."""

_LOOKED_AT = 20
"""Finished runs that are looked at for failures one after another."""
_LONGEST_ERROR = 300


def channels(office: Office) -> list[str]:
    """Return by which channels people are told, as the settings say."""
    settings = office.settings
    by_mail = settings.smtp_url is not None and settings.alert_emails
    return [
        *([WEBHOOK] if settings.alert_webhook_url is not None else []),
        *([EMAIL] if by_mail else []),
    ]


def watch(office: Office, backlog: Backlog) -> list[Alert]:
    """Keep what turned in each portal since the last look, and return it."""
    names = dict.fromkeys([*office.names(), *office.store.alerts.portals()])
    return [alert for name in names for alert in _watch(office, backlog, name)]


def _watch(office: Office, backlog: Backlog, portal: str) -> list[Alert]:
    latest = office.store.alerts.latest(portal)
    bad = {name for name, alert in latest.items() if alert.status == PROBLEM}
    found = []
    for change in changes(facts_of(office, backlog, portal, bad), limits_of(office), bad):
        last = latest.get(change.condition)
        alert = Alert(
            portal=portal,
            condition=change.condition,
            number=last.number + 1 if last else 1,
            status=PROBLEM if change.is_bad else RECOVERED,
            message=change.message,
        )
        if office.store.alerts.add(alert, channels(office)):
            found.append(alert)
    return found


def limits_of(office: Office) -> Limits:
    """Return from when conditions are bad, as the settings say."""
    settings = office.settings
    return Limits(
        failed_runs=settings.alert_failed_runs,
        dead_letters=settings.alert_dead_letters,
        backlog_seconds=settings.alert_backlog_minutes * 60.0,
        calls_left=office.target.daily_reserve,
    )


def facts_of(office: Office, backlog: Backlog, portal: str, bad: set[str]) -> Facts:
    """Return how it goes with a portal; asks nobody but the store."""
    failures, why = _failures(office, portal)
    if failures is None:  # no run is on record any more: nothing has succeeded since
        failures = int(Condition.RUNS in bad)
    return Facts(
        link=_link(office, portal, was_in_use=Condition.CONNECTION in bad),
        failures=failures,
        last_error=why,
        dead_letters=office.store.dead_letters.count(portal),
        waiting_seconds=backlog.seconds(portal),
        calls_left=backlog.calls_left(portal),
    )


def _link(office: Office, portal: str, *, was_in_use: bool) -> Link:
    status = office.store.connections.status(portal)
    if status is ConnectionStatus.RECONNECT:
        return Link.RECONNECT
    if status is not None or office.portal_settings(portal).access_token is not None:
        return Link.CONNECTED
    if was_in_use or office.store.runs.list(1, portal=portal, status="done"):
        return Link.DISCONNECTED
    return Link.NEVER


def _failures(office: Office, portal: str) -> tuple[int | None, str]:
    """Return the longest row of failures that goes on, of runs one way; none without a run."""
    worst: tuple[int | None, str] = (None, "")
    for purpose in (OUTBOUND, INBOUND):
        runs = office.store.runs.list(_LOOKED_AT, portal=portal, purpose=purpose)
        ended = [run for run in runs if run.ended_at is not None]
        good = next((n for n, run in enumerate(ended) if run.status == "done"), len(ended))
        if ended and good >= (worst[0] or 0):
            worst = (good, (ended[0].error or "")[:_LONGEST_ERROR] if good else "")
    return worst


def send_test(office: Office, portal: str, *, by: str) -> None:
    """Tell a test alert by every channel.

    Raises:
        Problem: There is no channel.
    """
    if not channels(office):
        raise Problem("ALERTS_OFF", "Neither a webhook nor a mail server is set.")
    last = office.store.alerts.latest(portal).get(TEST)
    number = last.number + 1 if last else 1
    alert = Alert(portal, TEST, number, TEST, f"A test that {by} asked for.")
    office.store.alerts.add(alert, channels(office))


def check_channels(settings: ServiceSettings) -> None:
    """Let settings pass whose channels can be reached.

    Raises:
        Misconfigured: An address is none.
    """
    if settings.smtp_url is not None:
        mail_server(settings.smtp_url.get_secret_value())
        if not settings.alert_emails:
            raise Misconfigured("STAGEDOOR_SMTP_URL is set, STAGEDOOR_ALERT_EMAILS is not.")
    elif settings.alert_emails:
        raise Misconfigured("STAGEDOOR_ALERT_EMAILS is set, STAGEDOOR_SMTP_URL is not.")
    url = settings.alert_webhook_url
    parts = urlsplit(url.get_secret_value()) if url else None
    if parts and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise Misconfigured("STAGEDOOR_ALERT_WEBHOOK_URL does not begin with https:// or http://.")


def open_alerts(office: Office, portal: str) -> list[Alert]:
    """Return what is bad now, the latest first."""
    latest = office.store.alerts.latest(portal).values()
    return sorted((a for a in latest if a.status == PROBLEM), key=lambda a: a.id, reverse=True)


def list_alerts(
    office: Office, portal: str, *, limit: int = 50, before: int | None = None
) -> Sequence[tuple[Alert, Sequence[Delivery]]]:
    """Return a portal's alerts, newest first, with what became of telling them."""
    found = office.store.alerts.list(portal, limit=limit, before=before)
    told = office.store.alerts.deliveries(found)
    return [(alert, told.get(alert.id, ())) for alert in found]
