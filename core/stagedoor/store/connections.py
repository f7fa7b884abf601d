"""Connections: the tokens of portals that were connected by OAuth, encrypted at rest."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from cryptography.fernet import InvalidToken, MultiFernet
from filelock import FileLock, Timeout
from sqlalchemy import Engine, delete, insert, select, text, update

from stagedoor.errors import Misconfigured, Unavailable
from stagedoor.grants import Connection, ConnectionStatus, Grant
from stagedoor.state.lease import private_folder
from stagedoor.store.keys import load_cipher
from stagedoor.store.runs import now
from stagedoor.store.tables import connections

LOCK_NAME = "oauth.lock"
PATIENCE = 300.0
"""Seconds that one process waits for another to renew a token."""


class Connections:
    """All portals that are connected by OAuth."""

    def __init__(self, engine: Engine, root: Path) -> None:
        """Keep them in `engine`'s database; locks, and maybe the key, lie in `root`."""
        self._engine = engine
        self._root = root

    @cached_property
    def _cipher(self) -> MultiFernet:
        return load_cipher(self._root)

    def get(self, portal: str) -> Connection | None:
        """Return a portal's connection.

        Raises:
            Misconfigured: It was encrypted with another key.
        """
        query = select(connections).where(connections.c.portal == portal)
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return self._read(row) if row else None

    def stamp(self, portal: str) -> str | None:
        """Return what is another text when a portal is connected otherwise; nothing without one.

        Renewing its tokens changes nothing of that.
        """
        query = select(connections.c.hub_id, connections.c.status)
        with self._engine.connect() as connection:
            row = connection.execute(query.where(connections.c.portal == portal)).first()
        return f"{row.hub_id} {row.status}" if row else None

    def status(self, portal: str) -> ConnectionStatus | None:
        """Return whether a portal's connection works; nothing without one."""
        query = select(connections.c.status).where(connections.c.portal == portal)
        with self._engine.connect() as connection:
            found = connection.execute(query).scalar_one_or_none()
        return ConnectionStatus(found) if found else None

    def portals(self) -> dict[str, int | None]:
        """Return the number of the HubSpot account of each connected portal, by its name."""
        query = select(connections.c.portal, connections.c.hub_id).order_by(connections.c.portal)
        with self._engine.connect() as connection:
            return {str(name): hub_id for name, hub_id in connection.execute(query)}

    def _read(self, row: Mapping[Any, Any]) -> Connection:
        grant = Grant(
            access_token=self._clear(row, "access_token"),
            refresh_token=self._clear(row, "refresh_token"),
            issued_at=row["issued_at"],
            expires_at=row["expires_at"],
            hub_id=row["hub_id"],
            scopes=tuple(json.loads(row["scopes"])),
        )
        return Connection(row["portal"], grant, ConnectionStatus(row["status"]), row["reason"])

    def _clear(self, row: Mapping[Any, Any], name: str) -> str:
        try:
            return self._cipher.decrypt(row[name]).decode()
        except InvalidToken:
            raise Misconfigured(
                f"The tokens of portal {row['portal']!r} were encrypted with another key. Set "
                "STAGEDOOR_KEY to that key (several may stand there with commas between them), or "
                "connect the portal again."
            ) from None

    def put(self, portal: str, grant: Grant) -> None:
        """Keep what was granted; it is on disk when this returns."""
        row = {
            "portal": portal,
            "status": ConnectionStatus.CONNECTED.value,
            "hub_id": grant.hub_id,
            "scopes": json.dumps(grant.scopes),
            "access_token": self._cipher.encrypt(grant.access_token.encode()).decode(),
            "refresh_token": self._cipher.encrypt(grant.refresh_token.encode()).decode(),
            "issued_at": grant.issued_at,
            "expires_at": grant.expires_at,
            "changed_at": now(),
        }
        with self._engine.begin() as connection:
            connection.execute(delete(connections).where(connections.c.portal == portal))
            connection.execute(insert(connections).values(row))

    def ask_to_reconnect(self, portal: str, reason: str) -> None:
        """Keep that a person must connect the portal again, and why."""
        status = ConnectionStatus.RECONNECT.value
        with self._engine.begin() as connection:
            connection.execute(
                update(connections)
                .where(connections.c.portal == portal)
                .values(status=status, reason=reason, changed_at=now())
            )

    def remove(self, portal: str) -> None:
        """Forget a portal's tokens."""
        with self._engine.begin() as connection:
            connection.execute(delete(connections).where(connections.c.portal == portal))

    @contextmanager
    def lock(self, portal: str) -> Iterator[None]:
        """Let one process at a time renew a portal's tokens; a killed one lets go.

        No transaction stays open on SQLite meanwhile, since it would hold up every other writer.

        Raises:
            Unavailable: Another process has held it for `PATIENCE` seconds.
        """
        if self._engine.dialect.name == "postgresql":  # its processes may be on several machines
            query = text("SELECT pg_advisory_xact_lock(7380143, hashtext(:portal))")
            with self._engine.begin() as connection:
                connection.execute(query, {"portal": portal})
                yield
            return
        lock = FileLock(private_folder(self._root / portal) / LOCK_NAME, mode=0o600)
        try:
            lock.acquire(timeout=PATIENCE)
        except Timeout:
            raise Unavailable(
                f"Another process has been renewing the token of portal {portal!r} for "
                f"{PATIENCE:.0f} seconds. Run again later."
            ) from None
        try:
            yield
        finally:
            lock.release()
