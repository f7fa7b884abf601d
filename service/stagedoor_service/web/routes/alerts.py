"""What people were told of."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from stagedoor_service.application import alerting
from stagedoor_service.web.callers import Administrator, Reader
from stagedoor_service.web.models.alerts import AlertAnswer, AlertsAnswer, TestAnswer
from stagedoor_service.web.problems import USUAL, responses

router = APIRouter(prefix="/api/integrations/hubspot/alerts", tags=["alerts"])


@router.get("", responses=responses(*USUAL))
def list_alerts(
    caller: Reader,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> AlertsAnswer:
    """List what turned bad or good, newest first, and whom that was told."""
    found = alerting.list_alerts(caller.office, caller.portal, limit=limit, before=before)
    return AlertsAnswer(
        channels=alerting.channels(caller.office),
        alerts=[AlertAnswer.of(alert, deliveries) for alert, deliveries in found],
        next=found[-1][0].id if len(found) == limit else None,
    )


@router.post("/test", status_code=202, responses=responses(*USUAL, "ALERTS_OFF"))
def send_test(caller: Administrator) -> TestAnswer:
    """Tell a test alert by every channel; the list says what became of it."""
    alerting.send_test(caller.office, caller.portal, by=caller.name)
    return TestAnswer(channels=alerting.channels(caller.office))
