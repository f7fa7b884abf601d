"""A mapped object is fitted to its portal: names become ids, what it refuses is withheld."""

from __future__ import annotations

import pytest

from stagedoor.engine.staging import with_pipeline
from stagedoor.mapping.facts import Choice, OwnPipeline, PortalFacts, RemotePipeline
from stagedoor.mapping.fitting import fit
from stagedoor.mapping.mapper import Mapped
from stagedoor.model import Action, Change, Desired, ObjectRef

REF = ObjectRef("deals", "order:1")
FACTS = PortalFacts(
    currencies=("EUR", "RON"),
    pipelines={
        "deals": (
            RemotePipeline("default", "Sales Pipeline", (Choice("closedwon", "Closed Won"),)),
            RemotePipeline("81", "Corporate", (Choice("82", "Placed"), Choice("83", "Paid"))),
        )
    },
    own={"deals": {"corporate": OwnPipeline("81", {"placed": "82", "paid": "83"})}},
)


def fitted(facts: PortalFacts = FACTS, **values: str | None) -> Mapped:
    return fit(Mapped(REF, Desired(REF, "order:1", values, "h"), ()), "deals", facts)


def properties(mapped: Mapped) -> dict[str, str | None]:
    assert mapped.desired is not None
    return dict(mapped.desired.properties)


def test_our_names_become_the_portals_ids() -> None:
    assert properties(fitted(pipeline="corporate", dealstage="paid")) == {
        "pipeline": "81",
        "dealstage": "83",
    }


@pytest.mark.parametrize(
    ("pipeline", "stage"), [("default", "closedwon"), ("Sales pipeline", "closed won")]
)
def test_what_is_not_declared_goes_by_id_or_label(pipeline: str, stage: str) -> None:
    result = fitted(pipeline=pipeline, dealstage=stage)
    assert properties(result) == {"pipeline": "default", "dealstage": "closedwon"}
    assert result.refusals == ()


def test_a_stage_of_another_pipeline_is_withheld_with_its_pipeline() -> None:
    result = fitted(pipeline="default", dealstage="paid", dealname="A1")
    assert properties(result) == {"dealname": "A1"}
    (refusal,) = result.refusals
    assert refusal.code == "UNKNOWN_STAGE"
    assert refusal.properties == ("pipeline", "dealstage")
    assert "closedwon" in refusal.message


def test_an_unknown_pipeline_is_named_with_the_known_ones() -> None:
    (refusal,) = fitted(pipeline="vip", dealstage="closedwon").refusals
    assert refusal.code == "UNKNOWN_PIPELINE"
    assert "'vip'; it has default, 81" in refusal.message


def test_before_the_portal_was_read_everything_passes() -> None:
    values = {"pipeline": "vip", "dealstage": "x", "deal_currency_code": "XXX", "amount": "1"}
    assert properties(fitted(PortalFacts(), **values)) == values


def test_an_amount_in_a_currency_that_the_account_lacks_is_not_sent_as_another() -> None:
    result = fitted(deal_currency_code="CHF", amount="10", dealname="A1")
    assert properties(result) == {"dealname": "A1"}
    (refusal,) = result.refusals
    assert refusal.code == "UNKNOWN_CURRENCY"
    assert refusal.message.startswith("deal_currency_code and amount were not sent")
    assert "'CHF'; it has EUR, RON" in refusal.message
    assert "Currency" in refusal.advice


@pytest.mark.parametrize("amount", ["1.234,50", "ten", "NaN", "Infinity"])
def test_an_amount_that_is_no_number_is_withheld(amount: str) -> None:
    result = fitted(deal_currency_code="EUR", amount=amount)
    assert properties(result) == {"deal_currency_code": "EUR"}
    assert [r.code for r in result.refusals] == ["INVALID_AMOUNT"]


@pytest.mark.parametrize("amount", ["0", "-12.5", "1000000", None])
def test_an_amount_that_is_a_number_passes(amount: str | None) -> None:
    assert properties(fitted(amount=amount)) == {"amount": amount}


@pytest.mark.parametrize(
    "text", ["0026-11-24T00:00:00.000Z", "20226-01-01", "2150-01-01T00:00:00Z", "soon", "-5"]
)
def test_a_close_date_out_of_this_world_is_withheld(text: str) -> None:
    result = fitted(closedate=text)
    assert properties(result) == {}
    assert [r.code for r in result.refusals] == ["INVALID_CLOSE_DATE"]


@pytest.mark.parametrize("text", ["2026-11-24T18:30:00.000Z", "2026-11-24", "1795000000000", None])
def test_a_close_date_of_this_world_passes(text: str | None) -> None:
    assert properties(fitted(closedate=text)) == {"closedate": text}


def test_only_deals_have_money() -> None:
    mapped = Mapped(REF, Desired(REF, "1", {"amount": "ten"}, "h"), ())
    assert fit(mapped, "contacts", FACTS) is mapped


def change(before: dict[str, str], after: dict[str, str | None], action: Action) -> Change:
    return Change(REF, action, "stagedoor_id", "order:1", "7", before, after, "h")


NAMES = ("pipeline", "dealstage")


def test_a_stage_is_sent_with_its_pipeline() -> None:
    moved = change({"dealstage": "82"}, {"dealstage": "83"}, Action.UPDATE)
    together = with_pipeline(moved, {"pipeline": "81", "dealstage": "83"}, NAMES)
    assert together.after == {"dealstage": "83", "pipeline": "81"}
    assert together.before == {"dealstage": "82", "pipeline": "81"}


@pytest.mark.parametrize(
    ("after", "desired", "action"),
    [
        ({"amount": "5"}, {"pipeline": "81", "dealstage": "83"}, Action.UPDATE),
        ({"pipeline": "81", "dealstage": "83"}, {"pipeline": "81"}, Action.UPDATE),
        ({"dealstage": "83"}, {"dealstage": "83"}, Action.UPDATE),
        ({"dealstage": "83"}, {"pipeline": "81"}, Action.CREATE),
        ({"dealstage": None}, {"pipeline": "81"}, Action.UPDATE),
    ],
)
def test_nothing_else_is_added(
    after: dict[str, str | None], desired: dict[str, str], action: Action
) -> None:
    alone = change({}, after, action)
    assert with_pipeline(alone, desired, NAMES) is alone
