"""Calls of the platform that the source reads: hints which rows to read again."""

from __future__ import annotations

import base64
import binascii
import hmac
from datetime import UTC, datetime

from stagedoor.arrivals import Arrival
from stagedoor.config import load_platform
from stagedoor.plugins import load_plugins
from stagedoor.sync.platforms import open_hints
from stagedoor_service.application.office import Office
from stagedoor_service.application.problem import Problem
from stagedoor_service.application.receiving import Received

SOURCE = "source"
"""How the inbox calls what the platform source's platform tells."""


def from_source(
    office: Office, portal: str, secret: str, authorization: str | None, body: bytes
) -> Received:
    """Return the hints of a call that knows the secret, and user and password.

    Raises:
        Problem: It does not, or the platform source understands no such call.
    """
    _check(office, secret, authorization)
    found = open_hints(load_platform(), load_plugins(office.target.plugins))
    if found is None:
        raise Problem("WEBHOOKS_OFF", "The platform source that is set understands no webhooks.")
    source, settings = found
    try:
        hints = source.hear(settings, body)
    except ValueError as error:
        raise Problem("INVALID_EVENT", f"The body {error}.") from None
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    arrivals = [
        Arrival(SOURCE, h.event_key, h.happened[:64], h.stream, h.key[:255], now) for h in hints
    ]
    return Received({portal: arrivals})


def _check(office: Office, secret: str, authorization: str | None) -> None:
    wanted, password = office.settings.hints_secret, office.settings.hints_password
    if wanted is None or password is None:
        raise Problem("WEBHOOKS_OFF", "Set STAGEDOOR_HINTS_SECRET and STAGEDOOR_HINTS_PASSWORD.")
    scheme, _, given = (authorization or "").partition(" ")
    try:
        told = base64.b64decode(given, validate=True) if scheme.lower() == "basic" else b""
    except (binascii.Error, ValueError):
        told = b""
    words = f"{office.settings.hints_user}:{password.get_secret_value()}".encode()
    # Both are compared, in time that does not depend on where they differ.
    right_address = hmac.compare_digest(secret.encode(), wanted.get_secret_value().encode())
    right_words = hmac.compare_digest(told, words)
    if not (right_address and right_words):
        raise Problem(
            "UNAUTHENTICATED",
            "The address, the user or the password is not right.",
            headers={"WWW-Authenticate": "Basic"},
        )
