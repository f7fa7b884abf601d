"""Properties, pipelines, owners, the account and preferences, by HubSpot's own client."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hubspot.crm.deals import SimplePublicObjectInputForCreate as Deal
from hubspot.crm.pipelines import (
    ApiException,
    PipelineInput,
    PipelinePatchInput,
    PipelineStageInput,
    PipelineStagePatchInput,
)
from hubspot.crm.properties import ApiException as PropertyError
from hubspot.crm.properties import (
    BatchInputPropertyCreate,
    BatchInputPropertyName,
    BatchReadInputPropertyName,
    PropertyCreate,
    PropertyGroupUpdate,
    PropertyUpdate,
)

STAGES = [
    PipelineStageInput(label="Placed", display_order=0, metadata={"probability": "0.2"}),
    PipelineStageInput(label="Paid", display_order=1, metadata={"probability": "1.0"}),
]


def definition(name: str, **more: Any) -> PropertyCreate:
    given: dict[str, Any] = {
        "name": name,
        "label": name.capitalize(),
        "group_name": "contactinformation",
        "type": "string",
        "field_type": "text",
    }
    return PropertyCreate(**{**given, **more})


def test_properties_are_made_read_and_archived_in_batches(hubspot: Any) -> None:
    api = hubspot.crm.properties.batch_api
    names = ["shoe", "hat", "glove"]
    made = api.create("contacts", BatchInputPropertyCreate(inputs=[definition(n) for n in names]))
    assert {p.name for p in made.results} == set(names)
    wanted = BatchReadInputPropertyName(
        inputs=[{"name": n} for n in (*names, "nothing")], archived=False
    )
    read = api.read("contacts", wanted)
    assert {p.name for p in read.results} == set(names)
    assert read.num_errors == 1
    api.archive("contacts", BatchInputPropertyName(inputs=[{"name": "shoe"}]))
    core = hubspot.crm.properties.core_api
    assert "shoe" not in {p.name for p in core.get_all("contacts").results}
    assert "shoe" in {p.name for p in core.get_all("contacts", archived=True).results}


def test_a_batch_with_one_bad_definition_makes_none(hubspot: Any) -> None:
    inputs = [definition("shoe"), definition("Not A Name")]
    with pytest.raises(PropertyError) as error:
        hubspot.crm.properties.batch_api.create("contacts", BatchInputPropertyCreate(inputs=inputs))
    assert error.value.status == 400
    names = {p.name for p in hubspot.crm.properties.core_api.get_all("contacts").results}
    assert "shoe" not in names


def test_a_label_and_options_are_changed(hubspot: Any) -> None:
    api = hubspot.crm.properties.core_api
    options = [{"label": "A", "value": "a", "displayOrder": 0, "hidden": False}]
    api.create(
        "contacts", definition("tier", type="enumeration", field_type="select", options=options)
    )
    more = [*options, {"label": "B", "value": "b", "displayOrder": 1, "hidden": False}]
    changed = api.update("contacts", "tier", PropertyUpdate(label="Tier!", options=more))
    assert changed.label == "Tier!"
    assert [o.value for o in api.get_by_name("contacts", "tier").options] == ["a", "b"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "number", "field_type": "text"},
        {"type": "string", "field_type": "select"},
        {"group_name": "nothing"},
        {"name": "1shoe"},
    ],
)
def test_a_definition_that_does_not_fit_is_refused(hubspot: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(PropertyError) as error:
        hubspot.crm.properties.core_api.create("contacts", definition(**{"name": "shoe", **wrong}))
    assert error.value.status == 400


def test_options_need_an_order_since_2026_09(raw: httpx.Client, hubspot: Any) -> None:
    assert hubspot
    given = {
        "name": "tier",
        "label": "Tier",
        "groupName": "contactinformation",
        "type": "enumeration",
        "fieldType": "select",
        "options": [{"label": "A", "value": "a"}],
    }
    assert raw.post("/crm/properties/2026-09/contacts", json=given).status_code == 400
    assert raw.post("/crm/properties/2026-03/contacts", json=given).status_code == 201


def test_calculated_properties_are_read_only(hubspot: Any) -> None:
    from hubspot.crm.contacts import ApiException as Refused
    from hubspot.crm.contacts import SimplePublicObjectInputForCreate as Contact

    api = hubspot.crm.properties.core_api
    made = api.create(
        "contacts",
        definition(
            "twice",
            type="number",
            field_type="calculation_equation",
            calculation_formula="2 * 2",
        ),
    )
    assert made.calculated is True
    given = Contact(properties={"twice": "4"}, associations=[])
    with pytest.raises(Refused) as error:
        hubspot.crm.contacts.basic_api.create(given)
    assert "READ_ONLY_VALUE" in error.value.body


def test_groups_are_renamed_and_removed_when_empty(hubspot: Any) -> None:
    from hubspot.crm.properties import PropertyGroupCreate

    api = hubspot.crm.properties.groups_api
    api.create("contacts", PropertyGroupCreate(name="ticketing", label="T", display_order=1))
    changed = api.update("contacts", "ticketing", PropertyGroupUpdate(label="Ticketing"))
    assert changed.label == "Ticketing"
    assert api.get_by_name("contacts", "ticketing").label == "Ticketing"
    api.archive("contacts", "ticketing")
    assert "ticketing" not in {g.name for g in api.get_all("contacts").results}
    with pytest.raises(PropertyError):
        api.archive("contacts", "contactinformation")


@pytest.fixture
def corporate(hubspot: Any) -> Any:
    """A second deal pipeline."""
    given = PipelineInput(label="Corporate", display_order=1, stages=STAGES)
    return hubspot.crm.pipelines.pipelines_api.create("deals", given)


def test_a_pipeline_is_made_with_its_stages(hubspot: Any, corporate: Any) -> None:
    api = hubspot.crm.pipelines.pipelines_api
    read = api.get_by_id("deals", corporate.id)
    assert [stage.label for stage in read.stages] == ["Placed", "Paid"]
    assert read.stages[1].metadata["isClosed"] == "true"
    assert len(api.get_all("deals").results) == 2


def test_deals_go_through_it(hubspot: Any, corporate: Any) -> None:
    stage = corporate.stages[1].id
    values = {"dealname": "Gala", "pipeline": corporate.id, "dealstage": stage}
    made = hubspot.crm.deals.basic_api.create(Deal(properties=values, associations=[]))
    asked = ["hs_is_closed_won", "hs_deal_stage_probability"]
    read = hubspot.crm.deals.basic_api.get_by_id(made.id, properties=asked)
    assert read.properties["hs_is_closed_won"] == "true"


def test_a_stage_in_use_is_not_deleted(hubspot: Any, corporate: Any) -> None:
    stage = corporate.stages[0].id
    values = {"dealname": "Gala", "pipeline": corporate.id, "dealstage": stage}
    made = hubspot.crm.deals.basic_api.create(Deal(properties=values, associations=[]))
    api = hubspot.crm.pipelines.pipeline_stages_api
    with pytest.raises(ApiException) as error:
        api.archive("deals", corporate.id, stage)
    assert error.value.status == 400
    assert "PipelineError.STAGE_ID_IN_USE" in error.value.body
    assert made.id in error.value.body
    hubspot.crm.deals.basic_api.archive(made.id)
    api.archive("deals", corporate.id, stage)
    assert len(api.get_all("deals", corporate.id).results) == 1


def test_stages_are_added_and_changed(hubspot: Any, corporate: Any) -> None:
    api = hubspot.crm.pipelines.pipeline_stages_api
    given = PipelineStageInput(label="Refunded", display_order=2, metadata={"probability": "0.0"})
    made = api.create("deals", corporate.id, given)
    patch = PipelineStagePatchInput(label="Money back", metadata={"probability": "0.0"})
    api.update("deals", corporate.id, made.id, patch)
    assert api.get_by_id("deals", corporate.id, made.id).label == "Money back"
    assert len(api.get_all("deals", corporate.id).results) == 3


@pytest.mark.parametrize("metadata", [{}, {"probability": "7"}, {"probability": "likely"}])
def test_a_deal_stage_needs_a_probability(hubspot: Any, metadata: dict[str, str]) -> None:
    stages = [PipelineStageInput(label="Placed", display_order=0, metadata=metadata)]
    with pytest.raises(ApiException) as error:
        hubspot.crm.pipelines.pipelines_api.create(
            "deals", PipelineInput(label="Odd", display_order=1, stages=stages)
        )
    assert error.value.status == 400


def test_a_pipeline_is_renamed_and_deleted(hubspot: Any, corporate: Any) -> None:
    api = hubspot.crm.pipelines.pipelines_api
    api.update("deals", corporate.id, PipelinePatchInput(label="Firms", display_order=3))
    assert api.get_by_id("deals", corporate.id).label == "Firms"
    api.archive("deals", corporate.id)
    with pytest.raises(ApiException) as error:
        api.get_by_id("deals", corporate.id)
    assert error.value.status == 404


def test_an_owner_is_found_by_id_user_and_address(hubspot: Any) -> None:
    api = hubspot.crm.owners.owners_api
    first = api.get_page(limit=1).results[0]
    assert api.get_by_id(int(first.id)).email == first.email
    assert api.get_by_id(first.user_id, id_property="userId").id == first.id
    assert [o.id for o in api.get_page(email=first.email).results] == [first.id]


@pytest.mark.parametrize("version", ["v3", "2026-03", "2026-09"])
def test_the_account_tells_its_details_and_usage(
    raw: httpx.Client, hubspot: Any, version: str
) -> None:
    assert hubspot
    details = raw.get(f"/account-info/{version}/details").json()
    assert details["companyCurrency"] == "EUR"
    assert isinstance(details["portalId"], int)
    (usage,) = raw.get(f"/account-info/{version}/api-usage/daily/private-apps").json()["results"]
    assert usage["name"] == "private-apps-api-calls-daily"
    assert usage["resetsAt"] > usage["collectedAt"]


def test_custom_properties_are_counted(raw: httpx.Client, hubspot: Any) -> None:
    hubspot.crm.properties.core_api.create("contacts", definition("shoe"))
    told = raw.get("/crm/limits/2026-09/custom-properties").json()
    contacts = next(e for e in told["byObjectType"] if e["objectTypeId"] == "0-1")
    assert (contacts["usage"], contacts["limit"]) == (1, 1_000)


P = "/communication-preferences/2026-09"


def test_a_person_subscribes_and_unsubscribes(raw: httpx.Client, hubspot: Any) -> None:
    assert hubspot
    number = int(raw.get(f"{P}/definitions").json()["results"][0]["id"])
    url = f"{P}/statuses/ana@example.com"
    body = {"subscriptionId": number, "statusState": "SUBSCRIBED", "channel": "EMAIL"}
    assert raw.post(url, json=body).json()["results"][0]["status"] == "SUBSCRIBED"
    body["statusState"] = "UNSUBSCRIBED"
    assert raw.post(url, json=body).json()["results"][0]["status"] == "UNSUBSCRIBED"
    statuses = {s["subscriptionId"]: s["status"] for s in raw.get(url).json()["results"]}
    assert statuses[number] == "UNSUBSCRIBED"
    assert "NOT_SPECIFIED" in statuses.values()


def test_nobody_is_subscribed_again_by_the_api(raw: httpx.Client, hubspot: Any) -> None:
    """https://developers.hubspot.com/docs/guides/api/marketing/subscriptions-preferences"""
    assert hubspot
    number = int(raw.get(f"{P}/definitions").json()["results"][0]["id"])
    url = f"{P}/statuses/ana@example.com"
    for state, status in (("UNSUBSCRIBED", 200), ("SUBSCRIBED", 400)):
        answer = raw.post(url, json={"subscriptionId": number, "statusState": state})
        assert answer.status_code == status
    assert "cannot be updated because they have unsubscribed" in answer.json()["message"]


