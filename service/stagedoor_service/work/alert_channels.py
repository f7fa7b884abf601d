"""Hands alerts over: to a webhook, signed, and to a mail server."""

from __future__ import annotations

import logging
import smtplib
import ssl
import time
from collections.abc import Callable, Mapping

import httpx

from stagedoor.errors import StagedoorError
from stagedoor.store.alerts import Alert
from stagedoor_service.application import alerting, signing
from stagedoor_service.application.alert_rules import wait_after
from stagedoor_service.application.alert_text import as_json, as_mail, mail_server
from stagedoor_service.application.backlog import Backlog
from stagedoor_service.application.office import Office

logger = logging.getLogger("stagedoor.service")

PATIENCE = 15.0
"""Seconds that a receiver has to answer."""


class NotTaken(Exception):
    """The receiver did not take it."""


def look_and_tell(office: Office, backlog: Backlog) -> None:
    """Keep what turned, and tell what has not been told."""
    try:
        for alert in alerting.watch(office, backlog):
            logger.warning("Alert of portal %s: %s", alert.portal, alert.message)
        for channel in alerting.channels(office):
            while _tell_next(office, channel):
                pass
    except Exception:
        logger.exception("Alerts wait")


def _tell_next(office: Office, channel: str) -> bool:
    """Tell the next alert that a channel has not got; say whether there may be more."""
    claimed = office.store.alerts.claim(channel)
    if claimed is None:
        return False
    alert, attempt = claimed
    try:
        _CHANNELS[channel](office, alert)
    except (NotTaken, httpx.HTTPError, smtplib.SMTPException, OSError, StagedoorError) as error:
        told = str(error) if isinstance(error, (NotTaken, StagedoorError)) else type(error).__name__
        wait = wait_after(attempt)
        logger.warning("Alert %d is not told by %s: %s", alert.id, channel, told)
        office.store.alerts.failed(alert.id, channel, told, wait)
        return wait is None
    office.store.alerts.sent(alert.id, channel)
    return True


def _by_webhook(office: Office, alert: Alert) -> None:
    settings = office.settings
    body = as_json(alert, settings.public_url)
    headers = {"Content-Type": "application/json", "Stagedoor-Alert": str(alert.id)}
    secret = settings.alert_webhook_secret
    if secret is not None:
        signature = signing.sign(secret.get_secret_value(), body, int(time.time()))
        headers[signing.HEADER] = signature
    url = settings.alert_webhook_url
    answer = httpx.post(
        url.get_secret_value() if url else "", content=body, headers=headers, timeout=PATIENCE
    )
    if not answer.is_success:
        raise NotTaken(f"it answered {answer.status_code}")


def _by_mail(office: Office, alert: Alert) -> None:
    settings = office.settings
    url = settings.smtp_url
    server = mail_server(url.get_secret_value() if url else "")
    sender = settings.alert_sender or settings.alert_emails[0]
    mail = as_mail(alert, sender, settings.alert_emails, settings.public_url)
    trusted = ssl.create_default_context()
    if server.security == "smtps":
        client: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=PATIENCE, context=trusted
        )
    else:
        client = smtplib.SMTP(server.host, server.port, timeout=PATIENCE)
    with client:
        if server.security == "smtp+starttls":
            client.starttls(context=trusted)
        if server.user is not None:
            client.login(server.user, server.password or "")
        client.send_message(mail)


_CHANNELS: Mapping[str, Callable[[Office, Alert], None]] = {
    alerting.WEBHOOK: _by_webhook,
    alerting.EMAIL: _by_mail,
}
