"""Custom object types, by HubSpot's own client.

https://developers.hubspot.com/docs/guides/api/crm/objects/custom-objects
"""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hubspot.crm.objects import ApiException as ObjectError
from hubspot.crm.objects import SimplePublicObjectInputForCreate
from hubspot.crm.schemas import ApiException, AssociationDefinitionEgg, ObjectSchemaEgg
from hubspot.crm.schemas import ObjectTypeDefinitionPatch as Patch


def seat_egg(**more: Any) -> ObjectSchemaEgg:
    given: dict[str, Any] = {
        "name": "seat",
        "labels": {"singular": "Seat", "plural": "Seats"},
        "primary_display_property": "number",
        "required_properties": ["number"],
        "searchable_properties": ["number"],
        "secondary_display_properties": [],
        "properties": [
            {
                "name": "number",
                "label": "Number",
                "type": "string",
                "fieldType": "text",
                "hasUniqueValue": True,
            },
            {"name": "row", "label": "Row", "type": "number", "fieldType": "number"},
        ],
        "associated_objects": ["CONTACT"],
    }
    return ObjectSchemaEgg(**{**given, **more})


@pytest.fixture
def seat(hubspot: Any) -> Any:
    """The schema of a custom type."""
    return hubspot.crm.schemas.core_api.create(seat_egg())


def sit(hubspot: Any, seat: Any, **properties: str) -> Any:
    given = SimplePublicObjectInputForCreate(properties=properties, associations=[])
    return hubspot.crm.objects.basic_api.create(seat.object_type_id, given)


def test_a_type_is_made_with_hubspots_spelling(hubspot: Any, seat: Any) -> None:
    assert seat.object_type_id.startswith("2-")
    assert seat.fully_qualified_name.endswith("_seat")
    assert seat.fully_qualified_name.startswith("p")
    assert {"number", "row", "hs_createdate", "hs_object_id"} <= {p.name for p in seat.properties}
    assert [a.to_object_type_id for a in seat.associations] == ["0-1"]
    listed = hubspot.crm.schemas.core_api.get_all().results
    assert [schema.object_type_id for schema in listed] == [seat.object_type_id]


def test_its_records_have_hs_createdate_and_no_createdate(hubspot: Any, seat: Any) -> None:
    made = sit(hubspot, seat, number="A1", row="1")
    read = hubspot.crm.objects.basic_api.get_by_id(seat.object_type_id, made.id)
    assert "hs_createdate" in read.properties
    assert "createdate" not in read.properties


@pytest.mark.parametrize("spelling", ["id", "qualified", "short"])
def test_it_is_spelled_by_id_or_qualified_name(hubspot: Any, seat: Any, spelling: str) -> None:
    sit(hubspot, seat, number="A1")
    words = {"id": seat.object_type_id, "qualified": seat.fully_qualified_name, "short": "p_seat"}
    assert len(hubspot.crm.objects.basic_api.get_page(words[spelling]).results) == 1


def test_its_bare_name_is_no_spelling(hubspot: Any, seat: Any) -> None:
    assert seat.name == "seat"
    with pytest.raises(ObjectError) as error:
        hubspot.crm.objects.basic_api.get_page("seat")
    assert error.value.status == 400
    assert "Unable to infer object type from: seat" in error.value.body


def test_required_properties_are_required(hubspot: Any, seat: Any) -> None:
    with pytest.raises(ObjectError) as error:
        sit(hubspot, seat, row="3")
    assert error.value.status == 400


def test_unique_values_are_unique(hubspot: Any, seat: Any) -> None:
    sit(hubspot, seat, number="A1")
    with pytest.raises(ObjectError) as error:
        sit(hubspot, seat, number="A1")
    assert error.value.status == 400
    assert "CONFLICTING_UNIQUE_VALUE" in error.value.body


