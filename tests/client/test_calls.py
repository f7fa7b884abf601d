"""What is told of calls: everything of their cost, nothing of their content."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import count

import httpx
import pytest
from pydantic import SecretStr

from stagedoor.errors import Unavailable
from stagedoor.hubspot.calls import Call, CallMetrics, RouteMetrics, log_call
from stagedoor.hubspot.client import HubSpotClient
from stagedoor.hubspot.clockwork import Clockwork
from stagedoor.hubspot.limiter import Limiter
from stagedoor.hubspot.limits import Rules
from stagedoor.hubspot.requests import Request
from stagedoor.hubspot.tokens import StaticToken

SECRETS = ("pat-secret-token", "ana@example.com", "4711", "Popescu")
REQUEST = Request(
    "POST",
    "/crm/objects/2026-09/contacts/4711/ana@example.com",
    "write",
    "objects/batch/upsert contacts",
    {"email": "ana@example.com", "lastname": "Popescu"},
    {"q": "ana@example.com"},
)


def client(
    answer: Callable[[httpx.Request], httpx.Response],
    *observers: Callable[[Call], None],
) -> HubSpotClient:
    """Return a client for which every look at the clock takes a quarter of a second."""
    ticks = count()
    clockwork = Clockwork(now=lambda: next(ticks) / 4, sleep=lambda _: None, jitter=lambda: 0.5)
    http = httpx.Client(base_url="http://hubspot.test", transport=httpx.MockTransport(answer))
    limiter = Limiter(Rules(10**6), lambda: 0.0, lambda _: None)
    token = StaticToken(SecretStr("pat-secret-token"))
    return HubSpotClient(
        http,
        token,
        limiter,
        clockwork=clockwork,
        max_attempts=3,
        observers=observers or (log_call,),
    )


def refuse_then_answer() -> Callable[[httpx.Request], httpx.Response]:
    answers: Iterator[httpx.Response | Exception] = iter(
        [
            httpx.ReadTimeout("ana@example.com did not answer"),
            httpx.Response(
                503, text="Popescu 4711", headers={"X-HubSpot-Correlation-Id": "corr-1"}
            ),
            httpx.Response(200, stream=httpx.ByteStream(b'{"email": "ana@example.com"}')),
        ]
    )

    def answer(request: httpx.Request) -> httpx.Response:
        item = next(answers)
        if isinstance(item, Exception):
            raise item
        return item

    return answer


def test_every_attempt_is_told_with_its_cost() -> None:
    calls: list[Call] = []
    client(refuse_then_answer(), calls.append).send(REQUEST)
    size = len(b'{"email":"ana@example.com","lastname":"Popescu"}')
    assert [(c.result, c.attempt, c.correlation_id, c.sent) for c in calls] == [
        ("ReadTimeout", 1, None, size),
        ("503", 2, "corr-1", size),
        ("200", 3, None, size),
    ]
    assert [c.ms for c in calls] == [250.0] * 3
    assert calls[2].received == len(b'{"email": "ana@example.com"}')


def test_nothing_of_what_a_call_said_is_told(caplog: pytest.LogCaptureFixture) -> None:
    calls: list[Call] = []
    with caplog.at_level(logging.DEBUG, logger="stagedoor"):
        client(refuse_then_answer()).send(REQUEST)
        client(refuse_then_answer(), calls.append).send(REQUEST)
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("stagedoor")]
    assert "POST objects/batch/upsert contacts -> 503 in 250 ms (attempt 2, 48 bytes" in ours[1]
    told = "\n".join([*ours, *(str(asdict(call)) for call in calls)])
    assert [secret for secret in SECRETS if secret in told] == []


def test_nothing_of_what_a_call_said_is_in_the_error_that_ends_a_run() -> None:
    with pytest.raises(Unavailable) as caught:
        client(lambda _: httpx.Response(502, text="x")).send(REQUEST)
    assert [secret for secret in SECRETS if secret in str(caught.value)] == []


def call(result: str, ms: float, attempt: int = 1) -> Call:
    return Call("POST", "objects/batch/upsert contacts", result, ms, attempt, None, 10, 100)


def test_calls_are_summed_up_by_how_they_ended() -> None:
    metrics = CallMetrics()
    for each in (call("429", 5), call("200", 20, 2), call("200", 10), call("200", 30)):
        metrics(each)
    route = ("POST", "objects/batch/upsert contacts")
    assert metrics.by_route() == {
        (*route, "200"): RouteMetrics(3, 60, 30, 30, 300, 1),
        (*route, "429"): RouteMetrics(1, 5, 5, 10, 100, 0),
    }


def test_no_call_is_lost_between_threads() -> None:
    metrics = CallMetrics()

    def many() -> None:
        for _ in range(2_000):
            metrics(call("200", 1))

    threads = [threading.Thread(target=many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (summed,) = metrics.by_route().values()
    assert (summed.count, summed.total_ms) == (8_000, 8_000)


def test_a_client_sums_up_its_own_calls() -> None:
    sender = client(refuse_then_answer())
    sender.send(REQUEST)
    results = {result: m.retries for (*_, result), m in sender.metrics.by_route().items()}
    assert results == {"ReadTimeout": 0, "503": 1, "200": 1}
    assert sender.calls == {"write": 3}
