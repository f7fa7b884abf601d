"""Labels of associations, by HubSpot's own client.

https://developers.hubspot.com/docs/api-reference/crm-associations-v4/guide
"""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hubspot.crm.associations.v4 import BatchInputPublicAssociationMultiPost
from hubspot.crm.associations.v4.schema import (
    ApiException,
    PublicAssociationDefinitionCreateRequest,
    PublicAssociationDefinitionUpdateRequest,
)
from hubspot.crm.companies import SimplePublicObjectInputForCreate as Company
from hubspot.crm.contacts import SimplePublicObjectInputForCreate as Contact

D = "2026-09"


@pytest.fixture
def pair(hubspot: Any) -> tuple[str, str]:
    """A contact and a company."""
    ana = Contact(properties={"email": "ana@example.com"}, associations=[])
    acme = Company(properties={"name": "Acme"}, associations=[])
    return (
        hubspot.crm.contacts.basic_api.create(ana).id,
        hubspot.crm.companies.basic_api.create(acme).id,
    )


def labels(hubspot: Any) -> Any:
    return hubspot.crm.associations.v4.schema.definitions_api


def make(hubspot: Any, label: str, inverse: str | None = None) -> list[Any]:
    request = PublicAssociationDefinitionCreateRequest(
        label=label, name=label.lower().replace(" ", "_"), inverse_label=inverse
    )
    return list(labels(hubspot).create("contacts", "companies", request).results)


def types_of(hubspot: Any, one: str, number: str, other: str) -> dict[tuple[str, int], str | None]:
    (seen,) = hubspot.crm.associations.v4.basic_api.get_page(one, number, other).results
    return {(t.category, t.type_id): t.label for t in seen.association_types}


def put(hubspot: Any, pair: tuple[str, str], *specs: tuple[str, int]) -> Any:
    given = [{"associationCategory": c, "associationTypeId": n} for c, n in specs]
    api = hubspot.crm.associations.v4.basic_api
    return api.create("contacts", pair[0], "companies", pair[1], given)


def test_hubspots_own_types_are_listed(hubspot: Any) -> None:
    listed = labels(hubspot).get_all("contacts", "companies").results
    assert {(t.type_id, t.label) for t in listed} >= {(1, "Primary"), (279, None)}


def test_a_label_is_made_used_and_seen_from_both_sides(hubspot: Any, pair: tuple[str, str]) -> None:
    there, back = make(hubspot, "Organiser", "Organised by")
    answer = put(hubspot, pair, ("USER_DEFINED", there.type_id))
    assert answer.labels == ["Organiser"]
    seen = types_of(hubspot, "contacts", pair[0], "companies")
    assert seen == {("USER_DEFINED", there.type_id): "Organiser", ("HUBSPOT_DEFINED", 279): None}
    mirrored = types_of(hubspot, "companies", pair[1], "contacts")
    assert mirrored[("USER_DEFINED", back.type_id)] == "Organised by"


def test_a_second_put_replaces_labels(hubspot: Any, pair: tuple[str, str]) -> None:
    first, *_ = make(hubspot, "Organiser")
    second, *_ = make(hubspot, "Guest")
    put(hubspot, pair, ("USER_DEFINED", first.type_id))
    put(hubspot, pair, ("USER_DEFINED", second.type_id))
    seen = types_of(hubspot, "contacts", pair[0], "companies")
    assert set(seen) == {("USER_DEFINED", second.type_id), ("HUBSPOT_DEFINED", 279)}


def test_a_primary_brings_the_plain_one_along(hubspot: Any, pair: tuple[str, str]) -> None:
    put(hubspot, pair, ("HUBSPOT_DEFINED", 1))
    seen = types_of(hubspot, "contacts", pair[0], "companies")
    assert seen == {("HUBSPOT_DEFINED", 1): "Primary", ("HUBSPOT_DEFINED", 279): None}


def test_a_contact_has_one_primary_company(hubspot: Any, pair: tuple[str, str]) -> None:
    other = Company(properties={"name": "Bolt"}, associations=[])
    bolt = hubspot.crm.companies.basic_api.create(other).id
    put(hubspot, pair, ("HUBSPOT_DEFINED", 1))
    put(hubspot, (pair[0], bolt), ("HUBSPOT_DEFINED", 1))
    page = hubspot.crm.associations.v4.basic_api.get_page("contacts", pair[0], "companies").results
    primary = [
        str(seen.to_object_id)
        for seen in page
        if any(t.type_id == 1 for t in seen.association_types)
    ]
    assert primary == [bolt]
    assert len(page) == 2


def test_a_company_is_primary_to_many_contacts(hubspot: Any, pair: tuple[str, str]) -> None:
    ben = Contact(properties={"email": "ben@example.com"}, associations=[])
    other = hubspot.crm.contacts.basic_api.create(ben).id
    put(hubspot, pair, ("HUBSPOT_DEFINED", 1))
    put(hubspot, (other, pair[1]), ("HUBSPOT_DEFINED", 1))
    for contact in (pair[0], other):
        assert ("HUBSPOT_DEFINED", 1) in types_of(hubspot, "contacts", contact, "companies")


