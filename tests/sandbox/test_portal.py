"""The portal answers as HubSpot does; each test names the page or the recording it follows.

Recorded: answers of api.hubapi.com in public test fixtures. Documented: HubSpot's own pages.
"""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from support.project import Portal

D = "/crm/objects/2026-09"


def made(api: httpx.Client, kind: str = "contacts", **properties: str) -> dict[str, Any]:
    answer = api.post(f"{D}/{kind}", json={"properties": properties})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def upsert(
    api: httpx.Client, *rows: tuple[str, dict[str, Any]], trace: bool = True
) -> httpx.Response:
    inputs = [
        {"id": key, "idProperty": "email", "properties": properties}
        | ({"objectWriteTraceId": str(n)} if trace else {})
        for n, (key, properties) in enumerate(rows)
    ]
    return api.post(f"{D}/contacts/batch/upsert", json={"inputs": inputs})


def problems(answer: httpx.Response) -> list[dict[str, Any]]:
    message = answer.json()["message"]
    return list(json.loads(message.removeprefix("Property values were not valid: ")))


@pytest.mark.parametrize("spelling", ["contacts", "contact", "CONTACT", "0-1"])
def test_an_object_type_has_several_spellings(api: httpx.Client, spelling: str) -> None:
    """Measured: names, singulars and type ids name the same type."""
    assert api.get(f"{D}/{spelling}").json() == {"results": []}


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("widgets", "Unable to infer object type from: widgets"),
        ("0-9999", "Invalid object or event type id: 0-9999"),
    ],
)
def test_an_unknown_type_is_a_400_without_category(
    api: httpx.Client, word: str, sentence: str
) -> None:
    """Measured 2026-08."""
    answer = api.get(f"{D}/{word}")
    assert answer.status_code == 400
    assert answer.json()["message"] == sentence
    assert "category" not in answer.json()


@pytest.mark.parametrize(
    "path",
    [
        "/crm/objects/2026-03/contacts",
        "/crm/objects/2026-09/contacts",
        "/crm/v3/objects/contacts",
        "/crm/properties/2026-09/contacts",
        "/crm/v3/properties/contacts",
        "/crm/v3/pipelines/deals",
        "/crm/owners/2026-09",
        "/account-info/v3/details",
        "/crm/v4/associations/contacts/companies/labels",
    ],
)
def test_dated_and_older_paths_lead_to_the_same_place(api: httpx.Client, path: str) -> None:
    """https://developers.hubspot.com/docs/developer-tooling/platform/versioning"""
    assert api.get(path).status_code == 200


def test_a_path_that_does_not_exist_is_a_page(api: httpx.Client) -> None:
    """Measured: unknown routes answer with HTML."""
    answer = api.get("/crm/v3/nothing/here")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer pat-wrong"}])
def test_without_the_token_nothing_is_told(shared: Portal, header: dict[str, str]) -> None:
    """https://developers.hubspot.com/docs/guides/apps/private-apps/overview"""
    answer = httpx.get(f"{shared.sandbox.url}{D}/contacts", headers=header)
    assert answer.status_code == 401
    assert answer.json()["category"] == "INVALID_AUTHENTICATION"
    assert answer.json()["message"].startswith("Authentication credentials not found.")


def test_values_are_text_and_what_was_never_set_is_null(api: httpx.Client) -> None:
    """Recorded: defined and never set is null, not defined is left out."""
    record = made(api, email="Ana@Example.com", firstname="Ana")
    asked = {"properties": "email,lastname,no_such_property"}
    read = api.get(f"{D}/contacts/{record['id']}", params=asked).json()["properties"]
    assert read["email"] == "ana@example.com"
    assert read["lastname"] is None
    assert "no_such_property" not in read
    assert {"createdate", "lastmodifieddate", "hs_object_id"} <= set(read)


def test_a_cleared_value_is_the_empty_text(api: httpx.Client) -> None:
    """Recorded: `""` clears, and reads back as `""`."""
    record = made(api, email="a@example.com", firstname="Ana")
    api.patch(f"{D}/contacts/{record['id']}", json={"properties": {"firstname": ""}})
    read = api.get(f"{D}/contacts/{record['id']}", params={"properties": "firstname"}).json()
    assert read["properties"]["firstname"] == ""


