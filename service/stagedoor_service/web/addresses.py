"""By which address the service was called, as HubSpot and browsers see it."""

from __future__ import annotations

from starlette.requests import Request

from stagedoor_service.application.office import Office


def own_address(office: Office, request: Request) -> str:
    """Return the service's own address, without a slash at its end."""
    return (office.settings.public_url or str(request.base_url)).rstrip("/")


def called_address(office: Office, request: Request) -> str:
    """Return the whole address of a call: raw path and query, as they were sent."""
    path = request.scope.get("raw_path") or request.url.path.encode()
    query = request.scope.get("query_string", b"")
    called = path.decode("latin-1") + (f"?{query.decode('latin-1')}" if query else "")
    return own_address(office, request) + called
