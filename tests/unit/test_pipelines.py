"""Pipelines and stages: found again by id or label, made when missing, never changed."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from pydantic import ValidationError

from stagedoor.hubspot.pipeline_requests import create_pipeline, create_stage
from stagedoor.hubspot.requests import Paths
from stagedoor.mapping.document import ObjectMapping
from stagedoor.mapping.facts import (
    Choice,
    OwnPipeline,
    PortalFacts,
    RemotePipeline,
    facts_from_json,
)
from stagedoor.mapping.pipelines import match_pipelines, pipeline_conflicts
from stagedoor.mapping.sections import Pipeline, check_pipelines

CORPORATE = Pipeline.model_validate(
    {
        "label": "Corporate sales",
        "stages": {
            "placed": {"label": "Placed", "probability": 0.5},
            "paid": {"label": "Paid", "probability": 1},
        },
    }
)
SALES = RemotePipeline(
    "default", "Sales Pipeline", (Choice("contractsent", "Sent"), Choice("closedwon", "Won"))
)
ASKED = RemotePipeline(
    "corporate",
    "Corporate sales",
    (Choice("corporate_placed", "Placed"), Choice("corporate_paid", "Paid")),
)
CHOSEN = RemotePipeline(
    "81",
    "corporate  SALES",
    (Choice("9", "In talks"), Choice("82", "placed"), Choice("83", "Paid")),
)


def test_a_portal_without_the_pipeline_gets_it() -> None:
    matched = match_pipelines("deals", {"corporate": CORPORATE}, (SALES,), {})
    assert matched.missing == (("corporate", CORPORATE),)
    assert not matched.is_whole
    assert matched.own == {}


@pytest.mark.parametrize("there", [ASKED, CHOSEN], ids=["ids as asked", "ids of HubSpot"])
def test_a_pipeline_is_found_by_the_id_asked_for_or_else_by_its_label(
    there: RemotePipeline,
) -> None:
    matched = match_pipelines("deals", {"corporate": CORPORATE}, (SALES, there), {})
    assert matched.is_whole
    placed, paid = there.stages[-2:]
    assert matched.own == {
        "corporate": OwnPipeline(there.id, {"placed": placed.id, "paid": paid.id})
    }


def test_a_pipeline_that_somebody_renamed_is_found_by_the_id_known_before() -> None:
    renamed = RemotePipeline("81", "Firms", (Choice("82", "Ordered"), Choice("83", "Money in")))
    known = {"corporate": OwnPipeline("81", {"placed": "82", "paid": "83"})}
    matched = match_pipelines("deals", {"corporate": CORPORATE}, (renamed,), known)
    assert matched.is_whole
    assert matched.own == known


def test_a_missing_stage_is_added_and_other_peoples_stages_are_left() -> None:
    theirs = RemotePipeline(
        "81", "Corporate sales", (Choice("9", "In talks"), Choice("82", "Paid"))
    )
    matched = match_pipelines("deals", {"corporate": CORPORATE}, (theirs,), {})
    assert matched.missing == ()
    ((pipeline_id, wanted, stage),) = matched.missing_stages
    assert (pipeline_id, wanted, stage.label) == ("81", "corporate_placed", "Placed")


def test_a_stage_may_be_added_to_the_default_pipeline() -> None:
    declared = Pipeline.model_validate(
        {"label": "anything", "stages": {"back": {"label": "Refunded", "probability": 0}}}
    )
    matched = match_pipelines("deals", {"default": declared}, (SALES,), {})
    assert [stage.label for _, _, stage in matched.missing_stages] == ["Refunded"]
    assert matched.own["default"].id == "default"


def test_more_stages_than_hubspot_keeps_are_a_conflict() -> None:
    full = RemotePipeline(
        "81", "Corporate sales", tuple(Choice(str(n), f"S{n}") for n in range(99))
    )
    matched = match_pipelines("deals", {"corporate": CORPORATE}, (full,), {})
    assert "more than 100 stages" in matched.conflicts[0]


def conflicts(facts: PortalFacts, **properties: Mapping[str, object]) -> list[str]:
    mapping = ObjectMapping.model_validate(
        {"match_key": "id", "properties": {"id": {"from": "key"}, **properties}}
    )
    found = pipeline_conflicts({"deals": mapping}, {"deals": {"corporate": CORPORATE}}, facts)
    return [text for _, text in found]


def test_what_the_mapping_writes_is_compared_with_the_portal_and_what_will_be_made() -> None:
    facts = PortalFacts(pipelines={"deals": (SALES,)})
    two = {"from": "sold_to", "values": {"person": "default", "company": "corporate"}}
    good = {"from": "status", "values": {"pending": "contractsent", "paid": "paid"}}
    assert conflicts(facts, pipeline=two, dealstage=good) == []
    assert conflicts(facts, pipeline={"constant": "sales pipeline"}) == []
    (unknown,) = conflicts(facts, pipeline={"constant": "vip"})
    assert "deals.pipeline writes the pipeline 'vip'; there are corporate, default." in unknown
    (stage,) = conflicts(facts, pipeline={"constant": "default"}, dealstage={"constant": "paid"})
    assert "writes the stage 'paid'" in stage
    assert "contractsent, closedwon" in stage


def test_requests_ask_for_ids_of_our_own() -> None:
    request = create_pipeline(Paths("2026-09"), "deals", "corporate", CORPORATE, 3)
    assert request.path == "/crm/pipelines/2026-09/deals"
    assert not request.repeatable
    assert request.body["pipelineId"] == "corporate"
    assert request.body["displayOrder"] == 3
    assert [(s["stageId"], s["metadata"], s["displayOrder"]) for s in request.body["stages"]] == [
        ("corporate_placed", {"probability": "0.5"}, 0),
        ("corporate_paid", {"probability": "1.0"}, 1),
    ]


def test_a_stage_of_tickets_is_open_or_closed() -> None:
    pipeline = Pipeline.model_validate(
        {"label": "Help", "stages": {"new": {"label": "New"},
                                     "done": {"label": "Done", "state": "closed", "order": 0}}}
    )  # fmt: skip
    assert [name for name, _ in pipeline.in_order()] == ["new", "done"]
    stage = pipeline.stages["done"]
    request = create_stage(Paths("v3"), "tickets", "0", "help_done", stage, 4)
    assert request.path == "/crm/v3/pipelines/tickets/0/stages"
    assert request.body["metadata"] == {"ticketState": "CLOSED"}
    assert request.body["displayOrder"] == 0


@pytest.mark.parametrize(
    ("object_type", "stage", "words"),
    [
        ("deals", {"label": "Paid"}, "needs a `probability`"),
        ("tickets", {"label": "New", "probability": 1}, "only stages of deals"),
        ("deals", {"label": "New", "probability": 1, "state": "open"}, "only stages of tickets"),
    ],
)
def test_each_object_type_has_its_own_kind_of_stage(
    object_type: str, stage: dict[str, object], words: str
) -> None:
    pipeline = Pipeline.model_validate({"label": "P", "stages": {"s": stage}})
    with pytest.raises(ValueError, match=words):
        check_pipelines({object_type: {"p": pipeline}})


def test_a_pipeline_needs_a_stage() -> None:
    with pytest.raises(ValidationError):
        Pipeline.model_validate({"label": "P", "stages": {}})


def test_facts_survive_being_kept() -> None:
    facts = PortalFacts(
        currencies=("EUR",),
        pipelines={"deals": (SALES,)},
        own={"deals": {"corporate": OwnPipeline("81", {"paid": "83"})}},
        labels={"speakers": 1001},
        lifecycle=(Choice("lead", "Lead"),),
    )
    assert facts_from_json(facts.to_json()) == facts
    assert facts_from_json(None) == PortalFacts()


def test_the_mark_follows_what_concerns_an_object_type_and_nothing_else() -> None:
    bare, money = PortalFacts(), PortalFacts(currencies=("EUR",))
    assert bare.mark("deals") != money.mark("deals")
    assert bare.mark("contacts") == money.mark("contacts")
