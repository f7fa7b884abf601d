"""Search: what its index sees, and how far behind the records it is.

https://developers.hubspot.com/docs/guides/api/crm/search
"""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.project import Portal

C = "/crm/objects/2026-09/contacts"


def made(api: httpx.Client, **properties: str) -> str:
    answer = api.post(C, json={"properties": properties})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def search(api: httpx.Client, *filters: tuple[str, str, Any], **more: Any) -> dict[str, Any]:
    group = [{"propertyName": n, "operator": o, "value": v} for n, o, v in filters]
    body = {"filterGroups": [{"filters": group}] if group else [], "limit": 100, **more}
    answer = api.post(f"{C}/search", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def ids(found: dict[str, Any]) -> list[str]:
    return [record["id"] for record in found["results"]]


@pytest.fixture
def lagging(api: httpx.Client, shared: Portal) -> httpx.Client:
    """A portal whose index is five seconds behind, and whose clock stands."""
    shared.post("/_sandbox/clock", {"still": True})
    shared.post("/_sandbox/behaviour", {"index_delay_ms": 5_000})
    return api


def pass_by(shared: Portal, seconds: float) -> None:
    shared.post("/_sandbox/clock", {"advance_seconds": seconds}).raise_for_status()


def test_a_new_record_is_found_once_the_index_has_caught_up(
    lagging: httpx.Client, shared: Portal
) -> None:
    """Recorded: nothing after the creation, nothing a second later, found at the next look."""
    number = made(lagging, email="ana@example.com")
    wanted = ("email", "EQ", "ana@example.com")
    assert search(lagging, wanted)["total"] == 0
    pass_by(shared, 4.9)
    assert search(lagging, wanted)["total"] == 0
    pass_by(shared, 0.1)
    assert ids(search(lagging, wanted)) == [number]


def test_a_changed_record_is_found_by_its_old_value_and_shown_as_it_is(
    lagging: httpx.Client, shared: Portal
) -> None:
    """Recorded: a hit that does not match its own filter."""
    number = made(lagging, email="a@example.com")
    pass_by(shared, 10)
    lagging.patch(f"{C}/{number}", json={"properties": {"email": "b@example.com"}})
    (hit,) = search(lagging, ("email", "EQ", "a@example.com"))["results"]
    assert hit["properties"]["email"] == "b@example.com"
    assert search(lagging, ("email", "EQ", "b@example.com"))["total"] == 0
    pass_by(shared, 5)
    assert search(lagging, ("email", "EQ", "a@example.com"))["total"] == 0
    assert ids(search(lagging, ("email", "EQ", "b@example.com"))) == [number]


def test_an_archived_record_still_counts_and_is_not_shown(
    lagging: httpx.Client, shared: Portal
) -> None:
    """Recorded: total 1 with no results."""
    number = made(lagging, email="ana@example.com")
    pass_by(shared, 10)
    lagging.delete(f"{C}/{number}")
    found = search(lagging, ("email", "EQ", "ana@example.com"))
    assert (found["total"], found["results"]) == (1, [])
    pass_by(shared, 5)
    assert search(lagging, ("email", "EQ", "ana@example.com"))["total"] == 0


def test_each_change_arrives_in_its_own_time(lagging: httpx.Client, shared: Portal) -> None:
    number = made(lagging, city="Cluj")
    for city in ("Iași", "Brașov"):
        pass_by(shared, 2)
        lagging.patch(f"{C}/{number}", json={"properties": {"city": city}})
    seen = []
    for _ in range(4):
        cities = ("Cluj", "Iași", "Brașov")
        seen.append([c for c in cities if search(lagging, ("city", "EQ", c))["total"]])
        pass_by(shared, 2)
    assert seen == [[], ["Cluj"], ["Iași"], ["Brașov"]]


def test_a_list_is_never_behind(lagging: httpx.Client) -> None:
    number = made(lagging, email="ana@example.com")
    assert [record["id"] for record in lagging.get(C).json()["results"]] == [number]


VALUES = st.sampled_from(["", "a", "B", "ab c", "Șt", "10", "9", "-1.5"])
OPERATORS = ("EQ", "NEQ", "LT", "LTE", "GT", "GTE")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(VALUES, min_size=1, max_size=6), VALUES, st.sampled_from(OPERATORS))
def test_text_is_compared_without_case(
    api: httpx.Client, shared: Portal, stored: list[str], wanted: str, operator: str
) -> None:
    """Against the same comparison in plain Python."""
    shared.post("/_sandbox/reset", {"data": True})
    inputs = [{"properties": {"jobtitle": value, "city": str(n)}} for n, value in enumerate(stored)]
    api.post(f"{C}/batch/create", json={"inputs": inputs}).raise_for_status()
    found = search(api, ("jobtitle", operator, wanted), properties=["city"])
    expected = {
        str(n)
        for n, value in enumerate(stored)
        if _compare(operator, value.lower(), wanted.lower())
    }
    assert {record["properties"]["city"] for record in found["results"]} == expected
    assert found["total"] == len(expected)


def _compare(operator: str, value: str, wanted: str) -> bool:
    if value == "":
        return operator == "NEQ"
    return {
        "EQ": value == wanted,
        "NEQ": value != wanted,
        "LT": value < wanted,
        "LTE": value <= wanted,
        "GT": value > wanted,
        "GTE": value >= wanted,
    }[operator]


