"""Who is signed in to the console: a sealed word that the browser keeps, and nothing here.

The seal is that of tokens, so a session ends everywhere when the key is changed; one person's
ends when his API key is revoked.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from cryptography.fernet import InvalidToken, MultiFernet

from stagedoor.store.api_keys import ApiKey
from stagedoor.store.keys import load_cipher
from stagedoor_service.application.access import authenticate
from stagedoor_service.application.office import Office

LIFETIME = 12 * 3_600
"""Seconds after which a person signs in again."""

_KIND = "console session"


@dataclass(frozen=True, slots=True)
class Session:
    """What the console remembers of a browser."""

    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    """Word that each of its forms brings back; no other site knows it."""
    key_id: str | None = None
    portal: str | None = None
    """The portal that is looked at, where the person chose one."""


def sign_in(office: Office, text: str) -> Session:
    """Return a new session of whoever knows the text of an API key.

    Raises:
        Problem: It is wrong or revoked.
    """
    return Session(key_id=authenticate(office, f"Bearer {text}").key_id)


def key_of(office: Office, session: Session) -> ApiKey | None:
    """Return the key that a session was begun with, unless it was revoked since."""
    return office.store.api_keys.get(session.key_id) if session.key_id else None


def looking_at(office: Office, session: Session, portal: str) -> Session:
    """Return the session, looking at another portal.

    Raises:
        Problem: There is none of this name, or the key does not open it.
    """
    return replace(session, portal=office.portal_named(portal, key_of(office, session)))


def seal(office: Office, session: Session) -> str:
    """Return a session as the browser keeps it."""
    told = json.dumps({"kind": _KIND, **asdict(session)})
    return _cipher(office.store.root).encrypt(told.encode()).decode()


def unseal(office: Office, text: str | None) -> Session:
    """Return the session that a browser brings; a new one when it brings none that counts."""
    try:
        told = json.loads(_cipher(office.store.root).decrypt(text or "", ttl=LIFETIME))
    except (InvalidToken, ValueError):  # made up, too old, or sealed for something else
        return Session()
    if not isinstance(told, dict) or told.pop("kind", None) != _KIND:
        return Session()
    return Session(**told)


@lru_cache(maxsize=4)
def _cipher(root: Path) -> MultiFernet:
    return load_cipher(root)
