"""Records of HubSpot through the service: made once, then changed."""

from __future__ import annotations

import pytest

from support.service import Service


def write(service: Service, object_type: str, **body: object) -> tuple[int, dict[str, object]]:
    answer = service.call("POST", object_type, body)
    return answer.status_code, dict(answer.json())


def test_a_contact_is_made_once_and_then_changed(service: Service) -> None:
    made, first = write(service, "contacts", properties={"email": "Ana@Example.com"})
    changed, second = write(
        service, "contacts", properties={"email": "ana@example.com", "firstname": "Ana"}
    )
    assert (made, changed, first["id"]) == (201, 200, second["id"])
    found = service.get(f"contacts/{first['id']}")
    assert found["id"] == first["id"]


def test_a_contact_is_found_by_a_secondary_address(service: Service) -> None:
    _, one = write(service, "contacts", properties={"email": "main@example.com"})
    _, other = write(service, "contacts", properties={"email": "second@example.com"})
    body = {"primaryObjectId": one["id"], "objectIdToMerge": other["id"]}
    _merge(service, body)
    status, found = write(
        service, "contacts", properties={"email": "second@example.com", "city": "Iași"}
    )
    assert status == 200
    assert found["id"] != other["id"]


def _merge(service: Service, body: dict[str, object]) -> None:
    import httpx

    url = service.project.settings["TARGET_HUBSPOT_PORTAL_URL"]
    headers = {"Authorization": "Bearer pat-sandbox"}
    answer = httpx.post(f"{url}/crm/v3/objects/contacts/merge", json=body, headers=headers)
    answer.raise_for_status()


def test_a_deal_is_made_with_its_associations(service: Service) -> None:
    _, contact = write(service, "contacts", properties={"email": "buyer@example.com"})
    properties = {"dealname": "Gala", "pipeline": "default", "dealstage": "closedwon", "amount": 90}
    status, deal = write(
        service,
        "deals",
        properties=properties,
        associations=[{"object_type": "contacts", "id": contact["id"]}],
    )
    assert status == 201
    asked = {
        "filterGroups": [
            {
                "filters": [
                    {
                        "propertyName": "associations.contact",
                        "operator": "EQ",
                        "value": contact["id"],
                    }
                ]
            }
        ]
    }
    found = service.call("POST", "deals/search", asked)
    if found.status_code == 200:  # not every portal searches by association
        assert [hit["id"] for hit in found.json()["results"]] == [deal["id"]]


def test_a_company_is_found_by_its_domain(service: Service) -> None:
    made, first = write(service, "companies", properties={"domain": "acme.example", "name": "Acme"})
    changed, second = write(service, "companies", properties={"domain": "acme.example", "phone": 1})
    assert (made, changed, first["id"]) == (201, 200, second["id"])


def test_a_ticket_is_made(service: Service) -> None:
    properties = {"subject": "Lost", "hs_pipeline": "0", "hs_pipeline_stage": "1"}
    status, ticket = write(service, "tickets", properties=properties)
    assert (status, bool(ticket["id"])) == (201, True)


def test_what_hubspot_refuses_is_told_in_its_words(service: Service) -> None:
    status, told = write(service, "contacts", properties={"email": "not an address"})
    assert (status, told["code"], told["hubspot_status"]) == (422, "REJECT", 400)
    assert told["hubspot_correlation_id"]


def test_a_search_is_paged_as_hubspot_pages(service: Service) -> None:
    for number in range(3):
        write(service, "companies", properties={"domain": f"page{number}.example", "name": "Page"})
    asked = {
        "filterGroups": [
            {"filters": [{"propertyName": "name", "operator": "EQ", "value": "Page"}]}
        ],
        "properties": ["domain"],
        "limit": 2,
    }
    first = service.call("POST", "companies/search", asked).json()
    second = service.call(
        "POST", "companies/search", {**asked, "after": first["paging"]["next"]["after"]}
    ).json()
    found = {hit["properties"]["domain"] for hit in (*first["results"], *second["results"])}
    assert found == {f"page{number}.example" for number in range(3)}


@pytest.mark.parametrize(
    "path", ["contacts/abc", "contacts/1%2F..%2F2", "contacts/..%2Fcompanies", "contacts/1'--"]
)
def test_an_id_that_is_none_reaches_nobody(service: Service, path: str) -> None:
    assert service.call("GET", path).status_code in (404, 422)


def test_a_record_that_is_not_there_is_a_404(service: Service) -> None:
    answer = service.call("GET", "contacts/999999999")
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
