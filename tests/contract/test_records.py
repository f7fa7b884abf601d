"""Records, by HubSpot's own Python client: status, shape and effect.

https://github.com/HubSpot/hubspot-api-python
"""

from __future__ import annotations

import importlib
from typing import Any

import pytest

KINDS = {
    "contacts": ({"email": "ana@example.com", "firstname": "Ana"}, "firstname"),
    "companies": ({"name": "Acme", "domain": "example.com"}, "name"),
    "deals": ({"dealname": "Gala", "dealstage": "closedwon", "pipeline": "default"}, "dealname"),
    "tickets": ({"subject": "Help", "hs_pipeline": "0", "hs_pipeline_stage": "1"}, "subject"),
}
kinds = pytest.mark.parametrize("kind", KINDS)


def models(kind: str) -> Any:
    return importlib.import_module(f"hubspot.crm.{kind}")


def crm(hubspot: Any, kind: str) -> Any:
    return getattr(hubspot.crm, kind)


def create(hubspot: Any, kind: str, **more: str) -> Any:
    given = models(kind).SimplePublicObjectInputForCreate(
        properties={**KINDS[kind][0], **more}, associations=[]
    )
    return crm(hubspot, kind).basic_api.create(given)


def rows(hubspot: Any, kind: str, count: int) -> list[str]:
    """Make several records and return their ids, in the order of their names."""
    name = KINDS[kind][1]
    inputs = [
        {
            "properties": {
                **KINDS[kind][0],
                name: f"Row {n}",
                **({"email": f"row{n}@example.com"} if kind == "contacts" else {}),
            },
            "associations": [],
        }
        for n in range(count)
    ]
    batch = models(kind).BatchInputSimplePublicObjectBatchInputForCreate(inputs=inputs)
    made = crm(hubspot, kind).batch_api.create(batch).results
    return [r.id for r in sorted(made, key=lambda record: record.properties[name])]


@kinds
def test_a_record_is_made_and_read_back(hubspot: Any, kind: str) -> None:
    made = create(hubspot, kind)
    read = crm(hubspot, kind).basic_api.get_by_id(made.id, properties=list(KINDS[kind][0]))
    for name, value in KINDS[kind][0].items():
        assert read.properties[name] == value
    assert read.archived is False
    assert read.created_at == made.created_at


@kinds
def test_a_record_is_changed(hubspot: Any, kind: str) -> None:
    made, name = create(hubspot, kind), KINDS[kind][1]
    change = models(kind).SimplePublicObjectInput(properties={name: "Changed"})
    answer = crm(hubspot, kind).basic_api.update(made.id, change)
    assert answer.properties[name] == "Changed"
    assert answer.updated_at >= made.updated_at
    read = crm(hubspot, kind).basic_api.get_by_id(made.id, properties=[name])
    assert read.properties[name] == "Changed"


@kinds
def test_an_archived_record_is_gone(hubspot: Any, kind: str) -> None:
    made = create(hubspot, kind)
    api = crm(hubspot, kind).basic_api
    api.archive(made.id)
    with pytest.raises(models(kind).ApiException) as error:
        api.get_by_id(made.id)
    assert error.value.status == 404
    assert [record.id for record in api.get_page(archived=True).results] == [made.id]


@kinds
def test_pages_follow_each_other_to_the_end(hubspot: Any, kind: str) -> None:
    ids = rows(hubspot, kind, 23)
    read = crm(hubspot, kind).get_all(properties=[KINDS[kind][1]])
    assert sorted(record.id for record in read) == sorted(ids)
    page = crm(hubspot, kind).basic_api.get_page(limit=10)
    assert len(page.results) == 10
    assert page.paging.next.after


@kinds
def test_a_batch_is_read_by_id(hubspot: Any, kind: str) -> None:
    ids = rows(hubspot, kind, 12)
    name = KINDS[kind][1]
    wanted = models(kind).BatchReadInputSimplePublicObjectId(
        inputs=[{"id": i} for i in ids], properties=[name], properties_with_history=[]
    )
    answer = crm(hubspot, kind).batch_api.read(wanted)
    assert {r.id: r.properties[name] for r in answer.results} == {
        i: f"Row {n}" for n, i in zip((0, 1, 10, 11, *range(2, 10)), ids, strict=True)
    }
    assert answer.status == "COMPLETE"


@kinds
def test_a_batch_is_changed(hubspot: Any, kind: str) -> None:
    ids, name = rows(hubspot, kind, 5), KINDS[kind][1]
    batch = models(kind).BatchInputSimplePublicObjectBatchInput(
        inputs=[{"id": i, "properties": {name: f"New {i}"}} for i in ids]
    )
    answer = crm(hubspot, kind).batch_api.update(batch)
    assert {r.properties[name] for r in answer.results} == {f"New {i}" for i in ids}


