"""A batch's results are matched to its changes, in whatever order HubSpot gives them."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stagedoor.hubspot.outcomes import GONE, outcomes_of, refused
from stagedoor.hubspot.responses import parse
from stagedoor.model import Action, Change, ObjectBatch, ObjectRef, Status


def change(number: int, action: Action = Action.CREATE) -> Change:
    return Change(
        ObjectRef("contacts", f"customer:{number}"),
        action,
        "email",
        f"P{number}@example.com",
        None if action is Action.CREATE else f"{900 + number}",
        {},
        {"city": f"City {number}"},
        f"hash {number}",
    )


def batch(count: int, action: Action = Action.CREATE) -> ObjectBatch:
    return ObjectBatch("contacts", action, "email", tuple(change(n, action) for n in range(count)))


def result(number: int, trace: bool = False) -> dict[str, Any]:
    properties = {"email": f"p{number}@example.com", "city": f"City {number}"}
    traced = {"objectWriteTraceId": str(number)} if trace else {}
    return {"id": f"{900 + number}", "properties": properties, "new": number % 2 == 0, **traced}


def row_error(number: int) -> dict[str, Any]:
    return {
        "category": "VALIDATION_ERROR",
        "message": "no",
        "context": {"objectWriteTraceId": [str(number)]},
    }


@given(st.data())
def test_each_change_gets_its_own_result_or_error(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 30))
    bad = data.draw(st.sets(st.integers(0, count - 1)))
    trace, action = data.draw(st.booleans()), data.draw(st.sampled_from(list(Action)))
    good = [result(n, trace) for n in range(count) if n not in bad]
    payload = {
        "results": data.draw(st.permutations(good)),
        "errors": data.draw(st.permutations([row_error(n) for n in bad])),
    }
    found = outcomes_of(batch(count, action), payload)
    assert set(found) == set(range(count))
    for number, outcome in found.items():
        assert outcome.ref == ObjectRef("contacts", f"customer:{number}")
        assert (outcome.status is Status.REJECTED) == (number in bad)
        if number not in bad:
            assert outcome.hubspot_id == f"{900 + number}"
            assert outcome.returned == {"city": f"City {number}"}


def test_an_upsert_tells_new_from_known() -> None:
    found = outcomes_of(batch(2), {"results": [result(1), result(0)]})
    assert (found[0].status, found[1].status) == (Status.CREATED, Status.UPDATED)


def test_what_the_answer_does_not_mention_has_no_outcome() -> None:
    assert set(outcomes_of(batch(3), {"results": [result(1)]})) == {1}


def test_an_update_of_a_record_that_is_gone_is_told_from_a_refusal() -> None:
    gone = refused(change(1, Action.UPDATE), {"category": "OBJECT_NOT_FOUND", "message": "m"})
    assert gone.refusal is not None
    assert (gone.status, gone.refusal.code) == (Status.DEFERRED, GONE)
    alone = parse(404, {}, b'{"message": "resource not found"}')
    outcome = refused(change(1, Action.UPDATE), alone)
    assert outcome.refusal is not None
    assert outcome.refusal.code == GONE


def test_a_refusal_names_properties_and_keeps_the_correlation_id() -> None:
    listed = [{"message": "Japan is not allowed", "error": "INVALID_OPTION", "name": "country"}]
    inner = json.dumps(listed)
    body = {
        "message": f"Property values were not valid: {inner}",
        "category": "VALIDATION_ERROR",
        "correlationId": "c-1",
    }
    refusal = refused(change(1), body).refusal
    assert refusal is not None
    assert refusal.code == "INVALID_OPTION"
    assert refusal.properties == ("country",)
    assert refusal.correlation_id == "c-1"
    assert "option" in refusal.advice
