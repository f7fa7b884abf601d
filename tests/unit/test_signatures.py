"""HubSpot's signatures of webhooks, by the vectors of its own documentation and clients.

https://developers.hubspot.com/docs/guides/apps/authentication/validating-requests
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubspot_sandbox.webhooks import signatures as senders
from stagedoor.hubspot.signatures import WINDOW, Delivery, Judgement, decoded, judge, v1, v2, v3

SECRET = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"
URI = "https://www.example.com/webhook_uri"
EVENTS = (
    b'[{"eventId":1,"subscriptionId":12345,"portalId":62515,"occurredAt":1564113600000,'
    b'"subscriptionType":"contact.creation","attemptNumber":0,"objectId":123,'
    b'"changeSource":"CRM","changeFlag":"NEW","appId":54321}]'
)
NOW = 1_700_000_300_000


def delivery(**headers: str) -> Delivery:
    """Return a delivery of `EVENTS`; names of headers with underscores for dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Delivery("POST", URI, EVENTS, named)


def signed(timestamp: int = NOW, secret: str = SECRET) -> Delivery:
    given = v3(secret, "POST", URI, EVENTS, str(timestamp))
    return delivery(x_hubspot_signature_v3=given, x_hubspot_request_timestamp=str(timestamp))


def test_the_first_version_is_as_documented() -> None:
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
def test_the_second_version_is_as_documented(method: str, body: bytes, expected: str) -> None:
    assert v2(SECRET, method, URI, body) == expected


@pytest.mark.parametrize(
    ("timestamp", "expected"),
    [
        ("1693657560000", "K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y="),
        ("1700000300000", "RnbPH7+UMKVkbV32P8bz450N4M56aPmcru1+D3kSDtw="),
    ],
)
def test_the_third_version_is_as_documented(timestamp: str, expected: str) -> None:
    body = b"{'example_field':'example_value'}"
    assert v3(SECRET, "POST", URI, body, timestamp) == expected


def test_only_the_listed_escapes_are_decoded() -> None:
    every = "".join(f"%{number:02X}" for number in range(256))
    kept = decoded(every)
    found = {c for c in kept.replace("%25", "") if not c.isalnum() and c != "%"}
    assert found == set(":/?@!$'()*,;")
    assert decoded("/a%2fb%2Bc%20d") == "/a/b%2Bc%20d"


@given(
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40),
    st.binary(max_size=200),
    st.integers(0, 2**44),
)
def test_sender_and_receiver_agree(path: str, body: bytes, timestamp: int) -> None:
    """The sandbox signs by code of its own."""
    uri = f"https://host.example/{path}"
    assert v3(SECRET, "POST", uri, body, str(timestamp)) == senders.v3(
        SECRET, "POST", uri, body, timestamp
    )


def test_a_genuine_delivery_passes() -> None:
    assert judge(signed(), SECRET, NOW) is Judgement.GENUINE


@pytest.mark.parametrize("late", [WINDOW + 1, -WINDOW - 1, 10**9])
def test_a_replay_is_expired(late: int) -> None:
    assert judge(signed(), SECRET, NOW + late) is Judgement.EXPIRED


@pytest.mark.parametrize("late", [WINDOW, -WINDOW, 0])
def test_within_five_minutes_it_is_not(late: int) -> None:
    assert judge(signed(), SECRET, NOW + late) is Judgement.GENUINE


def test_another_secret_body_address_or_time_is_wrong() -> None:
    right = signed()
    forged = [
        Delivery(right.method, right.uri, right.body + b" ", right.headers),
        Delivery(right.method, right.uri + "?x=1", right.body, right.headers),
        Delivery("PUT", right.uri, right.body, right.headers),
        Delivery(
            "POST", URI, EVENTS, {**right.headers, "x-hubspot-request-timestamp": str(NOW + 1)}
        ),
        Delivery("POST", URI, EVENTS, {**right.headers, "x-hubspot-request-timestamp": "soon"}),
        Delivery("POST", URI, EVENTS, {**right.headers, "x-hubspot-signature-v3": "é"}),
        signed(secret="another"),
    ]
    assert {judge(one, SECRET, NOW) for one in forged} == {Judgement.WRONG}


def test_the_older_versions_count_only_where_they_are_allowed() -> None:
    first = delivery(x_hubspot_signature=v1(SECRET, EVENTS), x_hubspot_signature_version="v1")
    second = delivery(
        x_hubspot_signature=v2(SECRET, "POST", URI, EVENTS), x_hubspot_signature_version="v2"
    )
    assert [judge(one, SECRET, NOW) for one in (first, second)] == [Judgement.MISSING] * 2
    assert judge(first, SECRET, NOW, older=("v1",)) is Judgement.GENUINE
    assert judge(second, SECRET, NOW, older=("v1",)) is Judgement.MISSING
    assert judge(second, SECRET, NOW, older=("v1", "v2")) is Judgement.GENUINE


def test_a_wrong_third_version_is_not_made_good_by_an_older_one() -> None:
    both = delivery(
        x_hubspot_signature=v1(SECRET, EVENTS),
        x_hubspot_signature_version="v1",
        x_hubspot_signature_v3="wrong",
        x_hubspot_request_timestamp=str(NOW),
    )
    assert judge(both, SECRET, NOW, older=("v1", "v2")) is Judgement.WRONG


def test_no_signature_at_all_is_missing() -> None:
    assert judge(delivery(), SECRET, NOW, older=("v1", "v2")) is Judgement.MISSING