def test_a_new_contact_gets_what_hubspot_computes(api: httpx.Client) -> None:
    """Recorded."""
    properties = made(api, email="ana@demo.example.com")["properties"]
    assert properties["hs_email_domain"] == "demo.example.com"
    assert properties["lifecyclestage"] == "lead"


def test_a_company_s_domain_becomes_its_website(api: httpx.Client) -> None:
    """Recorded."""
    assert made(api, "companies", domain="example.com")["properties"]["website"] == "example.com"


def test_a_deal_s_stage_says_whether_it_is_won(api: httpx.Client) -> None:
    """https://developers.hubspot.com/docs/guides/api/crm/pipelines"""
    deal = made(api, "deals", dealname="A", dealstage="closedwon", pipeline="default")
    assert deal["properties"]["hs_is_closed_won"] == "true"


@pytest.mark.parametrize(
    ("kind", "properties", "error", "name"),
    [
        ("contacts", {"nope": "1"}, "PROPERTY_DOESNT_EXIST", "nope"),
        ("contacts", {"email": "bcooper@example.con"}, "INVALID_EMAIL", "email"),
        ("contacts", {"createdate": "2026-01-01"}, "READ_ONLY_VALUE", "createdate"),
        ("contacts", {"lifecyclestage": "friend"}, "INVALID_OPTION", "lifecyclestage"),
        ("deals", {"dealname": "A", "dealstage": "won"}, "INVALID_OPTION", "dealstage"),
        ("deals", {"dealname": "A", "dealstage": "closedwon", "amount": "1,000"}, "INVALID_LONG",
         "amount"),
        ("deals", {"dealname": "A", "dealstage": "closedwon", "deal_currency_code": "XXX"},
         "INVALID_OPTION", "deal_currency_code"),
        ("deals", {"dealname": "A", "dealstage": "closedwon", "closedate": "31 Feb"},
         "INVALID_DATE", "closedate"),
    ],
)  # fmt: skip
def test_a_value_that_hubspot_would_refuse_is_refused_in_its_words(
    api: httpx.Client, kind: str, properties: dict[str, str], error: str, name: str
) -> None:
    """https://developers.hubspot.com/docs/reference/api/other-resources/error-handling"""
    answer = api.post(f"{D}/{kind}", json={"properties": properties})
    assert answer.status_code == 400
    assert answer.json()["category"] == "VALIDATION_ERROR"
    assert [(p["error"], p["name"]) for p in problems(answer)] == [(error, name)]


def test_a_date_in_milliseconds_must_be_midnight(api: httpx.Client) -> None:
    """Logged: `1521225089103 is at 18:31:29.103 UTC, not midnight!`"""
    define(api, "born", type="date", fieldType="date")
    bad = api.post(f"{D}/contacts", json={"properties": {"born": "1521225089103"}})
    assert problems(bad)[0]["message"] == "1521225089103 is at 18:31:29.103 UTC, not midnight!"
    good = made(api, email="a@example.com", born="1521158400000")
    assert good["properties"]["born"] == "2018-03-16"


def define(api: httpx.Client, name: str, **more: Any) -> httpx.Response:
    given = {"name": name, "label": name, "groupName": "contactinformation", "type": "string",
             "fieldType": "text", **more}  # fmt: skip
    return api.post("/crm/properties/2026-09/contacts", json=given)


def test_a_lifecycle_stage_goes_forward_and_silently_not_back(api: httpx.Client) -> None:
    """https://developers.hubspot.com/docs/guides/api/crm/objects/contacts"""
    record = made(api, email="a@example.com", lifecyclestage="customer")
    path = f"{D}/contacts/{record['id']}"
    assert api.patch(path, json={"properties": {"lifecyclestage": "lead"}}).status_code == 200
    read = api.get(path, params={"properties": "lifecyclestage"}).json()["properties"]
    assert read["lifecyclestage"] == "customer"


def test_results_of_a_batch_come_in_another_order(api: httpx.Client) -> None:
    """Recorded: results are shuffled."""
    rows = [(f"p{n}@example.com", {"firstname": str(n)}) for n in range(30)]
    order = [r["properties"]["firstname"] for r in upsert(api, *rows).json()["results"]]
    assert sorted(order, key=int) == [str(n) for n in range(30)]
    assert order != [str(n) for n in range(30)]


