"""Consents that were asked for: what must come back with the code, and works once."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from cryptography.fernet import InvalidToken, MultiFernet
from sqlalchemy import Engine, delete, insert

from stagedoor.store.keys import load_cipher
from stagedoor.store.tables import consents as table

LIFETIME = 600.0
"""Seconds that a person has for HubSpot's consent page."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What is needed again when HubSpot sends a person back."""

    portal: str
    verifier: str = field(repr=False)
    redirect_uri: str
    return_to: str | None


class Consents:
    """The consents of one store that are being waited for."""

    def __init__(self, engine: Engine, root: Path, clock: Callable[[], float] = time.time) -> None:
        """Keep them in `engine`'s database; `clock` gives seconds since 1970."""
        self._engine = engine
        self._root = root
        self._clock = clock

    @cached_property
    def _cipher(self) -> MultiFernet:
        return load_cipher(self._root)

    def expect(self, state: str, consent: Consent) -> None:
        """Wait for `state` to come back, for ten minutes."""
        row = {
            "state_hash": _hash(state),
            "portal": consent.portal,
            "verifier": self._cipher.encrypt(consent.verifier.encode()).decode(),
            "redirect_uri": consent.redirect_uri,
            "return_to": consent.return_to,
            "expires_at": self._clock() + LIFETIME,
        }
        with self._engine.begin() as connection:
            connection.execute(delete(table).where(table.c.expires_at < self._clock()))
            connection.execute(insert(table).values(row))

    def redeem(self, state: str) -> Consent | None:
        """Return what `state` stands for, once; nothing when it is unknown, used or too old."""
        taken = delete(table).where(table.c.state_hash == _hash(state)).returning(table)
        with self._engine.begin() as connection:
            row = connection.execute(taken).mappings().first()
        if row is None or row["expires_at"] < self._clock():
            return None
        try:
            verifier = self._cipher.decrypt(row["verifier"]).decode()
        except InvalidToken:
            return None
        return Consent(row["portal"], verifier, row["redirect_uri"], row["return_to"])


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
