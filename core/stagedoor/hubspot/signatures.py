"""Tells whether a webhook is HubSpot's: pure, and in time that tells nothing of the secret.

https://developers.hubspot.com/docs/guides/apps/authentication/validating-requests
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

WINDOW = 300_000
"""Milliseconds after which a signature of the third version is worth nothing."""

SIGNATURE = "x-hubspot-signature"
VERSION = "x-hubspot-signature-version"
SIGNATURE_V3 = "x-hubspot-signature-v3"
TIMESTAMP = "x-hubspot-request-timestamp"

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
"""What HubSpot decodes in a URI before signing it; everything else stays as it was sent."""
_ESCAPES = re.compile("|".join(_DECODED), re.IGNORECASE)


class Judgement(StrEnum):
    """What a signature is worth."""

    GENUINE = "genuine"
    MISSING = "missing"
    WRONG = "wrong"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook as it arrived."""

    method: str
    uri: str
    """The whole address as HubSpot called it, with scheme, host and query."""
    body: bytes
    """The raw bytes: the same JSON written anew has another signature."""
    headers: Mapping[str, str]
    """By name in lower case."""


def judge(
    delivery: Delivery,
    secret: str,
    now: int,
    *,
    older: Collection[str] = (),
) -> Judgement:
    """Return what a delivery's signature is worth at `now`, in milliseconds since 1970.

    The third version counts where it is there. `older` names the versions (`v1`, `v2`) that count
    without it: they have no time, and the first not even an address, so that a replay passes.
    """
    headers = delivery.headers
    given = headers.get(SIGNATURE_V3)
    if given is not None:
        return _judge_v3(delivery, given, secret, now)
    given, version = headers.get(SIGNATURE), headers.get(VERSION, "v1").lower()
    if given is None or version not in older:
        return Judgement.MISSING
    right = v1(secret, delivery.body)
    if version == "v2":
        right = v2(secret, delivery.method, delivery.uri, delivery.body)
    return Judgement.GENUINE if _same(given.lower(), right) else Judgement.WRONG


def _judge_v3(delivery: Delivery, given: str, secret: str, now: int) -> Judgement:
    stamp = delivery.headers.get(TIMESTAMP, "")
    if not re.fullmatch(r"[0-9]{1,16}", stamp):
        return Judgement.WRONG
    right = v3(secret, delivery.method, delivery.uri, delivery.body, stamp)
    if not _same(given, right):
        return Judgement.WRONG
    return Judgement.EXPIRED if abs(now - int(stamp)) > WINDOW else Judgement.GENUINE


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode(), right.encode())


def v1(secret: str, body: bytes) -> str:
    """Return the first version: the digest of secret and body, in hex."""
    return hashlib.sha256(secret.encode() + body).hexdigest()


def v2(secret: str, method: str, uri: str, body: bytes) -> str:
    """Return the second version: the digest of secret, method, URI and body, in hex."""
    return hashlib.sha256(f"{secret}{method}{uri}".encode() + body).hexdigest()


def v3(secret: str, method: str, uri: str, body: bytes, timestamp: str) -> str:
    """Return the third version: the HMAC of method, URI, body and time, in base64."""
    message = f"{method}{decoded(uri)}".encode() + body + timestamp.encode()
    digest = hmac.new(secret.encode(), message, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def decoded(uri: str) -> str:
    """Return a URI as the third version signs it."""
    return _ESCAPES.sub(lambda found: _DECODED[found.group().upper()], uri)
