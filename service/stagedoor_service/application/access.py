"""Who may do what: API keys and their scopes."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from stagedoor.errors import Misconfigured
from stagedoor.store.api_keys import ApiKey
from stagedoor_service.application.office import Office
from stagedoor_service.application.problem import Problem


class Scope(StrEnum):
    """What an API key may be for."""

    READ = "read"
    """See connection, runs, dead letters, webhooks, mappings and the log."""
    RECORDS = "records"
    """Search, make and change records in HubSpot."""
    SYNC = "sync"
    """Start runs, and replay dead letters."""
    MAPPINGS = "mappings"
    """Change mappings."""
    CONNECTION = "connection"
    """Connect and disconnect portals."""
    ADMIN = "admin"
    """All of it, and debug mode."""


def authenticate(office: Office, authorization: str | None) -> ApiKey:
    """Return the key that a header `Authorization` proves.

    Raises:
        Problem: It proves none.
    """
    scheme, _, text = (authorization or "").partition(" ")
    key = office.store.api_keys.verify(text.strip()) if scheme.lower() == "bearer" else None
    if key is None:
        raise Problem(
            "UNAUTHENTICATED",
            "This call needs an API key: `Authorization: Bearer sdk_…`.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return key


def require(key: ApiKey, scope: Scope) -> None:
    """Let a key with a scope pass.

    Raises:
        Problem: The key has not got it.
    """
    if not {scope.value, Scope.ADMIN.value} & set(key.scopes):
        raise Problem("SCOPE_MISSING", f"This key has not got the scope `{scope}`.")


def checked_scopes(given: Sequence[str]) -> list[str]:
    """Return scopes for a new key.

    Raises:
        Misconfigured: One of them is none.
    """
    known = [scope.value for scope in Scope]
    if wrong := [name for name in given if name not in known]:
        raise Misconfigured(f"There is no scope {', '.join(wrong)}. There are: {', '.join(known)}.")
    return list(dict.fromkeys(given))
