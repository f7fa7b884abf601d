"""Who calls, and about which portal: what nearly every route depends on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from stagedoor.store.api_keys import ApiKey
from stagedoor_service.application.access import Scope, authenticate, require
from stagedoor_service.application.office import Office

bearer = HTTPBearer(auto_error=False, description="An API key: `stagedoor keys create`.")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
PortalName = Annotated[
    str | None,
    Query(
        alias="portal",
        description="Name of the portal; without it, the key's own or the default one.",
        max_length=64,
    ),
]


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody with a key that allows what is asked for."""

    office: Office
    portal: str
    key: ApiKey

    @property
    def name(self) -> str:
        """Who it is, for the record."""
        return self.key.who


def office_of(request: Request) -> Office:
    """Return the office of this process."""
    office = request.app.state.office
    assert isinstance(office, Office)  # noqa: S101 - starlette's state has no types
    return office


def with_scope(scope: Scope) -> Callable[..., Caller]:
    """Return a dependency that lets callers with a scope pass."""

    def caller(request: Request, credentials: Credentials, portal: PortalName = None) -> Caller:
        office = office_of(request)
        given = f"Bearer {credentials.credentials}" if credentials else None
        key = authenticate(office, given)
        require(key, scope)
        return Caller(office, office.portal_named(portal, key), key)

    return caller


Reader = Annotated[Caller, Depends(with_scope(Scope.READ))]
Recorder = Annotated[Caller, Depends(with_scope(Scope.RECORDS))]
Syncer = Annotated[Caller, Depends(with_scope(Scope.SYNC))]
Mapper = Annotated[Caller, Depends(with_scope(Scope.MAPPINGS))]
Connector = Annotated[Caller, Depends(with_scope(Scope.CONNECTION))]
Administrator = Annotated[Caller, Depends(with_scope(Scope.ADMIN))]
