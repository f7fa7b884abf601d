"""Where HubSpot's answer is not known the portal gives either; and where it differs, it says so.

The table of divergences in `docs/sandbox.md` names the tests of this file.
"""

from __future__ import annotations

from dataclasses import asdict
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from hubspot_sandbox.model.behaviour import Behaviour
from support.project import Portal

D = "2026-09"
C = f"/crm/objects/{D}/contacts"


def made(api: httpx.Client, **properties: str) -> str:
    answer = api.post(C, json={"properties": properties})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def behave(shared: Portal, **answers: Any) -> None:
    shared.post("/_sandbox/behaviour", answers).raise_for_status()


def test_a_reset_restores_every_default(api: httpx.Client, shared: Portal) -> None:
    behave(shared, conflict="row", cleared="null", index_delay_ms=7)
    shared.post("/_sandbox/reset", {"data": True})
    assert api.get("/_sandbox/behaviour").json() == asdict(Behaviour())


@pytest.mark.parametrize(
    "wrong", [{"colour": "red"}, {"conflict": "maybe"}, {"index_delay_ms": -1}]
)
def test_an_unknown_answer_is_refused(shared: Portal, wrong: dict[str, Any]) -> None:
    answer = shared.post("/_sandbox/behaviour", wrong)
    assert answer.status_code == 400
    assert next(iter(wrong)) in answer.json()["message"]


@pytest.mark.parametrize(("answer", "status"), [("batch", 409), ("row", 207)])
def test_a_taken_address_fails_the_batch_or_its_row(
    api: httpx.Client, shared: Portal, answer: str, status: int
) -> None:
    """UNSOURCED: what a conflict does when trace ids are sent."""
    behave(shared, conflict=answer)
    made(api, email="a@example.com")
    inputs = [
        {"objectWriteTraceId": str(n), "properties": {"email": address}}
        for n, address in enumerate(("a@example.com", "b@example.com"))
    ]
    told = api.post(f"{C}/batch/create", json={"inputs": inputs})
    assert told.status_code == status
    written = len(api.get(C).json()["results"])
    assert written == (1 if answer == "batch" else 2)


@pytest.mark.parametrize(("answer", "echoed"), [("echoed", True), ("errors_only", False)])
def test_results_carry_trace_ids_or_do_not(
    api: httpx.Client, shared: Portal, answer: str, echoed: bool
) -> None:
    """UNSOURCED: the specification has them, the documents' example has not."""
    behave(shared, trace_ids=answer)
    inputs = [{"objectWriteTraceId": "7", "properties": {"firstname": "Ana"}}]
    (result,) = api.post(f"{C}/batch/create", json={"inputs": inputs}).json()["results"]
    assert ("objectWriteTraceId" in result) == echoed


@pytest.mark.parametrize(("answer", "value"), [("empty", ""), ("null", None)])
def test_a_cleared_property_reads_as_either(
    api: httpx.Client, shared: Portal, answer: str, value: str | None
) -> None:
    """Recorded as the empty text in searches; other reads were not recorded."""
    behave(shared, cleared=answer)
    number = made(api, city="Cluj")
    api.patch(f"{C}/{number}", json={"properties": {"city": ""}})
    assert api.get(f"{C}/{number}?properties=city").json()["properties"]["city"] == value


@pytest.mark.parametrize("answer", ["new", "primary"])
def test_a_merged_record_has_a_new_id_or_the_primary_s(
    api: httpx.Client, shared: Portal, answer: str
) -> None:
    """https://developers.hubspot.com/changelog/updated-merge-functionality"""
    behave(shared, merged_id=answer)
    one, two = made(api, email="a@example.com"), made(api, email="b@example.com")
    body = {"primaryObjectId": one, "objectIdToMerge": two}
    merged = api.post(f"{C}/merge", json=body).json()["id"]
    assert (merged == one) == (answer == "primary")
    for old in (one, two):
        assert api.get(f"{C}/{old}").json()["id"] == merged
    upserted = {"id": "b@example.com", "idProperty": "email", "properties": {"city": "Cluj"}}
    (result,) = api.post(f"{C}/batch/upsert", json={"inputs": [upserted]}).json()["results"]
    assert (result["id"], result["new"]) == (merged, False)


@pytest.mark.parametrize(("answer", "status"), [("omitted", 200), ("error", 207)])
def test_a_record_without_associations_is_left_out_or_an_error(
    api: httpx.Client, shared: Portal, answer: str, status: int
) -> None:
    """UNSOURCED."""
    behave(shared, no_associations=answer)
    body = {"inputs": [{"id": made(api, firstname="Ana")}]}
    told = api.post(f"/crm/associations/{D}/contacts/companies/batch/read", json=body)
    assert told.status_code == status
    assert told.json()["results"] == []


