"""How a platform signs its events, and how that is judged; pure.

`X-Stagedoor-Signature: t=1767225600,v1=<hex>`, where the hex is the HMAC-SHA256 of `t`, a point and
the raw body. The time is in seconds since 1970.
"""

from __future__ import annotations

import hashlib
import hmac
import re

from stagedoor_service.application.problem import Problem

HEADER = "x-stagedoor-signature"
WINDOW = 300
"""Seconds after which a signature is worth nothing."""

_SHAPE = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})")


def sign(secret: str, body: bytes, now: int) -> str:
    """Return the header of a body that is sent at `now`."""
    return f"t={now},v1={_digest(secret, str(now), body)}"


def _digest(secret: str, stamp: str, body: bytes) -> str:
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def check(header: str | None, secret: str, body: bytes, now: int) -> None:
    """Let a body pass whose signature is right, and not old.

    Raises:
        Problem: It is missing, wrong or old.
    """
    if header is None:
        raise Problem("SIGNATURE_MISSING", f"The header {HEADER} is missing.")
    shape = _SHAPE.fullmatch(header.strip())
    stamp, given = shape.groups() if shape else ("0", "")
    if not hmac.compare_digest(given, _digest(secret, stamp, body)):
        raise Problem("SIGNATURE_INVALID", "The signature does not fit the body and the secret.")
    if abs(now - int(stamp)) > WINDOW:
        raise Problem("SIGNATURE_EXPIRED", "The event was signed more than five minutes ago.")
