"""API keys: who may call the service, and for what; only their hashes are kept.

Not the keys that tokens are encrypted with: those are in `keys`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, insert, select, update

from stagedoor.store.runs import now
from stagedoor.store.tables import api_keys as table

_SHAPE = re.compile(r"sdk_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_USED_EVERY = timedelta(minutes=1)
"""How exactly the last use is kept: not every call is worth a write."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key, without what proves it."""

    key_id: str
    name: str
    scopes: tuple[str, ...]
    portal: str | None
    """The only portal that it opens; without one, all."""
    created_at: str
    last_used_at: str | None = None
    revoked_at: str | None = None

    @property
    def who(self) -> str:
        """Who uses it, for the record."""
        return f"key {self.key_id} {self.name}"


class ApiKeys:
    """The API keys of one store."""

    def __init__(self, engine: Engine) -> None:
        """Keep them in `engine`'s database."""
        self._engine = engine

    def create(
        self, name: str, scopes: Sequence[str], portal: str | None = None
    ) -> tuple[ApiKey, str]:
        """Make a key; the text that is returned with it is shown this once, and nowhere kept."""
        key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        text = f"sdk_{key_id}_{secret}"
        key = ApiKey(key_id, name, tuple(scopes), portal, now())
        row = {
            "key_id": key_id,
            "name": name,
            "hash": _hash(text),
            "scopes": json.dumps(scopes),
            "portal": portal,
            "created_at": key.created_at,
        }
        with self._engine.begin() as connection:
            connection.execute(insert(table).values(row))
        return key, text

    def verify(self, text: str) -> ApiKey | None:
        """Return the key that this text proves; none for a wrong or revoked one."""
        shape = _SHAPE.fullmatch(text)
        if shape is None:
            return None
        query = select(table).where(table.c.key_id == shape.group(1))
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        given = _hash(text)
        # A hash is compared even where there is no such key, so that both take as long.
        right = hmac.compare_digest(given, row["hash"] if row else "0" * len(given))
        if row is None or not right or row["revoked_at"] is not None:
            return None
        key = _key(row)
        self._note_use(key)
        return key

    def get(self, key_id: str) -> ApiKey | None:
        """Return a key that is valid still."""
        query = select(table).where(table.c.key_id == key_id, table.c.revoked_at.is_(None))
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return _key(row) if row else None

    def _note_use(self, key: ApiKey) -> None:
        horizon = (datetime.now(UTC) - _USED_EVERY).isoformat(timespec="milliseconds")
        if key.last_used_at is not None and key.last_used_at > horizon:
            return
        with self._engine.begin() as connection:
            connection.execute(
                update(table).where(table.c.key_id == key.key_id).values(last_used_at=now())
            )

    def list(self) -> list[ApiKey]:
        """Return all keys, oldest first, revoked ones too."""
        query = select(table).order_by(table.c.created_at, table.c.key_id)
        with self._engine.connect() as connection:
            return [_key(row) for row in connection.execute(query).mappings()]

    def revoke(self, key_id: str) -> bool:
        """Make a key worthless; return whether it was worth something."""
        with self._engine.begin() as connection:
            done = connection.execute(
                update(table)
                .where(table.c.key_id == key_id, table.c.revoked_at.is_(None))
                .values(revoked_at=now())
            )
            return done.rowcount == 1


def _hash(text: str) -> str:
    """Return the hash that is kept; the secret has 256 random bits, so that one round is enough."""
    return hashlib.sha256(text.encode()).hexdigest()


def _key(row: Mapping[Any, Any]) -> ApiKey:
    fields = {name: row[name] for name in ApiKey.__slots__ if name != "scopes"}
    return ApiKey(**fields, scopes=tuple(json.loads(row["scopes"])))