@pytest.mark.parametrize("answer", ["asked", "own"])
def test_a_new_pipeline_has_the_ids_asked_for_or_others(
    api: httpx.Client, shared: Portal, answer: str
) -> None:
    """UNSOURCED: the OpenAPI description has both fields, the pages name neither."""
    behave(shared, pipeline_ids=answer)
    stage = {"stageId": "mine", "label": "Paid", "metadata": {"probability": "1.0"}}
    body = {"pipelineId": "ours", "label": "Firms", "displayOrder": 1, "stages": [stage]}
    made_pipeline = api.post(f"/crm/pipelines/{D}/deals", json=body).json()
    path = f"/crm/pipelines/{D}/deals/{made_pipeline['id']}/stages"
    added = api.post(path, json={**stage, "stageId": "more", "label": "Sent"}).json()
    got = [made_pipeline["id"], made_pipeline["stages"][0]["id"], added["id"]]
    assert (got == ["ours", "mine", "more"]) is (answer == "asked")
    assert not set(got) & {"ours", "mine", "more"} or answer == "asked"


@pytest.mark.parametrize(("answer", "stored"), [("lowered", "ana@example.com"), ("kept", None)])
def test_addresses_are_lowered_or_kept_and_one_either_way(
    api: httpx.Client, shared: Portal, answer: str, stored: str | None
) -> None:
    """UNSOURCED: the exact rule."""
    behave(shared, emails=answer)
    number = made(api, email="Ana@Example.com")
    read = api.get(f"{C}/{number}").json()["properties"]["email"]
    assert read == (stored or "Ana@Example.com")
    again = api.post(C, json={"properties": {"email": "ANA@example.com"}})
    assert again.status_code == 409


def test_a_new_record_s_modified_date_moves_by_itself(api: httpx.Client, shared: Portal) -> None:
    """Recorded: created at 19:13:11.178, modified at 19:13:13.049 without another write."""
    shared.post("/_sandbox/clock", {"still": True})
    behave(shared, post_create_bump_ms=1_800)
    number = made(api, firstname="Ana")
    before = api.get(f"{C}/{number}").json()
    shared.post("/_sandbox/clock", {"advance_seconds": 2})
    after = api.get(f"{C}/{number}").json()
    assert before["updatedAt"] == before["createdAt"] < after["updatedAt"]


def test_divergence_calculated_properties_are_not_computed(api: httpx.Client) -> None:
    given = {
        "name": "twice",
        "label": "Twice",
        "groupName": "contactinformation",
        "type": "number",
        "fieldType": "calculation_equation",
        "calculationFormula": "2 * 2",
    }
    api.post(f"/crm/properties/{D}/contacts", json=given).raise_for_status()
    number = made(api, firstname="Ana")
    read = api.get(f"{C}/{number}?properties=twice").json()["properties"]
    assert read["twice"] is None


def test_divergence_the_older_association_paths_are_absent(api: httpx.Client) -> None:
    answer = api.post("/crm/v3/associations/contacts/companies/batch/create", json={"inputs": []})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


def test_divergence_companies_are_not_made_from_addresses(api: httpx.Client) -> None:
    made(api, email="ana@acme.example")
    assert api.get(f"/crm/objects/{D}/companies").json()["results"] == []


def test_divergence_an_import_is_done_when_it_is_answered(api: httpx.Client) -> None:
    request = (
        '{"name": "n", "importOperations": {"0-1": "UPSERT"}, "files": [{"fileName": "a.csv", '
        '"fileImportPage": {"hasHeader": true, "columnMappings": [{"columnObjectTypeId": "0-1", '
        '"columnName": "Email", "propertyName": "email", "columnType": "HUBSPOT_ALTERNATE_ID"}]}}]}'
    )
    files: list[tuple[str, Any]] = [
        ("importRequest", (None, request)),
        ("files", ("a.csv", b"Email\nana@example.com\n", "text/csv")),
    ]
    begun = api.post(f"/crm/imports/{D}", files=files).json()
    assert begun["state"] == "STARTED"
    assert api.get(f"/crm/imports/{D}/{begun['id']}").json()["state"] == "DONE"


def test_divergence_exports_and_timeline_events_are_absent(api: httpx.Client) -> None:
    for path in (f"/crm/exports/{D}/export/async", f"/integrators/timeline/{D}/events"):
        assert api.post(path, json={}).status_code == 404


@pytest.mark.parametrize(
    ("rule", "argument", "bad", "error"),
    [
        ("ALPHA", None, "Ana1", "INVALID_ALPHA"),
        ("NUMERIC", None, "12a", "INVALID_NUMERIC"),
        ("MAX_LENGTH", 3, "abcd", "TOO_LONG"),
        ("REGEX", "[A-Z]+", "abc", "INVALID_REGEX"),
    ],
)
def test_an_administrator_s_rules_hold(
    api: httpx.Client, shared: Portal, rule: str, argument: Any, bad: str, error: str
) -> None:
    """https://developers.hubspot.com/changelog/upcoming-property-validations-on-the-contacts-api"""
    given = {"object_type": "contacts", "property": "firstname", "rule": rule, "argument": argument}
    shared.post("/_sandbox/rules", given).raise_for_status()
    answer = api.post(C, json={"properties": {"firstname": bad}})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == error