def test_numbers_are_compared_by_size_and_sorted_so(api: httpx.Client) -> None:
    for value in ("9", "10", "-3", "2.5"):
        body = {"properties": {"name": value, "numberofemployees": value}}
        api.post("/crm/objects/2026-09/companies", json=body).raise_for_status()
    wanted: dict[str, Any] = {
        "filters": [{"propertyName": "numberofemployees", "operator": "GT", "value": "2"}],
        "sorts": [{"propertyName": "numberofemployees", "direction": "DESCENDING"}],
    }
    found = api.post("/crm/objects/2026-09/companies/search", json=wanted).json()
    assert [record["properties"]["name"] for record in found["results"]] == ["10", "9", "2.5"]


def test_groups_are_alternatives_of_filters_that_all_hold(api: httpx.Client) -> None:
    one = made(api, firstname="Ana", city="Cluj")
    two = made(api, firstname="Ben", city="Iași")
    made(api, firstname="Ana", city="Iași")
    groups: list[dict[str, Any]] = [
        {"filters": [_f("firstname", "Ana"), _f("city", "Cluj")]},
        {"filters": [_f("firstname", "Ben")]},
    ]
    found = api.post(f"{C}/search", json={"filterGroups": groups}).json()
    assert ids(found) == [one, two]


def _f(name: str, value: str) -> dict[str, str]:
    return {"propertyName": name, "operator": "EQ", "value": value}


def test_between_takes_both_ends(api: httpx.Client) -> None:
    numbers = [made(api, closedate=f"2026-11-0{day}T00:00:00Z") for day in (1, 2, 3)]
    entry = {
        "propertyName": "closedate",
        "operator": "BETWEEN",
        "value": "2026-11-01T00:00:00Z",
        "highValue": "1793577600000",
    }
    found = api.post(f"{C}/search", json={"filters": [entry]}).json()
    assert ids(found) == numbers[:2]


@pytest.mark.parametrize(
    ("pattern", "found"), [("gala", [0]), ("ga*", [0, 1]), ("*ball", [2]), ("all", [])]
)
def test_tokens_are_words_or_patterns(api: httpx.Client, pattern: str, found: list[int]) -> None:
    numbers = [made(api, company=text) for text in ("The Gala", "gallery", "football")]
    wanted = ("company", "CONTAINS_TOKEN", pattern)
    assert ids(search(api, wanted)) == [numbers[n] for n in found]


def test_records_are_searched_by_what_they_are_associated_with(api: httpx.Client) -> None:
    number = made(api, email="ana@example.com")
    made(api, email="ben@example.com")
    body = {"properties": {"name": "Acme"}}
    company = api.post("/crm/objects/2026-09/companies", json=body).json()["id"]
    api.put(f"{C}/{number}/associations/default/companies/{company}")
    assert ids(search(api, ("associations.company", "EQ", company))) == [number]


def test_words_find_names_and_addresses(api: httpx.Client) -> None:
    number = made(api, firstname="Ștefan", lastname="Pop", email="stefan@example.com")
    made(api, firstname="Ana")
    assert ids(search(api, query="ștefan pop")) == [number]
    assert ids(search(api, query="stefan@")) == [number]


def test_a_second_address_is_found_in_its_own_property_only(api: httpx.Client) -> None:
    number = made(api, email="a@example.com", hs_additional_emails="b@example.com")
    assert search(api, ("email", "EQ", "b@example.com"))["total"] == 0
    found = search(api, ("hs_additional_emails", "CONTAINS_TOKEN", "b@example.com"))
    assert ids(found) == [number]


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 201},
        {"limit": 200, "after": "9900"},
        {"query": "x" * 3_001},
        {"filters": [_f("email", "a")] * 7},
        {"filterGroups": [{"filters": [_f("email", "a")]}] * 6},
        {"filterGroups": [{"filters": [_f("email", "a")] * 5}] * 4},
        {"filters": [{"propertyName": "email", "operator": "LIKE", "value": "a"}]},
        {"filters": [_f("no_such_property", "a")]},
        {"sorts": [{"propertyName": "email"}, {"propertyName": "city"}]},
    ],
)
def test_what_a_search_may_not_ask_is_a_400(api: httpx.Client, body: dict[str, Any]) -> None:
    answer = api.post(f"{C}/search", json=body)
    assert answer.status_code == 400
    assert answer.json()["category"] == "VALIDATION_ERROR"


def test_quotes_in_names_and_values_stay_values(api: httpx.Client) -> None:
    made(api, city="Cluj")
    for text in ("' OR '1'='1", '"; DROP TABLE objects; --', "%", "_"):
        assert search(api, ("city", "EQ", text))["total"] == 0
        assert search(api, query=text)["total"] == 0
    bad = {"filters": [_f("city') IS NULL OR ('1", "x")]}
    assert api.post(f"{C}/search", json=bad).status_code == 400
    assert search(api)["total"] == 1


@pytest.mark.parametrize("words", ["stefan", "Ștefan", "stefan.pop@", "acme.example", "pop stef"])
def test_words_are_found_by_how_they_begin_with_or_without_accents(
    api: httpx.Client, words: str
) -> None:
    number = made(api, firstname="Ștefan", lastname="Pop", email="stefan.pop@acme.example")
    made(api, firstname="Ana", email="ana@example.com")
    assert ids(search(api, query=words)) == [number]
