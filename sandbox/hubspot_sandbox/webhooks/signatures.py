"""Signatures that let an app know who calls.

https://developers.hubspot.com/docs/guides/apps/authentication/validating-requests
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

_DECODED = {
    "%3A": ":",
    "%2F": "/",
    "%3F": "?",
    "%40": "@",
    "%21": "!",
    "%24": "$",
    "%27": "'",
    "%28": "(",
    "%29": ")",
    "%2A": "*",
    "%2C": ",",
    "%3B": ";",
}
_ESCAPES = re.compile("|".join(_DECODED), re.IGNORECASE)


def v1(secret: str, body: bytes) -> str:
    """Return the first version: a digest of secret and body, in hex."""
    return hashlib.sha256(secret.encode() + body).hexdigest()


def v2(secret: str, method: str, uri: str, body: bytes) -> str:
    """Return the second version: method and URI take part as well."""
    return hashlib.sha256(f"{secret}{method}{uri}".encode() + body).hexdigest()


def v3(secret: str, method: str, uri: str, body: bytes, timestamp: int) -> str:
    """Return the third version: an HMAC, in base64, with the time in ms."""
    decoded = _ESCAPES.sub(lambda found: _DECODED[found.group().upper()], uri)
    message = f"{method}{decoded}".encode() + body + str(timestamp).encode()
    digest = hmac.new(secret.encode(), message, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def headers(secret: str, uri: str, body: bytes, now: int, *, version: str) -> dict[str, str]:
    """Return the headers of a delivery at `now` (ms): `v1` or `v2`, and always the third."""
    older = v1(secret, body) if version == "v1" else v2(secret, "POST", uri, body)
    return {
        "X-HubSpot-Signature": older,
        "X-HubSpot-Signature-Version": version,
        "X-HubSpot-Signature-v3": v3(secret, "POST", uri, body, now),
        "X-HubSpot-Request-Timestamp": str(now),
    }