def test_one_label_is_taken_away_and_the_rest_stays(hubspot: Any, pair: tuple[str, str]) -> None:
    label, *_ = make(hubspot, "Organiser")
    put(hubspot, pair, ("USER_DEFINED", label.type_id))
    types = [{"associationCategory": "USER_DEFINED", "associationTypeId": label.type_id}]
    inputs = [{"from": {"id": pair[0]}, "to": {"id": pair[1]}, "types": types}]
    gone = BatchInputPublicAssociationMultiPost(inputs=inputs)
    hubspot.crm.associations.v4.batch_api.archive_labels("contacts", "companies", gone)
    seen = types_of(hubspot, "contacts", pair[0], "companies")
    assert set(seen) == {("HUBSPOT_DEFINED", 279)}


def test_without_the_plain_type_nothing_is_left(hubspot: Any, pair: tuple[str, str]) -> None:
    put(hubspot, pair, ("HUBSPOT_DEFINED", 1))
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}]
    inputs = [{"from": {"id": pair[0]}, "to": {"id": pair[1]}, "types": types}]
    gone = BatchInputPublicAssociationMultiPost(inputs=inputs)
    hubspot.crm.associations.v4.batch_api.archive_labels("contacts", "companies", gone)
    api = hubspot.crm.associations.v4.basic_api
    assert api.get_page("contacts", pair[0], "companies").results == []


def test_a_label_is_renamed_and_deleted(hubspot: Any, pair: tuple[str, str]) -> None:
    label, *_ = make(hubspot, "Organiser")
    put(hubspot, pair, ("USER_DEFINED", label.type_id))
    request = PublicAssociationDefinitionUpdateRequest(
        association_type_id=label.type_id, label="Host"
    )
    labels(hubspot).update("contacts", "companies", request)
    seen = types_of(hubspot, "contacts", pair[0], "companies")
    assert seen[("USER_DEFINED", label.type_id)] == "Host"
    labels(hubspot).remove("contacts", "companies", label.type_id)
    assert set(types_of(hubspot, "contacts", pair[0], "companies")) == {("HUBSPOT_DEFINED", 279)}


def test_a_label_is_made_once(hubspot: Any) -> None:
    make(hubspot, "Organiser")
    with pytest.raises(ApiException) as error:
        make(hubspot, "Organiser")
    assert error.value.status == 400


def test_a_type_of_other_ends_is_refused(hubspot: Any, pair: tuple[str, str]) -> None:
    from hubspot.crm.associations.v4 import ApiException as Refused

    with pytest.raises(Refused) as error:
        put(hubspot, pair, ("HUBSPOT_DEFINED", 3))
    assert error.value.status == 400


@pytest.mark.parametrize(("version", "status"), [("v4", 204), (D, 200)])
@pytest.mark.parametrize("what", ["archive", "labels/archive"])
def test_v4_answers_an_archive_with_204_and_the_dated_version_with_200(
    raw: httpx.Client, pair: tuple[str, str], version: str, status: int, what: str
) -> None:
    base = f"/crm/associations/{version}" if version == D else "/crm/v4/associations"
    to: Any = {"id": pair[1]} if "labels" in what else [{"id": pair[1]}]
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}]
    body = {"inputs": [{"from": {"id": pair[0]}, "to": to, "types": types}]}
    answer = raw.post(f"{base}/contacts/companies/batch/{what}", json=body)
    assert answer.status_code == status


@pytest.mark.parametrize(("what", "limit"), [("create", 2_000), ("read", 1_000), ("archive", 100)])
def test_each_batch_has_its_limit(raw: httpx.Client, hubspot: Any, what: str, limit: int) -> None:
    assert hubspot
    entry = {"from": {"id": "1"}, "to": [] if what == "archive" else {"id": "2"}, "id": "1"}
    url = f"/crm/associations/{D}/contacts/companies/batch/{what}"
    answer = raw.post(url, json={"inputs": [entry] * (limit + 1)})
    assert answer.status_code == 400
    assert str(limit) in answer.json()["message"]


def test_ends_that_do_not_exist_are_row_errors(raw: httpx.Client, pair: tuple[str, str]) -> None:
    inputs = [
        {"from": {"id": pair[0]}, "to": {"id": pair[1]}},
        {"from": {"id": pair[0]}, "to": {"id": "999999"}},
    ]
    url = f"/crm/associations/{D}/contacts/companies/batch/associate/default"
    answer = raw.post(url, json={"inputs": inputs})
    assert answer.status_code == 207
    assert len(answer.json()["results"]) == 1
    assert answer.json()["numErrors"] == 1
