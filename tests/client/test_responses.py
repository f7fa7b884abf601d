"""Every error row of HubSpot's documentation, and what the client makes of it.

https://developers.hubspot.com/docs/reference/api/other-resources/error-handling
https://developers.hubspot.com/docs/guides/apps/api-usage/usage-details
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from stagedoor.hubspot.responses import (
    Verdict,
    existing_id,
    invalid_properties,
    missing_scopes,
    parse,
    resolve,
)

PAGE = b"<html><title>502</title></html>"
DAILY = {"message": "You have reached your daily limit.", "policyName": "DAILY"}
ROLLING = {
    "message": "You have reached your ten_secondly_rolling limit.",
    "policyName": "TEN_SECONDLY_ROLLING",
}
SECONDLY = {"message": "You have reached your secondly limit.", "category": "RATE_LIMITS"}
EXPIRED = {"message": "The OAuth token expired.", "category": "EXPIRED_AUTHENTICATION"}

ROWS: list[tuple[str, int, Any, dict[str, str], Verdict, float]] = [
    ("success", 200, {"results": []}, {}, Verdict.OK, 0),
    ("created", 201, {"id": "1"}, {}, Verdict.OK, 0),
    ("some rows refused", 207, {"results": []}, {}, Verdict.OK, 0),
    ("nothing to say", 204, b"", {}, Verdict.OK, 0),
    ("empty success", 200, b"", {}, Verdict.RETRY, 0.5),
    ("cut off", 200, b'{"results": [', {}, Verdict.RETRY, 0.5),
    ("bad values", 400, {"category": "VALIDATION_ERROR"}, {}, Verdict.REJECT, 0),
    ("no token", 401, {"category": "INVALID_AUTHENTICATION"}, {}, Verdict.STOP, 0),
    ("expired token", 401, EXPIRED, {}, Verdict.REFRESH, 0),
    ("missing scope", 403, {"category": "MISSING_SCOPES"}, {}, Verdict.STOP, 0),
    ("no such record", 404, {"message": "resource not found"}, {}, Verdict.REJECT, 0),
    ("wrong method", 405, PAGE, {}, Verdict.STOP, 0),
    ("taken value", 409, {"category": "CONFLICT"}, {}, Verdict.CONFLICT, 0),
    ("too long", 414, PAGE, {}, Verdict.REJECT, 0),
    ("locked", 423, {"message": "locked"}, {}, Verdict.RETRY, 2),
    ("ten seconds used up", 429, ROLLING, {}, Verdict.RETRY, 2),
    ("one second used up", 429, SECONDLY, {}, Verdict.RETRY, 1),
    ("told to wait", 429, ROLLING, {"Retry-After": "7"}, Verdict.RETRY, 7),
    ("told to wait for ever", 429, ROLLING, {"Retry-After": "99999"}, Verdict.RETRY, 60),
    ("day used up", 429, DAILY, {}, Verdict.ENOUGH, 0),
    ("migrating, soon done", 477, {}, {"Retry-After": "5"}, Verdict.RETRY, 5),
    ("migrating for hours", 477, {}, {"Retry-After": "7200"}, Verdict.ENOUGH, 0),
    *[
        (f"server {status}", status, PAGE, {}, Verdict.RETRY, 1)
        for status in (500, 502, 503, 504, 521, 523, 524)
    ],
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_response_has_one_thing_to_do_about_it(
    row: tuple[str, int, Any, dict[str, str], Verdict, float],
) -> None:
    _, status, body, headers, verdict, wait = row
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    resolution = resolve(parse(status, headers, raw))
    assert (resolution.verdict, resolution.wait) == (verdict, wait)


def test_the_id_of_the_record_in_the_way_is_found() -> None:
    assert existing_id("Contact already exists. Existing ID: 37765128953") == "37765128953"
    assert existing_id("Contact already exists.") is None


def test_the_properties_at_fault_are_read_from_inside_the_sentence() -> None:
    listed = [{"isValid": False, "message": "m", "error": "INVALID_DATE", "name": "born"}]
    message = "Property values were not valid: " + json.dumps(listed)
    assert [item["name"] for item in invalid_properties(message)] == ["born"]
    assert invalid_properties("something else") == []
    assert invalid_properties("Property values were not valid: [cut") == []


def test_the_missing_scopes_are_named() -> None:
    context = {"requiredGranularScopes": ["crm.objects.deals.read", "crm.schemas.deals.read"]}
    assert missing_scopes({"errors": [{"message": "m", "context": context}]}) == [
        "crm.objects.deals.read",
        "crm.schemas.deals.read",
    ]
    assert missing_scopes("no JSON") == []
