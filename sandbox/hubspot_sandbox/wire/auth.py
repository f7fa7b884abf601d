"""Who may call.

https://developers.hubspot.com/docs/guides/apps/private-apps/overview
"""

from __future__ import annotations

from starlette.requests import Request

from hubspot_sandbox.store.accounts import Accounts, Grant
from hubspot_sandbox.wire.errors import ApiError

_DOCS = "https://developers.hubspot.com/docs/methods/auth/oauth-overview"


def authenticate(request: Request, accounts: Accounts) -> Grant:
    """Return what the call's token opens.

    Raises:
        ApiError: HubSpot's 401, for no token, an unknown one, or one whose time is over.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    grant = accounts.grant(token) if scheme.lower() == "bearer" and token else None
    if isinstance(grant, Grant):
        return grant
    if grant is not None:
        raise ApiError(
            401,
            f"The OAuth token used to make this call expired {grant} second(s) ago.",
            "EXPIRED_AUTHENTICATION",
        )
    raise ApiError(
        401,
        "Authentication credentials not found. This API supports OAuth 2.0 authentication "
        f"and you can find more details at {_DOCS}",
        "INVALID_AUTHENTICATION",
    )