def test_leaving_everything_marks_the_contact(
    raw: httpx.Client, hubspot: Any, contacts: list[str]
) -> None:
    raw.post(f"{P}/statuses/ana1@example.com/unsubscribe-all?channel=EMAIL")
    api = hubspot.crm.contacts.basic_api
    read = api.get_by_id(contacts[0], properties=["hs_email_optout"])
    assert read.properties["hs_email_optout"] == "true"
    statuses = raw.get(f"{P}/statuses/ana1@example.com").json()["results"]
    assert {s["status"] for s in statuses} == {"UNSUBSCRIBED"}


def test_preferences_are_written_in_batches(raw: httpx.Client, hubspot: Any) -> None:
    assert hubspot
    number = int(raw.get(f"{P}/definitions").json()["results"][0]["id"])
    inputs = [
        {"subscriberIdString": "a@example.com", "subscriptionId": n, "statusState": "SUBSCRIBED"}
        for n in (number, 1)
    ]
    answer = raw.post(f"{P}/statuses/batch/write", json={"inputs": inputs})
    assert answer.status_code == 207
    assert answer.json()["numErrors"] == 1
    wanted = {"inputs": [{"subscriberIdString": "a@example.com"}]}
    read = raw.post(f"{P}/statuses/batch/read", json=wanted).json()["results"]
    assert "SUBSCRIBED" in {s["status"] for s in read[0]["statuses"]}