@pytest.mark.parametrize(("version", "status"), [("v3", 201), ("2026-03", 201), ("2026-09", 400)])
def test_what_an_administrator_requires_is_enforced_since_2026_09(
    api: httpx.Client, shared: Portal, version: str, status: int
) -> None:
    """https://developers.hubspot.com/changelog/crm-api-write-validation-enforcement"""
    given = {"object_type": "contacts", "property": "city", "rule": "REQUIRED"}
    shared.post("/_sandbox/rules", given).raise_for_status()
    base = "/crm/v3/objects" if version == "v3" else f"/crm/objects/{version}"
    answer = api.post(f"{base}/contacts", json={"properties": {"firstname": "Ana"}})
    assert answer.status_code == status


def test_html_is_sanitised(api: httpx.Client) -> None:
    """https://developers.hubspot.com/docs/guides/api/crm/properties"""
    given = {
        "name": "biography",
        "label": "Biography",
        "groupName": "contactinformation",
        "type": "string",
        "fieldType": "html",
    }
    api.post(f"/crm/properties/{D}/contacts", json=given).raise_for_status()
    number = made(api, biography="<p onclick='x()'>Ana<script>alert(1)</script></p>")
    read = api.get(f"{C}/{number}?properties=biography").json()["properties"]
    assert read["biography"] == "<p>Ana</p>"


def test_a_choice_that_begins_with_a_semicolon_is_added(api: httpx.Client) -> None:
    options = [{"label": v, "value": v, "displayOrder": n} for n, v in enumerate("abc")]
    given = {
        "name": "tastes",
        "label": "Tastes",
        "groupName": "contactinformation",
        "type": "enumeration",
        "fieldType": "checkbox",
        "options": options,
    }
    api.post(f"/crm/properties/{D}/contacts", json=given).raise_for_status()
    number = made(api, tastes="a;b")
    for value, kept in ((";c", "a;b;c"), ("b", "b")):
        api.patch(f"{C}/{number}", json={"properties": {"tastes": value}}).raise_for_status()
        read = api.get(f"{C}/{number}?properties=tastes").json()["properties"]
        assert read["tastes"] == kept


def test_a_second_address_leads_to_its_contact(api: httpx.Client) -> None:
    """https://developers.hubspot.com/docs/guides/api/crm/objects/contacts"""
    number = made(api, email="a@example.com", hs_additional_emails="b@example.com")
    row = {"id": "b@example.com", "idProperty": "email", "properties": {"city": "Cluj"}}
    (result,) = api.post(f"{C}/batch/upsert", json={"inputs": [row]}).json()["results"]
    assert (result["id"], result["new"]) == (number, False)
    answer = api.post(C, json={"properties": {"email": "b@example.com"}})
    assert answer.status_code == 409
    assert f"Existing ID: {number}" in answer.json()["message"]


def test_merged_ids_work_in_single_updates_and_not_in_batches(api: httpx.Client) -> None:
    """https://developers.hubspot.com/docs/guides/api/crm/using-object-apis"""
    one, two = made(api, firstname="A"), made(api, firstname="B")
    api.post(f"{C}/merge", json={"primaryObjectId": one, "objectIdToMerge": two})
    single = api.patch(f"{C}/{two}", json={"properties": {"city": "Cluj"}})
    assert single.status_code == 200
    row = {"id": two, "properties": {"city": "Iași"}}
    assert api.post(f"{C}/batch/update", json={"inputs": [row]}).status_code != 200


def test_a_restored_record_is_back_with_its_address(api: httpx.Client, shared: Portal) -> None:
    number = made(api, email="ana@example.com")
    api.delete(f"{C}/{number}")
    body = {"object_type": "contacts", "id": number}
    assert shared.post("/_sandbox/restore", body).status_code == 200
    assert api.get(f"{C}/ana@example.com?idProperty=email").json()["id"] == number


def test_a_record_whose_address_was_taken_meanwhile_stays_in_the_bin(
    api: httpx.Client, shared: Portal
) -> None:
    number = made(api, email="ana@example.com")
    api.delete(f"{C}/{number}")
    made(api, email="ana@example.com")
    body = {"object_type": "contacts", "id": number}
    assert shared.post("/_sandbox/restore", body).status_code == 400
    assert api.get(f"{C}/{number}").status_code == 404


def test_answers_tell_the_time_of_the_portal_s_clock(api: httpx.Client) -> None:
    api.post("/_sandbox/clock", json={"advance_seconds": 86_400, "still": True})
    now = api.get("/_sandbox/clock").json()["now"]
    told = api.get("/account-info/2026-09/details").headers["date"]
    assert parsedate_to_datetime(told).timestamp() == now // 1_000
