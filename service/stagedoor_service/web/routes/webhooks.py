"""What HubSpot and the platform tell, and what became of it."""

from __future__ import annotations

import time
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.concurrency import run_in_threadpool

from stagedoor.hubspot.signatures import Delivery
from stagedoor_service.application import hearing, receiving, signing
from stagedoor_service.application.problem import Problem
from stagedoor_service.application.receiving import Received
from stagedoor_service.web.addresses import called_address
from stagedoor_service.web.callers import PortalName, Reader, Recorder, Syncer, office_of
from stagedoor_service.web.inlet import Inlet
from stagedoor_service.web.metrics import EVENTS
from stagedoor_service.web.models.webhooks import (
    EventAnswer,
    EventsAnswer,
    ReceivedAnswer,
    RetryAnswer,
    RetryAsked,
)
from stagedoor_service.web.problems import BODY, USUAL, responses

router = APIRouter(tags=["webhooks"])

_RECEIVING = (
    *BODY,
    "SIGNATURE_MISSING",
    "SIGNATURE_INVALID",
    "SIGNATURE_EXPIRED",
    "WEBHOOKS_OFF",
    "INVALID_EVENT",
    "UNAVAILABLE",
)


def _a_body(example: Any) -> dict[str, Any]:
    """Return how OpenAPI documents a body that is read raw, for its signature."""
    schema = {"type": "array", "items": {"type": "object"}, "maxItems": 100}
    content = {"application/json": {"schema": schema, "example": example}}
    return {"requestBody": {"required": True, "content": content}}


@router.post(
    "/api/webhooks/hubspot",
    responses=responses(*_RECEIVING),
    openapi_extra=_a_body(
        [
            {
                "subscriptionId": 12345,
                "portalId": 62515,
                "subscriptionType": "contact.creation",
                "objectId": 123,
                "occurredAt": 1564113600000,
            }
        ]
    ),
)
async def from_hubspot(request: Request) -> ReceivedAnswer:
    """Take HubSpot's events, once their signature was checked; on the disk before the answer."""
    office = office_of(request)
    delivery = Delivery(
        request.method,
        called_address(office, request),
        await request.body(),
        dict(request.headers),
    )
    now = int(time.time() * 1_000)
    return await _kept(request, "hubspot", lambda: receiving.from_hubspot(office, delivery, now))


@router.post(
    "/api/webhooks/platform",
    status_code=202,
    responses=responses(*_RECEIVING, "PORTAL_UNKNOWN", "INVALID_REQUEST"),
    openapi_extra=_a_body(
        [
            {
                "id": "evt-1",
                "type": "customer.updated",
                "occurred_at": "2026-01-31T12:00:00Z",
                "data": {"customer": {"customer_id": "17", "city": "Iași"}},
            }
        ]
    ),
)
async def from_platform(request: Request, portal: PortalName = None) -> ReceivedAnswer:
    """Take the platform's events, signed by `X-Stagedoor-Signature`; on the disk before the answer.

    One event or an array of up to 100. Fields that a row leaves out stay as they are.
    """
    office = office_of(request)
    body = await request.body()
    signature = request.headers.get(signing.HEADER)

    def read() -> Received:
        name = office.portal_named(portal) if portal else office.target.portal
        return receiving.from_platform(office, name, body, signature, int(time.time()))

    return await _kept(request, "platform", read)


@router.post(
    "/api/webhooks/source/{secret}",
    responses=responses(
        *(*BODY, "UNAUTHENTICATED", "WEBHOOKS_OFF", "INVALID_EVENT", "UNAVAILABLE"),
        *("PORTAL_UNKNOWN", "INVALID_REQUEST", "MISCONFIGURED"),
    ),
    openapi_extra=_a_body([{"notification_id": 1}]),
)
async def from_source(
    request: Request,
    secret: Annotated[str, Path(max_length=200)],
    portal: PortalName = None,
) -> ReceivedAnswer:
    """Take what the platform that the source reads tells, such as pretix: which rows to read."""
    office = office_of(request)
    body = await request.body()
    authorization = request.headers.get("authorization")

    def read() -> Received:
        name = office.portal_named(portal) if portal else office.target.portal
        return hearing.from_source(office, name, secret, authorization, body)

    return await _kept(request, "source", read)


async def _kept(request: Request, source: str, read: Any) -> ReceivedAnswer:
    """Read what came, keep it, and count it."""
    inlet = request.app.state.inlet
    assert isinstance(inlet, Inlet)  # noqa: S101 - starlette's state has no types
    try:
        received: Received = await run_in_threadpool(read)
        await inlet.put(received.arrivals)
    except Problem as problem:
        EVENTS.labels(source, problem.code).inc()
        raise
    EVENTS.labels(source, "kept").inc(received.count)
    if received.strangers:
        EVENTS.labels(source, "stranger").inc(received.strangers)
    return ReceivedAnswer(received=received.count, left_out=received.strangers)


@router.get("/api/integrations/hubspot/webhooks", responses=responses(*USUAL))
async def history(
    caller: Reader,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    source: Annotated[str | None, Query(max_length=64)] = None,
    status: Literal["waiting", "taken", "done"] | None = None,
) -> EventsAnswer:
    """List what came in, newest first, without payloads."""
    return await run_in_threadpool(
        _listed, caller, limit=limit, before=before, source=source, status=status
    )


@router.get("/api/integrations/hubspot/webhooks/payloads", responses=responses(*USUAL))
async def payloads(
    caller: Recorder,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    source: Annotated[str | None, Query(max_length=64)] = None,
    status: Literal["waiting", "taken", "done"] | None = None,
) -> EventsAnswer:
    """List what came in with payloads, which are personal data where the platform told them."""
    return await run_in_threadpool(
        _listed,
        caller,
        limit=limit,
        before=before,
        source=source,
        status=status,
        payloads=True,
    )


@router.post(
    "/api/integrations/hubspot/webhooks/retry", responses=responses(*USUAL, *BODY, "NOT_FOUND")
)
def retry(caller: Syncer, asked: RetryAsked) -> RetryAnswer:
    """Follow events once more that are done, such as after a mistake in the mapping was mended."""
    return RetryAnswer(retried=receiving.retry(caller.office, caller.portal, asked.ids))


def _listed(caller: Any, *, limit: int, payloads: bool = False, **wanted: Any) -> EventsAnswer:
    found = receiving.history(caller.office, caller.portal, limit=limit, **wanted)
    more = found[-1].id if len(found) == limit else None
    return EventsAnswer(
        events=[EventAnswer.of(entry, payload=payloads) for entry in found], next=more
    )
