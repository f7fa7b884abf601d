"""Erases people from everything that Stagedoor keeps: replica, ledger, letters, runs, copies."""

from __future__ import annotations

from stagedoor.config import HubSpotSettings
from stagedoor.engine.person import Blocked, Person
from stagedoor.state.compaction import compact
from stagedoor.state.database import StateDatabase
from stagedoor.state.erasure import Eraser
from stagedoor.state.files import FILE_NAME
from stagedoor.store import Store

MARKER = "erased"
"""File that says that tables were erased from and the files not yet written anew."""


def erase_here(database: StateDatabase, store: Store, portal: str, person: Person) -> None:
    """Erase a person from the tables; the session's end takes care of the files."""
    (database.path.parent / MARKER).touch(mode=0o600)
    Eraser(database).erase(person)
    store.erasures.erase(portal, person)


def block(store: Store, portal: str, person: Person) -> None:
    """Keep a person away: what the platform says of them is emptied before it is kept."""
    ids = (f"customer:{customer_id}" for customer_id in person.customer_ids)
    store.erasures.block(portal, (*ids, *(f"email:{address}" for address in person.addresses)))


def scrub(settings: HubSpotSettings, store: Store) -> None:
    """Write all files anew where something was erased, now or before a crash.

    The state must be closed.
    """
    marker = settings.portal_dir / MARKER
    if marker.exists():
        compact(settings.portal_dir / FILE_NAME)
        store.erasures.scrub()
        marker.unlink()


def blocked_people(store: Store, portal: str) -> Blocked | None:
    """Return who stays away from a portal; nothing when nobody does."""
    hashes = store.erasures.blocked(portal)
    return Blocked(store.erasures.salt, hashes) if hashes else None