def test_its_records_are_associated_as_the_schema_says(hubspot: Any, seat: Any) -> None:
    from hubspot.crm.contacts import (
        SimplePublicObjectInputForCreate as Given,
    )

    contact = hubspot.crm.contacts.basic_api.create(
        Given(properties={"email": "ana@example.com"}, associations=[])
    )
    made = sit(hubspot, seat, number="A1")
    api = hubspot.crm.associations.v4.basic_api
    api.create_default(seat.object_type_id, made.id, "contacts", contact.id)
    (seen,) = api.get_page("contacts", contact.id, seat.object_type_id).results
    assert str(seen.to_object_id) == made.id


def test_further_associations_are_defined(hubspot: Any, seat: Any) -> None:
    egg = AssociationDefinitionEgg(
        from_object_type_id=seat.object_type_id, to_object_type_id="0-3", name="seat_to_deal"
    )
    made = hubspot.crm.schemas.core_api.create_association(seat.object_type_id, egg)
    assert made.name == "seat_to_deal"
    read = hubspot.crm.schemas.core_api.get_by_id(seat.object_type_id)
    assert {a.to_object_type_id for a in read.associations} == {"0-1", "0-3"}


def test_a_schema_is_changed(hubspot: Any, seat: Any) -> None:
    patch = Patch(
        labels={"singular": "Chair", "plural": "Chairs"},
        required_properties=[],
        restorable=True,
        searchable_properties=["number"],
        primary_display_property="number",
        secondary_display_properties=["row"],
    )
    hubspot.crm.schemas.core_api.update(seat.object_type_id, patch)
    read = hubspot.crm.schemas.core_api.get_by_id(seat.object_type_id)
    assert read.labels.singular == "Chair"
    assert sit(hubspot, seat, row="3").id


def test_a_type_without_records_is_deleted_and_one_with_records_is_not(
    hubspot: Any, seat: Any
) -> None:
    made = sit(hubspot, seat, number="A1")
    with pytest.raises(ApiException) as error:
        hubspot.crm.schemas.core_api.archive(seat.object_type_id)
    assert error.value.status == 400
    hubspot.crm.objects.basic_api.archive(seat.object_type_id, made.id)
    hubspot.crm.schemas.core_api.archive(seat.object_type_id)
    assert hubspot.crm.schemas.core_api.get_all().results == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Seat of honour"},
        {"required_properties": ["colour"]},
        {"searchable_properties": ["colour"]},
        {"properties": [{"name": "x", "label": "X", "type": "string", "fieldType": "number"}]},
    ],
)
def test_a_schema_that_does_not_fit_is_refused(hubspot: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(ApiException) as error:
        hubspot.crm.schemas.core_api.create(seat_egg(**wrong))
    assert error.value.status == 400
    assert hubspot.crm.schemas.core_api.get_all().results == []


def test_a_type_is_made_once(hubspot: Any, seat: Any) -> None:
    assert seat.id
    with pytest.raises(ApiException) as error:
        hubspot.crm.schemas.core_api.create(seat_egg())
    assert error.value.status == 409


def test_eleven_unique_properties_are_one_too_many(hubspot: Any) -> None:
    properties = [
        {
            "name": f"key{n}",
            "label": f"Key {n}",
            "type": "string",
            "fieldType": "text",
            "hasUniqueValue": True,
        }
        for n in range(11)
    ]
    egg = seat_egg(properties=properties, required_properties=[], searchable_properties=[])
    with pytest.raises(ApiException) as error:
        hubspot.crm.schemas.core_api.create(egg)
    assert error.value.status == 400
    assert hubspot.crm.schemas.core_api.get_all().results == []


def test_hubspots_own_types_have_schemas_as_well(raw: httpx.Client, hubspot: Any) -> None:
    assert hubspot
    answer = raw.get("/crm-object-schemas/2026-09/schemas/contacts").json()
    assert answer["metaType"] == "HUBSPOT"
    assert answer["objectTypeId"] == "0-1"
