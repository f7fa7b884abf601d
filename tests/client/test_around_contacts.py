"""The writers of lists, marketing events and behavioural events, on answers that HubSpot gives."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from stagedoor.engine.audience import (
    Attendance,
    Member,
    MembershipBatch,
    Occurrence,
    OccurrenceBatch,
    Participation,
    ParticipationBatch,
)
from stagedoor.errors import Forbidden, Reject
from stagedoor.hubspot import behavioural_events
from stagedoor.hubspot.behavioural_writer import BehaviouralEventWriter, Definition
from stagedoor.hubspot.client import HubSpotClient
from stagedoor.hubspot.clockwork import Clockwork
from stagedoor.hubspot.limiter import Limiter
from stagedoor.hubspot.limits import Rules
from stagedoor.hubspot.list_writer import ListWriter
from stagedoor.hubspot.marketing_writer import MarketingEventWriter
from stagedoor.hubspot.requests import Paths
from stagedoor.hubspot.tokens import StaticToken
from stagedoor.model import Action, Change, ObjectBatch, ObjectRef, Status

PATHS = Paths("2026-09")
AT = datetime(2026, 1, 1, 9, 0, 0, 5_000, tzinfo=UTC)
Answer = Callable[[httpx.Request], tuple[int, Any]]


def client(answer: Answer) -> HubSpotClient:
    """Return a client whose HubSpot answers as told."""

    def respond(request: httpx.Request) -> httpx.Response:
        status, body = answer(request)
        if isinstance(body, str):
            return httpx.Response(status, text=body, request=request)
        return httpx.Response(status, json=body, request=request)

    http = httpx.Client(base_url="http://hubspot.test", transport=httpx.MockTransport(respond))
    clockwork = Clockwork(now=lambda: 0.0, sleep=lambda _: None, jitter=lambda: 0.5)
    limiter = Limiter(Rules(10**9), lambda: 0.0, lambda _: None)
    return HubSpotClient(http, StaticToken(SecretStr("pat")), limiter, clockwork=clockwork)


def members(count: int) -> MembershipBatch:
    return MembershipBatch(
        tuple(Member(leaves=False, hubspot_id=str(n), key=f"k{n}") for n in range(count))
    )


def test_one_record_that_is_refused_costs_that_record() -> None:
    def answer(request: httpx.Request) -> tuple[int, Any]:
        ids = json.loads(request.content)["recordIdsToAdd"]
        return (400, {"message": "bad id"}) if "5" in ids else (200, {"recordsIdsAdded": ids})

    moved = ListWriter(client(answer), PATHS).move("9", members(8))
    assert sorted(moved.came) == ["0", "1", "2", "3", "4", "6", "7"]
    assert [(m.hubspot_id, why.message) for m, why in moved.refused] == [
        ("5", "HubSpot did not take k5: bad id")
    ]


def test_later_calls_are_no_larger_than_one_that_went_through() -> None:
    sizes: list[int] = []

    def answer(request: httpx.Request) -> tuple[int, Any]:
        sizes.append(len(json.loads(request.content)["recordIdsToAdd"]))
        return (413, "too large") if sizes[-1] > 4 else (200, {})

    writer = ListWriter(client(answer), PATHS)
    writer.move("9", members(8))
    assert sizes == [8, 4, 4]
    writer.move("9", members(8))
    assert sizes == [8, 4, 4, 4, 4]


def test_a_list_that_is_gone_is_said_once() -> None:
    calls: list[str] = []

    def answer(request: httpx.Request) -> tuple[int, Any]:
        calls.append(request.url.path)
        return 404, {"message": "List 9 does not exist"}

    moved = ListWriter(client(answer), PATHS).move("9", members(8))
    assert moved.list_refusal is not None
    assert len(calls) == 1


def change(number: int, action: Action, **after: str | None) -> Change:
    ref = ObjectRef("marketing_events", f"event:{number}")
    known = str(70 + number) if action is Action.UPDATE else None
    return Change(ref, action, "externalEventId", str(number), known, {}, after, "hash")


def batch(action: Action, *changes: Change) -> ObjectBatch:
    return ObjectBatch("marketing_events", action, "externalEventId", changes)


def test_an_answer_without_our_ids_is_looked_up() -> None:
    """An upsert may answer without the ids that it was sent."""

    def answer(request: httpx.Request) -> tuple[int, Any]:
        if request.method == "POST":
            return 200, {"results": [{"objectId": "72"}, {"objectId": "71"}]}
        number = request.url.path.rpartition("/")[2]
        assert request.url.params["externalAccountId"] == "stagedoor"
        return 200, {"objectId": f"7{number}"}

    changes = [change(n, Action.CREATE, eventName="Gala") for n in (1, 2)]
    outcomes = MarketingEventWriter(client(answer), PATHS).push(batch(Action.CREATE, *changes))
    assert [(o.status, o.hubspot_id) for o in outcomes] == [
        (Status.CREATED, "71"),
        (Status.CREATED, "72"),
    ]


def test_an_event_that_is_over_is_completed_with_the_times_that_hubspot_has() -> None:
    seen: list[tuple[str, Any]] = []

    def answer(request: httpx.Request) -> tuple[int, Any]:
        seen.append((request.url.path.rpartition("2026-09/")[2], json.loads(request.content)))
        return 200, {"objectId": "71", "startDateTime": "2026-03-01T19:00:00Z"}

    one = change(1, Action.UPDATE, eventCompleted="true", event_venue=None)
    (outcome,) = MarketingEventWriter(client(answer), PATHS).push(batch(Action.UPDATE, one))
    assert outcome.status is Status.UPDATED
    at = "2026-03-01T19:00:00Z"
    assert seen == [
        ("71", {"customProperties": [{"name": "event_venue", "value": ""}]}),
        ("events/1/complete", {"startDateTime": at, "endDateTime": at}),
    ]


def test_an_event_that_another_app_made_cannot_be_completed_and_says_so() -> None:
    def answer(request: httpx.Request) -> tuple[int, Any]:
        if request.url.path.endswith("complete"):
            return 404, {"message": "No marketing event was found", "category": "OBJECT_NOT_FOUND"}
        return 200, {"objectId": "71"}

    one = change(1, Action.UPDATE, eventCompleted="true")
    (outcome,) = MarketingEventWriter(client(answer), PATHS).push(batch(Action.UPDATE, one))
    assert outcome.status is Status.REJECTED


def people(*numbers: int) -> ParticipationBatch:
    told = tuple(Participation("event:1", f"c{n}", "71", str(n), 5) for n in numbers)
    return ParticipationBatch(Attendance.ATTENDED, "71", told)


@pytest.mark.parametrize(
    ("results", "done"),
    [
        ([{"vid": 1}, {"vid": 2}], ["1", "2"]),
        ([{"vid": 1}, {"vid": 99}], ["1", "2"]),  # a merged contact answers by its new id
        ([{"vid": 2}], ["2"]),
        ([], []),
    ],
)
def test_only_whom_hubspot_accounts_for_is_told(
    results: list[dict[str, int]], done: list[str]
) -> None:
    writer = MarketingEventWriter(client(lambda _: (200, {"results": results})), PATHS)
    assert [p.contact_id for p in writer.attend(people(1, 2)).done] == done


def test_whether_event_or_contact_is_gone_is_asked_once() -> None:
    calls: list[str] = []

    def answer(request: httpx.Request) -> tuple[int, Any]:
        calls.append(request.method)
        return 404, {"message": "not found"}

    attended = MarketingEventWriter(client(answer), PATHS).attend(people(*range(1, 90)))
    assert attended.event_gone
    assert calls == ["POST", "GET"]


def test_the_other_place_of_the_api_is_tried() -> None:
    def answer(request: httpx.Request) -> tuple[int, Any]:
        if not request.url.path.startswith("/events/custom/"):
            return 404, "<html>"
        one = {"name": "bought", "fullyQualifiedName": "pe1_bought", "properties": [{"name": "a"}]}
        return 200, {"results": [one]}

    found = BehaviouralEventWriter(client(answer), PATHS).definition("bought")
    assert found == Definition("/events/custom/2026-09", "pe1_bought", frozenset({"a"}))


def test_a_portal_that_knows_neither_place_is_an_error_in_words() -> None:
    writer = BehaviouralEventWriter(client(lambda _: (404, "<html>")), PATHS)
    with pytest.raises(Reject, match="no behavioural events at"):
        writer.definition("bought")


def test_a_missing_scope_is_an_error_of_its_own() -> None:
    refusal = {"category": "MISSING_SCOPES", "message": "no"}
    with pytest.raises(Forbidden):
        BehaviouralEventWriter(client(lambda _: (403, refusal)), PATHS).definition("bought")


def test_one_occurrence_that_is_refused_costs_that_one() -> None:
    def answer(request: httpx.Request) -> tuple[int, Any]:
        contacts = [one["objectId"] for one in json.loads(request.content)["inputs"]]
        return (400, {"message": "no such contact"}) if "2" in contacts else (204, "")

    given = tuple(Occurrence(str(n), f"c{n}", str(n), AT, {"a": "x", "b": "y"}) for n in range(5))
    definition = Definition("/events/2026-09", "pe1_bought", frozenset({"a"}))
    writer = BehaviouralEventWriter(client(answer), PATHS)
    told = writer.tell(definition, OccurrenceBatch("bought", given))
    assert [one.key for one in told.done] == ["0", "1", "3", "4"]
    assert [one.key for one, _ in told.refused] == ["2"]


def test_an_occurrence_has_the_properties_of_the_definition_and_no_others() -> None:
    one = Occurrence("1", "c1", "8", AT, {"a": "x", "b": "y"})
    request = behavioural_events.send(
        "/events/v3", "pe1_bought", OccurrenceBatch("bought", (one,)), frozenset({"a"})
    )
    (sent,) = request.body["inputs"]
    assert sent["properties"] == {"a": "x"}
    assert sent["occurredAt"] == "2026-01-01T09:00:00.005Z"