def test_an_upsert_tells_new_from_known(api: httpx.Client) -> None:
    """https://developers.hubspot.com/docs/guides/api/crm/using-object-apis"""
    made(api, email="old@example.com", firstname="Old")
    results = upsert(api, ("OLD@example.com", {"phone": "1"}), ("new@example.com", {})).json()
    assert {r["objectWriteTraceId"]: r["new"] for r in results["results"]} == {
        "0": False,
        "1": True,
    }


def test_with_trace_ids_a_bad_row_costs_itself(api: httpx.Client) -> None:
    """https://developers.hubspot.com/docs/reference/api/other-resources/error-handling"""
    answer = upsert(api, ("a@example.com", {}), ("b@example.com", {"nope": "1"}))
    assert answer.status_code == 207
    body = answer.json()
    assert [r["objectWriteTraceId"] for r in body["results"]] == ["0"]
    assert body["numErrors"] == 1
    assert body["errors"][0]["context"] == {"objectWriteTraceId": ["1"]}


def test_without_trace_ids_a_bad_row_costs_the_batch(api: httpx.Client) -> None:
    """Reported for HubSpot's Python client, issue 51."""
    answer = upsert(api, ("a@example.com", {}), ("b@example.com", {"nope": "1"}), trace=False)
    assert answer.status_code == 400
    assert api.get(f"{D}/contacts").json() == {"results": []}


def test_a_taken_address_costs_the_batch_and_names_its_owner(api: httpx.Client) -> None:
    """Reported for HubSpot's Node client, issue 545."""
    record = made(api, email="a@example.com")
    inputs = [
        {"properties": {"email": e}, "objectWriteTraceId": e} for e in ("a@example.com", "b@x.com")
    ]
    answer = api.post(f"{D}/contacts/batch/create", json={"inputs": inputs})
    assert answer.status_code == 409
    assert answer.json()["message"] == f"Contact already exists. Existing ID: {record['id']}"
    assert len(api.get(f"{D}/contacts").json()["results"]) == 1


def test_records_are_upserted_by_unique_properties_only(api: httpx.Client) -> None:
    """Measured: domain, dealname and hs_object_id are refused."""
    inputs = [{"id": "example.com", "idProperty": "domain", "properties": {"name": "A"}}]
    answer = api.post(f"{D}/companies/batch/upsert", json={"inputs": inputs})
    assert answer.status_code == 400
    assert answer.json()["message"] == (
        "Unable to perform update/upsert by non-unique 0-2 property domain"
    )


def test_a_batch_takes_a_hundred_rows_and_each_id_once(api: httpx.Client) -> None:
    """https://developers.hubspot.com/docs/guides/api/crm/using-object-apis"""
    rows: list[tuple[str, dict[str, Any]]] = [(f"p{n}@example.com", {}) for n in range(101)]
    assert upsert(api, *rows).status_code == 400
    answer = upsert(api, ("a@example.com", {}), ("A@example.com", {}))
    assert "Duplicate IDs found in batch input" in answer.json()["message"]


def test_records_that_do_not_exist_are_errors_of_a_batch_read(api: httpx.Client) -> None:
    """From public test fixtures."""
    record = made(api, email="a@example.com")
    inputs = [{"id": record["id"]}, {"id": "999999"}]
    answer = api.post(f"{D}/contacts/batch/read", json={"inputs": inputs, "properties": []})
    assert answer.status_code == 207
    assert answer.json()["errors"][0]["context"] == {"ids": ["999999"]}


def test_an_archived_contact_s_address_is_free_at_once(api: httpx.Client) -> None:
    """Recorded: the same address gets a new id."""
    first = made(api, email="a@example.com")
    assert api.delete(f"{D}/contacts/{first['id']}").status_code == 204
    assert made(api, email="a@example.com")["id"] != first["id"]


