"""How an alert is written: as JSON for a webhook, and as a mail; pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from stagedoor.errors import Misconfigured
from stagedoor.store.alerts import PROBLEM, Alert

_PAGES = {
    "connection": "/settings",
    "runs": "/runs",
    "dead_letters": "/problems",
    "backlog": "/webhooks",
    "quota": "/",
}
"""Page of the console that shows what a condition is about."""
_DEFAULT_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over."""

    host: str
    port: int
    security: str
    """smtp (none), smtp+starttls or smtps."""
    user: str | None
    password: str | None


def mail_server(url: str) -> MailServer:
    """Return the server of an URL such as `smtp+starttls://user:password@mail.example:587`.

    Raises:
        Misconfigured: It is none, or a password would travel in the clear.
    """
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or port == -1:
        raise Misconfigured(
            "STAGEDOOR_SMTP_URL is no address of a mail server: write "
            "`smtp+starttls://user:password@mail.example`, `smtps://…`, or `smtp://localhost`."
        )
    if parts.username and parts.scheme == "smtp":
        raise Misconfigured(
            "STAGEDOOR_SMTP_URL would send a password in the clear: write `smtp+starttls://` or "
            "`smtps://`."
        )
    return MailServer(
        host=parts.hostname,
        port=port or _DEFAULT_PORTS[parts.scheme],
        security=parts.scheme,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


def link(alert: Alert, public_url: str | None) -> str | None:
    """Return the page that shows what an alert is about, where people reach the console."""
    return f"{public_url.rstrip('/')}{_PAGES.get(alert.condition, '/')}" if public_url else None


def headline(alert: Alert) -> str:
    """Return an alert in one line."""
    return f"Stagedoor, portal {alert.portal}: {alert.message}"


def as_json(alert: Alert, public_url: str | None) -> bytes:
    """Return the body of the webhook; `text` is what chat programs show."""
    told = {
        "id": alert.id,
        "portal": alert.portal,
        "condition": alert.condition,
        "status": alert.status,
        "at": alert.at,
        "message": alert.message,
        "url": link(alert, public_url),
        "text": headline(alert),
    }
    return json.dumps(told, ensure_ascii=False).encode()


def as_mail(
    alert: Alert, sender: str, recipients: tuple[str, ...], public_url: str | None
) -> EmailMessage:
    """Return the mail; one that is sent twice has the same id twice."""
    mail = EmailMessage()
    word = {PROBLEM: "Problem"}.get(alert.status, alert.status.capitalize())
    mail["Subject"] = f"[Stagedoor] {word}: {alert.portal}, {alert.condition.replace('_', ' ')}"
    mail["From"] = sender
    mail["To"] = ", ".join(recipients)
    mail["Date"] = format_datetime(datetime.fromisoformat(alert.at))
    domain = sender.rpartition("@")[2].strip("> ") or "localhost"
    name = f"{alert.portal}.{alert.condition}.{alert.number}.{alert.id}"
    mail["Message-ID"] = f"<stagedoor.{name}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    where = link(alert, public_url)
    lines = [alert.message, "", f"Portal: {alert.portal}", f"Since: {alert.at}"]
    mail.set_content("\n".join([*lines, *([f"More: {where}"] if where else [])]) + "\n")
    return mail
