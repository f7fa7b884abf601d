"""Signatures, by HubSpot's published vectors.

https://developers.hubspot.com/docs/guides/apps/authentication/validating-requests
"""

from __future__ import annotations

import pytest

from hubspot_sandbox.webhooks.signatures import v1, v2, v3

SECRET = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"
URI = "https://www.example.com/webhook_uri"
EVENTS = (
    b'[{"eventId":1,"subscriptionId":12345,"portalId":62515,"occurredAt":1564113600000,'
    b'"subscriptionType":"contact.creation","attemptNumber":0,"objectId":123,"changeSource":"CRM",'
    b'"changeFlag":"NEW","appId":54321}]'
)


def test_the_first_version() -> None:
    expected = "232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de"
    assert v1(SECRET, EVENTS) == expected


@pytest.mark.parametrize(
    ("method", "body", "expected"),
    [
        ("GET", b"", "eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e"),
        (
            "POST",
            b'{"example_field":"example_value"}',
            "9569219f8ba981ffa6f6f16aa0f48637d35d728c7e4d93d0d52efaa512af7900",
        ),
    ],
)
def test_the_second_version(method: str, body: bytes, expected: str) -> None:
    assert v2(SECRET, method, URI, body) == expected


@pytest.mark.parametrize(
    ("timestamp", "expected"),
    [
        (1_693_657_560_000, "K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y="),
        (1_700_000_300_000, "RnbPH7+UMKVkbV32P8bz450N4M56aPmcru1+D3kSDtw="),
    ],
)
def test_the_third_version(timestamp: int, expected: str) -> None:
    body = b"{'example_field':'example_value'}"
    assert v3(SECRET, "POST", URI, body, timestamp) == expected


def test_only_the_listed_escapes_are_decoded() -> None:
    plain, escaped = "https://e.com/a?x=@b&y=%20", "https://e.com/a%3Fx=%40b&y=%20"
    assert v3(SECRET, "POST", plain, b"", 1) == v3(SECRET, "POST", escaped, b"", 1)
    assert v3(SECRET, "POST", "https://e.com/ ", b"", 1) != v3(
        SECRET, "POST", "https://e.com/%20", b"", 1
    )
