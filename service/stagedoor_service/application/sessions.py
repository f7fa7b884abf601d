"""Who is signed in to the console: a sealed word that the browser keeps, and its hash in the store.

The seal is that of tokens, so a session ends everywhere when the key is changed. One person's ends
when he signs out, when his API key is revoked, and after half a day: a cookie that somebody copied
is worth nothing from then on.
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
    word: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    """What the store knows the session by; no page shows it."""
    key_id: str | None = None
    portal: str | None = None
    """The portal that is looked at, where the person chose one."""


def sign_in(office: Office, text: str) -> Session:
    """Return a new session of whoever knows the text of an API key.

    Raises:
        Problem: It is wrong or revoked.
    """
    key_id = authenticate(office, f"Bearer {text}").key_id
    session = Session(key_id=key_id)
    office.store.sessions.begin(session.word, key_id, LIFETIME)
    return session


def sign_out(office: Office, session: Session, *, everywhere: bool = False) -> None:
    """End a session, or all that were begun with its key."""
    key = key_of(office, session)
    if everywhere and key is not None:
        office.store.sessions.end_all(key.key_id)
    office.store.sessions.end(session.word)


def key_of(office: Office, session: Session) -> ApiKey | None:
    """Return the key that a session was begun with, unless one of them has ended since."""
    if session.key_id is None or office.store.sessions.key_id(session.word) != session.key_id:
        return None
    return office.store.api_keys.get(session.key_id)


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