@kinds
def test_a_batch_is_archived(hubspot: Any, kind: str) -> None:
    ids = rows(hubspot, kind, 4)
    batch = models(kind).BatchInputSimplePublicObjectId(inputs=[{"id": i} for i in ids[:3]])
    crm(hubspot, kind).batch_api.archive(batch)
    assert [r.id for r in crm(hubspot, kind).basic_api.get_page().results] == ids[3:]


@kinds
def test_a_batch_is_upserted_by_a_unique_property(hubspot: Any, kind: str) -> None:
    define(hubspot, kind, "member_no", has_unique_value=True)
    name = KINDS[kind][1]
    batch = models(kind).BatchInputSimplePublicObjectBatchInputUpsert(
        inputs=[
            {
                "id": f"M{n}",
                "idProperty": "member_no",
                "properties": {**KINDS[kind][0], name: f"Row {n}", **email(kind, n)},
            }
            for n in range(3)
        ]
    )
    first = crm(hubspot, kind).batch_api.upsert(batch)
    again = crm(hubspot, kind).batch_api.upsert(batch)
    assert {r.new for r in first.results} == {True}
    assert {r.new for r in again.results} == {False}
    assert {r.id for r in first.results} == {r.id for r in again.results}


def email(kind: str, number: int) -> dict[str, str]:
    return {"email": f"row{number}@example.com"} if kind == "contacts" else {}


@kinds
@pytest.mark.parametrize(
    ("operator", "more", "found"),
    [
        ("EQ", {"value": "Row 1"}, {1}),
        ("NEQ", {"value": "Row 1"}, {0, 2}),
        ("IN", {"values": ["row 0", "row 2"]}, {0, 2}),
        ("NOT_IN", {"values": ["row 0"]}, {1, 2}),
        ("HAS_PROPERTY", {}, {0, 1, 2}),
        ("NOT_HAS_PROPERTY", {}, set()),
        ("CONTAINS_TOKEN", {"value": "1"}, {1}),
    ],
)
def test_records_are_searched(
    hubspot: Any, kind: str, operator: str, more: dict[str, Any], found: set[int]
) -> None:
    ids, name = rows(hubspot, kind, 3), KINDS[kind][1]
    request = models(kind).PublicObjectSearchRequest(
        filter_groups=[{"filters": [{"propertyName": name, "operator": operator, **more}]}],
        properties=[name],
        limit=100,
        after="0",
        sorts=[],
    )
    answer = crm(hubspot, kind).search_api.do_search(request)
    assert {r.id for r in answer.results} == {ids[n] for n in found}
    assert answer.total == len(found)


@kinds
def test_searches_are_sorted_and_paged(hubspot: Any, kind: str) -> None:
    rows(hubspot, kind, 9)
    name = KINDS[kind][1]
    sorts = [{"propertyName": name, "direction": "DESCENDING"}]
    seen: list[str] = []
    after = "0"
    while after:
        request = models(kind).PublicObjectSearchRequest(
            filter_groups=[], properties=[name], limit=4, after=after, sorts=sorts
        )
        answer = crm(hubspot, kind).search_api.do_search(request)
        seen += [r.properties[name] for r in answer.results]
        after = answer.paging.next.after if answer.paging else ""
    assert seen == [f"Row {n}" for n in range(8, -1, -1)]


@kinds
@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ({"no_such_property": "1"}, "PROPERTY_DOESNT_EXIST"),
        ({"createdate": "2026-01-01T00:00:00Z"}, "READ_ONLY_VALUE"),
    ],
)
def test_a_refusal_has_hubspots_shape(
    hubspot: Any, kind: str, bad: dict[str, str], code: str
) -> None:
    with pytest.raises(models(kind).ApiException) as error:
        create(hubspot, kind, **bad)
    assert error.value.status == 400
    assert '"category":"VALIDATION_ERROR"' in error.value.body
    assert code in error.value.body
    assert "correlationId" in error.value.body


def define(hubspot: Any, kind: str, name: str, **more: Any) -> Any:
    from hubspot.crm.properties import PropertyCreate

    group = {"contacts": "contact", "companies": "company", "deals": "deal", "tickets": "ticket"}
    given = PropertyCreate(
        name=name,
        label=name,
        group_name=f"{group[kind]}information",
        type="string",
        field_type="text",
        **more,
    )
    return hubspot.crm.properties.core_api.create(kind, given)


@kinds
def test_a_property_is_made_used_and_archived(hubspot: Any, kind: str) -> None:
    made = define(hubspot, kind, "shoe_size")
    assert made.has_unique_value is False
    assert made.modification_metadata.read_only_value is False
    record = create(hubspot, kind, shoe_size="44")
    read = crm(hubspot, kind).basic_api.get_by_id(record.id, properties=["shoe_size"])
    assert read.properties["shoe_size"] == "44"
    api = hubspot.crm.properties.core_api
    assert "shoe_size" in {p.name for p in api.get_all(kind).results}
    api.archive(kind, "shoe_size")
    assert "shoe_size" not in {p.name for p in api.get_all(kind).results}


