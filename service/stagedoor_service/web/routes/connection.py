"""Connecting a portal with HubSpot."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import URL

from stagedoor_service.application import connecting
from stagedoor_service.web.addresses import own_address
from stagedoor_service.web.callers import Connector, Reader, office_of
from stagedoor_service.web.models.connection import (
    AuthorizationUrl,
    ConnectedAnswer,
    ConnectionAnswer,
)
from stagedoor_service.web.problems import BODY, USUAL, responses

router = APIRouter(prefix="/api/integrations/hubspot", tags=["connection"])

_CALLBACK = (*BODY, "STATE_MISMATCH", "CONSENT_REFUSED", "INVALID_REQUEST", "APP_MISSING")


@router.get("/auth", responses=responses(*USUAL, "APP_MISSING", "RETURN_NOT_ALLOWED"))
def authorize(
    caller: Connector,
    request: Request,
    return_to: Annotated[str | None, Query(max_length=2_000)] = None,
) -> AuthorizationUrl:
    """Return where a person connects the portal with HubSpot; it works once, for ten minutes."""
    address = own_address(caller.office, request)
    url = connecting.authorization_url(caller.office, caller.portal, address, return_to)
    return AuthorizationUrl(authorization_url=url)


State = Annotated[str, Query(max_length=200)]
Code = Annotated[str | None, Query(max_length=2_000)]


@router.get(
    "/callback",
    response_model=ConnectedAnswer,
    responses={
        303: {"description": "The person goes on where `return_to` said."},
        **responses(*_CALLBACK, "UNAVAILABLE", "MISCONFIGURED"),
    },
)
def callback(
    request: Request, state: State, code: Code = None, error: Code = None
) -> ConnectedAnswer | Response:
    """Take the person back from HubSpot's consent page."""
    return _connected(request, state, code, error)


@router.post(
    "/callback",
    response_model=ConnectedAnswer,
    responses={
        303: {"description": "The person goes on where `return_to` said."},
        **responses(*_CALLBACK, "UNAVAILABLE", "MISCONFIGURED"),
    },
)
def callback_by_form(
    request: Request,
    state: Annotated[str, Form(max_length=200)],
    code: Annotated[str | None, Form(max_length=2_000)] = None,
    error: Annotated[str | None, Form(max_length=2_000)] = None,
) -> ConnectedAnswer | Response:
    """Take what HubSpot's consent page gave, as a form that the platform passes on."""
    return _connected(request, state, code, error)


def _connected(
    request: Request, state: str, code: str | None, error: str | None
) -> ConnectedAnswer | Response:
    try:
        done = connecting.connect(office_of(request), state=state, code=code, error=error)
    except connecting.Declined as declined:
        if declined.return_to is None:
            raise
        back = URL(declined.return_to).include_query_params(error=declined.code)
        return RedirectResponse(str(back), 303)
    if done.return_to is not None:
        return RedirectResponse(done.return_to, 303)
    return ConnectedAnswer(portal=done.portal, portal_id=done.portal_id)


@router.get("/connection", responses=responses(*USUAL))
def connection(caller: Reader) -> ConnectionAnswer:
    """Tell how the portal is connected."""
    told = connecting.report(caller.office, caller.portal)
    return ConnectionAnswer.model_validate(asdict(told))


@router.delete(
    "/connection", status_code=204, responses=responses(*USUAL, "NOT_CONNECTED", "UNAVAILABLE")
)
def disconnect(caller: Connector) -> None:
    """Revoke the portal's tokens at HubSpot, and forget them."""
    connecting.disconnect(caller.office, caller.portal)