def test_unique_values_are_enforced_with_400(api: httpx.Client) -> None:
    """CONFLICTING_UNIQUE_VALUE, as HubSpot's own front end names it."""
    assert define(api, "member_no", hasUniqueValue=True).status_code == 201
    made(api, email="a@example.com", member_no="7")
    properties = {"email": "b@example.com", "member_no": "7"}
    answer = api.post(f"{D}/contacts", json={"properties": properties})
    assert answer.status_code == 400
    assert problems(answer)[0]["error"] == "CONFLICTING_UNIQUE_VALUE"


def test_an_object_type_has_at_most_ten_unique_properties(api: httpx.Client) -> None:
    """https://developers.hubspot.com/docs/guides/api/crm/properties"""
    answers = [define(api, f"u{n}", hasUniqueValue=True).status_code for n in range(11)]
    assert answers == [201] * 10 + [400]


def test_a_list_pages_by_the_id_of_the_next_record(api: httpx.Client) -> None:
    """https://developers.hubspot.com/docs/guides/api/crm/using-object-apis"""
    ids = [made(api, email=f"p{n}@example.com")["id"] for n in range(5)]
    first = api.get(f"{D}/contacts", params={"limit": 3}).json()
    assert [r["id"] for r in first["results"]] == ids[:3]
    assert first["paging"]["next"]["after"] == ids[3]
    rest = api.get(f"{D}/contacts", params={"limit": 3, "after": ids[3]}).json()
    assert [r["id"] for r in rest["results"]] == ids[3:]
    assert "paging" not in rest


@pytest.mark.parametrize(
    ("operator", "more", "found"),
    [
        ("EQ", {"value": "10"}, {"b"}),
        ("NEQ", {"value": "10"}, {"a", "c", "d"}),
        ("LT", {"value": "10"}, {"a"}),
        ("GTE", {"value": "10"}, {"b", "c"}),
        ("BETWEEN", {"value": "9", "highValue": "11"}, {"a", "b"}),
        ("IN", {"values": ["9", "200"]}, {"a", "c"}),
        ("NOT_IN", {"values": ["9", "200"]}, {"b", "d"}),
        ("HAS_PROPERTY", {}, {"a", "b", "c"}),
        ("NOT_HAS_PROPERTY", {}, {"d"}),
    ],
)
def test_search_compares_numbers_as_numbers(
    api: httpx.Client, operator: str, more: dict[str, Any], found: set[str]
) -> None:
    """https://developers.hubspot.com/docs/guides/api/crm/search"""
    for name, employees in (("a", "9"), ("b", "10"), ("c", "200")):
        made(api, "companies", name=name, numberofemployees=employees)
    made(api, "companies", name="d")
    filters = [{"propertyName": "numberofemployees", "operator": operator, **more}]
    answer = api.post(f"{D}/companies/search", json={"filterGroups": [{"filters": filters}]})
    assert {r["properties"]["name"] for r in answer.json()["results"]} == found


@pytest.mark.parametrize("body", [{"limit": 201}, {"limit": 100, "after": "9901"}])
def test_search_has_its_limits(api: httpx.Client, body: dict[str, Any]) -> None:
    """https://developers.hubspot.com/docs/guides/api/crm/search"""
    assert api.post(f"{D}/contacts/search", json=body).status_code == 400


def pair(api: httpx.Client) -> tuple[str, str]:
    contact = made(api, email="a@example.com")["id"]
    return contact, made(api, "companies", name="A")["id"]


def types(api: httpx.Client, path: str) -> list[list[int]]:
    results = api.get(f"{D}/{path}").json()["results"]
    return [[t["typeId"] for t in r["associationTypes"]] for r in results]


def test_an_association_is_seen_from_both_sides(api: httpx.Client) -> None:
    """https://developers.hubspot.com/docs/api-reference/crm-associations-v4/guide"""
    contact, company = pair(api)
    inputs = [{"from": {"id": contact}, "to": {"id": company}}]
    path = "/crm/associations/2026-09/contacts/companies/batch/associate/default"
    assert api.post(path, json={"inputs": inputs}).status_code == 200
    assert types(api, f"contacts/{contact}/associations/companies") == [[279]]
    assert types(api, f"companies/{company}/associations/contacts") == [[280]]


