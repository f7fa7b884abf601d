"""The client and the writer, on answers made up and on a real portal's."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from stagedoor.config import HubSpotSettings
from stagedoor.errors import Misconfigured, Unavailable
from stagedoor.hubspot.client import HubSpotClient
from stagedoor.hubspot.clockwork import Clockwork
from stagedoor.hubspot.limiter import Limiter
from stagedoor.hubspot.limits import Rules
from stagedoor.hubspot.portal import Portal as HubSpotPortal
from stagedoor.hubspot.portal import connect
from stagedoor.hubspot.requests import Request
from stagedoor.hubspot.tokens import StaticToken
from stagedoor.model import Action, Change, ObjectBatch, ObjectRef, Status
from support.project import Portal

READ = Request("GET", "/x", "read", "x")
WRITE_ONCE = Request("POST", "/x", "provision", "x", {}, repeatable=False)
Answer = Callable[[httpx.Request], httpx.Response]


def client(answer: Answer, slept: list[float] | None = None) -> HubSpotClient:
    waits = slept if slept is not None else []
    http = httpx.Client(base_url="http://hubspot.test", transport=httpx.MockTransport(answer))
    clockwork = Clockwork(now=lambda: 0.0, sleep=waits.append, jitter=lambda: 0.5)
    limiter = Limiter(Rules(10**9), lambda: sum(waits), lambda _: None)
    token = StaticToken(SecretStr("pat-secret-token"))
    return HubSpotClient(http, token, limiter, clockwork=clockwork)


def answers(*given: Any) -> Answer:
    rest = iter(given)

    def answer(request: httpx.Request) -> httpx.Response:
        item = next(rest)
        if isinstance(item, Exception):
            raise item
        status, body = item
        return httpx.Response(status, json=body, request=request)

    return answer


def test_a_read_is_repeated_until_it_succeeds() -> None:
    slept: list[float] = []
    flaky = answers(httpx.ReadTimeout("slow"), (503, {}), (429, {"message": "m"}), (200, {"a": 1}))
    assert client(flaky, slept).send(READ).payload == {"a": 1}
    assert len(slept) == 3
    assert slept == sorted(slept)


def test_a_write_without_a_key_is_not_repeated_when_its_outcome_is_unknown() -> None:
    lost = answers(httpx.ReadTimeout("after the write"), (200, {}))
    with pytest.raises(Unavailable, match="the connection failed"):
        client(lost).send(WRITE_ONCE)


def test_after_some_attempts_the_run_ends_and_says_what_stays_pending() -> None:
    with pytest.raises(Unavailable, match="stays pending"):
        client(lambda r: httpx.Response(503, request=r)).send(READ)


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, {"message": "credentials not found"}, "access_token"),
        (
            403,
            {"message": "m", "errors": [{"context": {"requiredGranularScopes": ["crm.x"]}}]},
            "crm.x",
        ),
        (405, {}, "api_version"),
        (401, {"message": "m", "category": "EXPIRED_AUTHENTICATION"}, "has expired"),
    ],
)
def test_what_a_person_must_mend_is_said_at_once(
    status: int, body: dict[str, Any], words: str
) -> None:
    with pytest.raises(Misconfigured, match=words):
        client(answers((status, body))).send(READ)


def test_the_day_s_end_ends_the_run() -> None:
    with pytest.raises(Unavailable, match="midnight"):
        client(answers((429, {"message": "daily limit", "policyName": "DAILY"}))).send(READ)


def test_the_log_holds_neither_token_nor_body_nor_query(caplog: pytest.LogCaptureFixture) -> None:
    request = Request(
        "POST", "/crm/ana@example.com", "read", "objects/batch/read contacts",
        {"email": "ana@example.com"}, {"q": "ana@example.com"},
    )  # fmt: skip
    with caplog.at_level(logging.DEBUG, logger="stagedoor"):
        client(answers((500, {}), (200, {"email": "ana@example.com"}))).send(request)
    assert "objects/batch/read contacts" in caplog.text
    assert "pat-secret-token" not in caplog.text
    assert "ana@example.com" not in caplog.text


def contact(number: int, **after: str) -> Change:
    address = f"p{number}@example.com"
    ref = ObjectRef("contacts", f"customer:{number}")
    properties = {"email": address, **after}
    return Change(ref, Action.CREATE, "email", address, None, {}, properties, "h")


def batch(*changes: Change) -> ObjectBatch:
    return ObjectBatch("contacts", changes[0].action, "email", changes)


@pytest.mark.parametrize("bad", [0, 37, 99])
def test_one_bad_row_of_a_batch_that_fails_whole_costs_few_calls(bad: int) -> None:
    calls: Counter[int] = Counter()

    def answer(request: httpx.Request) -> httpx.Response:
        inputs = json.loads(request.content)["inputs"]
        calls[len(inputs)] += 1
        if any(row["id"] == f"p{bad}@example.com" for row in inputs):
            return httpx.Response(400, json={"category": "VALIDATION_ERROR", "message": "no"})
        results = [
            {"id": row["id"], "properties": {"email": row["id"]}, "new": True} for row in inputs
        ]
        return httpx.Response(200, json={"results": results[::-1]})

    outcomes = HubSpotPortal(client(answer), "2026-09").push(
        batch(*(contact(n) for n in range(100)))
    )
    assert [o.status for o in outcomes].count(Status.REJECTED) == 1
    assert outcomes[bad].status is Status.REJECTED
    assert sum(calls.values()) - 1 <= 16


@pytest.fixture
def settings(portal: Portal, tmp_path: Path) -> HubSpotSettings:
    return HubSpotSettings(
        portal_url=portal.sandbox.url,
        access_token=SecretStr("pat-sandbox"),
        portal="test",
        state_dir=tmp_path / "state",
    )


def test_a_bad_row_among_good_ones_costs_no_further_call(
    portal: Portal, settings: HubSpotSettings
) -> None:
    with connect(settings, portal.sandbox.url) as hubspot:
        rows = [contact(n) for n in range(99)]
        wrong = contact(99, closedate="31 February")
        outcomes = hubspot.push(batch(*rows, wrong))
    assert [o.status for o in outcomes] == [Status.CREATED] * 99 + [Status.REJECTED]
    assert outcomes[99].refusal is not None
    assert outcomes[99].refusal.properties == ("closedate",)
    assert portal.stats()["write"] == 1


def test_a_write_whose_answer_was_lost_is_sent_again_and_makes_nothing_twice(
    portal: Portal, settings: HubSpotSettings
) -> None:
    fault = {"route": "upsert", "kind": "reset_after", "count": 1}
    portal.post("/_sandbox/faults", {"faults": [fault]}).raise_for_status()
    with connect(settings, portal.sandbox.url) as hubspot:
        outcomes = hubspot.push(batch(contact(1), contact(2)))
    assert {o.status for o in outcomes} == {Status.UPDATED}
    export: dict[str, Any] = portal.export()
    assert len(export["objects"]["contacts"]) == 2


@pytest.mark.parametrize("version", ["2026-09", "2026-03", "v3"])
def test_all_spellings_of_the_api_do(
    portal: Portal, settings: HubSpotSettings, version: str
) -> None:
    chosen = settings.model_copy(update={"api_version": version})
    with connect(chosen, portal.sandbox.url) as hubspot:
        assert hubspot.account().portal_id == portal.sandbox.portal_id
        assert "email" in hubspot.property_definitions("contacts")
        (made,) = hubspot.push(batch(contact(1, city="Iași")))
        found = hubspot.read_by("contacts", "email", ["P1@example.com", "nobody@x.com"], ["city"])
    assert made.status is Status.CREATED
    assert found["P1@example.com"].properties["city"] == "Iași"
    assert set(found) == {"P1@example.com"}


def test_the_embedded_portal_is_not_there_without_its_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    from stagedoor.hubspot import sandbox

    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with (
        pytest.raises(Misconfigured, match=r"stagedoor\[sandbox\]"),
        sandbox.embedded_portal(tmp_path / "x.db"),
    ):
        pass