@kinds
def test_a_property_is_made_once(hubspot: Any, kind: str) -> None:
    from hubspot.crm.properties import ApiException

    define(hubspot, kind, "shoe_size")
    with pytest.raises(ApiException) as error:
        define(hubspot, kind, "shoe_size")
    assert error.value.status == 409


@kinds
def test_groups_are_made_and_listed(hubspot: Any, kind: str) -> None:
    from hubspot.crm.properties import PropertyGroupCreate

    api = hubspot.crm.properties.groups_api
    group = PropertyGroupCreate(name="ticketing", label="Ticketing", display_order=1)
    assert api.create(kind, group).label == "Ticketing"
    assert "ticketing" in {g.name for g in api.get_all(kind).results}


@pytest.mark.parametrize(("kind", "count"), [("deals", 7), ("tickets", 4)])
def test_pipelines_have_their_stages(hubspot: Any, kind: str, count: int) -> None:
    (pipeline,) = hubspot.crm.pipelines.pipelines_api.get_all(kind).results
    assert len(pipeline.stages) == count
    assert pipeline.archived is False


def test_owners_are_listed(hubspot: Any) -> None:
    owners = hubspot.crm.owners.owners_api.get_page().results
    assert [owner.first_name for owner in owners] == ["Ioana", "Max"]


PAIRS = [
    ("contacts", "companies", 279, 280),
    ("deals", "contacts", 3, 4),
    ("deals", "companies", 341, 342),
    ("tickets", "contacts", 16, 15),
    ("tickets", "companies", 339, 340),
    ("deals", "tickets", 27, 28),
]


@pytest.mark.parametrize(("one", "other", "there", "back"), PAIRS)
def test_a_default_association_is_seen_from_both_sides(
    hubspot: Any, one: str, other: str, there: int, back: int
) -> None:
    first, second = create(hubspot, one), create(hubspot, other)
    api = hubspot.crm.associations.v4.basic_api
    api.create_default(one, first.id, other, second.id)
    (seen,) = api.get_page(one, first.id, other).results
    assert str(seen.to_object_id) == second.id
    assert [t.type_id for t in seen.association_types] == [there]
    (mirrored,) = api.get_page(other, second.id, one).results
    assert [t.type_id for t in mirrored.association_types] == [back]


@pytest.mark.parametrize(("one", "other", "there", "_back"), PAIRS)
def test_associations_are_made_read_and_taken_away_in_batches(
    hubspot: Any, one: str, other: str, there: int, _back: int
) -> None:
    from hubspot.crm.associations.v4 import (
        BatchInputPublicAssociationMultiArchive,
        BatchInputPublicAssociationMultiPost,
        BatchInputPublicFetchAssociationsBatchRequest,
    )

    firsts, second = rows(hubspot, one, 3), create(hubspot, other)
    api = hubspot.crm.associations.v4.batch_api
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": there}]
    inputs = [{"from": {"id": i}, "to": {"id": second.id}, "types": types} for i in firsts]
    made = api.create(one, other, BatchInputPublicAssociationMultiPost(inputs=inputs))
    assert len(made.results) == 3
    wanted = BatchInputPublicFetchAssociationsBatchRequest(inputs=[{"id": i} for i in firsts])
    read = api.get_page(one, other, wanted)
    assert {r._from.id for r in read.results} == set(firsts)
    gone = [{"from": {"id": firsts[0]}, "to": [{"id": second.id}]}]
    api.archive(one, other, BatchInputPublicAssociationMultiArchive(inputs=gone))
    left = api.get_page(one, other, wanted)
    assert {r._from.id for r in left.results} == set(firsts[1:])


@pytest.mark.parametrize("kind", ["contacts", "companies"])
def test_merged_records_are_one_and_both_ids_lead_to_it(hubspot: Any, kind: str) -> None:
    first, second = rows(hubspot, kind, 2)
    given = models(kind).PublicMergeInput(primary_object_id=first, object_id_to_merge=second)
    api = crm(hubspot, kind)
    merge = getattr(api, "basic_api", None)
    merge = getattr(merge, "merge", None) or api.public_object_api.merge
    merged = merge(given)
    name = KINDS[kind][1]
    assert merged.properties[name] == "Row 0"
    for old in (first, second):
        assert api.basic_api.get_by_id(old).id == merged.id


def test_an_erased_contact_leaves_nothing(hubspot: Any) -> None:
    from hubspot.crm.contacts import PublicGdprDeleteInput

    create(hubspot, "contacts")
    given = PublicGdprDeleteInput(object_id="ana@example.com", id_property="email")
    api = hubspot.crm.contacts
    erase = getattr(api.basic_api, "purge", None) or api.gdpr_api.purge
    erase(given)
    assert api.basic_api.get_page().results == []
    assert api.basic_api.get_page(archived=True).results == []
