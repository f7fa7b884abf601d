"""Health, readiness, metrics, and what codes mean: no key needed, nothing personal told."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST

from stagedoor.explanations import EXPLANATIONS
from stagedoor_service.application.health import readiness
from stagedoor_service.application.problem import Problem
from stagedoor_service.web.callers import office_of
from stagedoor_service.web.metrics import exposition
from stagedoor_service.web.models.operations import ExplanationAnswer, HealthAnswer, ReadinessAnswer
from stagedoor_service.web.problems import responses

router = APIRouter(tags=["operations"])


@router.get("/healthz")
async def healthz() -> HealthAnswer:
    """Tell that the process lives."""
    return HealthAnswer()


@router.get(
    "/readyz",
    response_model=ReadinessAnswer,
    responses={503: {"model": ReadinessAnswer, "description": "The store does not answer."}},
)
def readyz(request: Request) -> Response:
    """Tell whether calls should be sent here."""
    told = readiness(office_of(request))
    return JSONResponse(asdict(told), 200 if told.ready else 503)


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {CONTENT_TYPE_LATEST: {}}, "description": "Prometheus' text."}},
)
def metrics(request: Request) -> Response:
    """Give the numbers to Prometheus."""
    return Response(exposition(office_of(request)), media_type=CONTENT_TYPE_LATEST)


@router.get("/errors/{code}", responses=responses("NOT_FOUND", "INVALID_REQUEST"))
def explain(code: Annotated[str, Path(max_length=64)]) -> ExplanationAnswer:
    """Tell what a code means, why it comes, and what to do."""
    found = EXPLANATIONS.get(code)
    if found is None:
        raise Problem("NOT_FOUND", "There is no such code.")
    return ExplanationAnswer.model_validate(asdict(found))