def test_a_primary_association_brings_the_plain_one(api: httpx.Client) -> None:
    """Same page: 1 means primary, 279 means plain."""
    contact, company = pair(api)
    spec = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]
    path = f"{D}/contacts/{contact}/associations/companies/{company}"
    assert api.put(path, json=spec).status_code == 201
    assert types(api, f"contacts/{contact}/associations/companies") == [[1, 279]]
    assert types(api, f"companies/{company}/associations/contacts") == [[2, 280]]


@pytest.mark.parametrize(
    ("path", "status"), [("associations/2026-09", 200), ("v4/associations", 204)]
)
def test_taking_associations_away_answers_by_version(
    api: httpx.Client, path: str, status: int
) -> None:
    """The one difference in status between v4 and the dated versions."""
    contact, company = pair(api)
    api.put(f"{D}/contacts/{contact}/associations/default/companies/{company}")
    inputs = [{"from": {"id": contact}, "to": [{"id": company}]}]
    answer = api.post(f"/crm/{path}/contacts/companies/batch/archive", json={"inputs": inputs})
    assert answer.status_code == status
    assert types(api, f"contacts/{contact}/associations/companies") == []


def test_a_pair_with_a_missing_end_is_an_error_of_its_row(api: httpx.Client) -> None:
    """Batch create needs both records to exist."""
    contact, company = pair(api)
    inputs = [{"from": {"id": contact}, "to": {"id": to}} for to in (company, "999999")]
    path = "/crm/associations/2026-09/contacts/companies/batch/associate/default"
    answer = api.post(path, json={"inputs": inputs})
    assert answer.status_code == 207
    assert len(answer.json()["results"]) == len(answer.json()["errors"]) == 1


def test_an_unchanged_write_leaves_no_trace_in_the_history(api: httpx.Client) -> None:
    """Property history holds versions, not calls."""
    record = made(api, email="a@example.com", city="Iași")
    path = f"{D}/contacts/{record['id']}"
    for city in ("Iași", "Cluj", "Cluj"):
        api.patch(path, json={"properties": {"city": city}})
    read = api.get(path, params={"propertiesWithHistory": "city"}).json()
    versions = [v["value"] for v in read["propertiesWithHistory"]["city"]]
    assert sorted(versions) == ["Cluj", "Iași"]


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ({"kind": "status", "status": 503}, 503),
        ({"kind": "status", "status": 429}, 429),
        ({"kind": "status", "status": 477}, 477),
        ({"kind": "empty"}, 200),
    ],
)
def test_faults_happen_as_often_as_asked(
    api: httpx.Client, fault: dict[str, Any], status: int
) -> None:
    faults = [{"route": "contacts$", "count": 1, **fault}]
    api.post("/_sandbox/faults", json={"faults": faults}).raise_for_status()
    assert api.get(f"{D}/contacts").status_code == status
    assert api.get(f"{D}/contacts").json() == {"results": []}


@pytest.mark.parametrize(("kind", "applied"), [("reset_before", 0), ("reset_after", 1)])
def test_a_connection_may_break_before_or_after_the_write(
    api: httpx.Client, kind: str, applied: int
) -> None:
    faults = [{"route": "upsert", "count": 1, "kind": kind}]
    api.post("/_sandbox/faults", json={"faults": faults}).raise_for_status()
    with pytest.raises(httpx.HTTPError):
        upsert(api, ("a@example.com", {}))
    assert len(api.get(f"{D}/contacts").json()["results"]) == applied


def test_a_person_finds_a_contact_and_sees_its_history_and_company(api: httpx.Client) -> None:
    contact, company = pair(api)
    api.patch(f"{D}/contacts/{contact}", json={"properties": {"firstname": "Ștefania"}})
    api.put(f"{D}/contacts/{contact}/associations/default/companies/{company}")
    found = api.get("/", params={"q": "ștefania"}).text
    assert f"/records/contacts/{contact}" in found
    page = api.get(f"/records/contacts/{contact}").text
    assert "a@example.com" in page
    assert f"/records/companies/{company}" in page
    assert "set to “Ștefania”" in page


def test_what_a_record_holds_cannot_break_out_of_the_page(api: httpx.Client) -> None:
    record = made(api, email="a@example.com", firstname="<script>alert(1)</script>")
    page = api.get(f"/records/contacts/{record['id']}").text
    assert "<script>alert" not in page
