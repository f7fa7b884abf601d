"""Who may call.

https://developers.hubspot.com/docs/guides/apps/private-apps/overview
"""

from __future__ import annotations

from starlette.requests import Request

from hubspot_sandbox.wire.errors import ApiError

TOKEN = "pat-sandbox"  # noqa: S105 - the published token of every sandbox portal

_DOCS = "https://developers.hubspot.com/docs/methods/auth/oauth-overview"


def authenticate(request: Request) -> None:
    """Let a call through that carries the sandbox's token.

    Raises:
        ApiError: HubSpot's 401.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or token != TOKEN:
        raise ApiError(
            401,
            "Authentication credentials not found. This API supports OAuth 2.0 authentication "
            f"and you can find more details at {_DOCS}",
            "INVALID_AUTHENTICATION",
        )
