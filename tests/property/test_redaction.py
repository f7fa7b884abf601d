"""What the inspector shows of a call never holds what the call said."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stagedoor.hubspot.redaction import outline, redact, without_values
from stagedoor.hubspot.requests import Request
from stagedoor.hubspot.responses import Response

SECRET = "Zsófia-Ωmega"
"""Stands in every value of a body; in no name, and in no word of ours."""

NAMES = st.sampled_from(
    ["email", "firstname", "inputs", "properties", "status", "id", "value", "x"]
)
SECRETS = st.text(max_size=12).map(lambda text: f"{text}{SECRET}{text}")
BODIES: st.SearchStrategy[Any] = st.recursive(
    SECRETS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
KEYS = st.dictionaries(SECRETS, SECRETS, max_size=3)


def shown(request_body: Any, answer: Any, status: int) -> str:
    request = Request("POST", f"/x/{SECRET}", "write", "x", request_body, {"q": SECRET})
    return json.dumps(asdict(redact(request, Response(status, {}, answer))), ensure_ascii=False)


@given(body=BODIES, answer=BODIES, status=st.sampled_from([200, 207, 400, 409, 500]))
def test_no_value_of_a_body_is_shown(body: Any, answer: Any, status: int) -> None:
    assert SECRET not in shown(body, answer, status)


@given(body=KEYS)
def test_an_address_where_a_name_should_stand_is_not_shown(body: dict[str, str]) -> None:
    assert SECRET not in shown({"properties": body}, body, 400)


@given(value=SECRETS, before=st.text(max_size=20), after=st.text(max_size=20))
def test_no_value_of_the_request_is_shown_in_hubspots_sentence(
    value: str, before: str, after: str
) -> None:
    body = {"inputs": [{"id": value, "properties": {"lastname": value}}]}
    answer = {"message": f"{before}{value}{after}", "category": "VALIDATION_ERROR"}
    assert SECRET not in shown(body, answer, 400)


@given(value=SECRETS)
def test_what_hubspot_tells_of_another_record_is_not_shown(value: str) -> None:
    """It stands in the error's context, whatever the request said."""
    answer = {"message": f"It is {value} already", "errors": [{"context": {"name": [value]}}]}
    assert SECRET not in shown(None, answer, 409)


def test_names_stay() -> None:
    body = {
        "inputs": [{"id": "a@b.example", "idProperty": "email", "properties": {"city": "Cluj"}}]
    }
    told = redact(Request("POST", "/x", "write", "x", body), None)
    assert told.properties == ("city", "email")
    assert json.loads(told.request or "") == {
        "inputs": [
            {
                "id": "… (11 characters)",
                "idProperty": "email",
                "properties": {"city": "… (4 characters)"},
            }
        ]
    }


def test_of_a_list_the_first_and_how_many_follow() -> None:
    assert outline({"results": [{"total": 1}, {}, {}]}) == {
        "results": [{"total": "… (a number)"}, "… and 2 more"]
    }


def test_names_that_a_request_asks_for_are_shown() -> None:
    assert outline({"properties": ["email", "a@b.example"]}) == {"properties": ["email", "…"]}


def test_a_record_that_calls_something_status_does_not_show_it() -> None:
    assert outline({"status": "error", "properties": {"status": "divorced"}}) == {
        "status": "error",
        "properties": {"status": "… (8 characters)"},
    }


def test_hubspots_reason_names_the_property_and_not_the_value() -> None:
    listed = json.dumps([{"message": "a@b is bad", "error": "INVALID_EMAIL", "name": "email"}])
    answer = {
        "message": f"Property values were not valid: {listed}",
        "category": "VALIDATION_ERROR",
    }
    told = redact(Request("POST", "/x", "write", "x", {"email": "a@b"}), Response(400, {}, answer))
    assert (told.category, told.message) == (
        "VALIDATION_ERROR",
        "Property values were not valid: email INVALID_EMAIL",
    )


def test_a_quoted_name_of_a_property_stays_in_a_sentence() -> None:
    told = without_values('Property "city" is not "Cluj" in 4711', ["Iași"], ["city"])
    assert told == 'Property "city" is not … in …'
