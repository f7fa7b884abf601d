"""A person's or an object's record, as the platform, the mapping and HubSpot have it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from stagedoor.store.conflicts import KeptConflict
from stagedoor.store.dead_letters import KeptLetter
from stagedoor.store.inbox import Entry
from stagedoor.store.runs import RunRecord
from stagedoor.sync.preview import Preview, preview
from stagedoor.sync.session import Session, open_session
from stagedoor.sync.why import Told, why
from stagedoor_service.application.mappings import PATIENCE
from stagedoor_service.application.office import Office
from stagedoor_service.application.running import OUTBOUND, Wanted, ask_for_run

RECENT = 10
"""Letters and events of a record that are shown."""


@dataclass(frozen=True, slots=True)
class FoundRecord:
    """One object on both sides, and what happened to it."""

    preview: Preview
    letters: Sequence[KeptLetter]
    """What could not be sent, open and closed, latest first."""
    events: Sequence[Entry]
    """What was told of it, latest first."""
    conflicts: Sequence[KeptConflict]
    """Properties of it that wait for a person."""


def look_up(office: Office, portal: str, query: str) -> list[FoundRecord]:
    """Return the objects of an e-mail address, of an order, or with a HubSpot id.

    An order goes by its id or by the number that its buyer sees; a whole key of the platform, as
    `order:5`, is understood too. Works on a copy of the state.

    Raises:
        Problem: The portal is not connected.
        Busy: A run holds the portal for longer than a person waits.
    """
    query = query.strip()
    if not query:
        return []
    there = office.open(portal)
    with _looking(office, portal) as session:
        if "@" in query and ":" not in query:
            found = preview(session, there, email=query)
        else:
            keys = dict.fromkeys(
                [*_keys(query), *_numbered(session, query), *session.ledger.keys_of(query)]
            )
            found = [shown for key in keys for shown in preview(session, there, key=key)]
    return [_with_history(office, portal, shown) for shown in found]


@contextmanager
def _looking(office: Office, portal: str) -> Iterator[Session]:
    """Give a session on a copy of the state, which changes nothing."""
    changed = {"dry_run": True, "lease_timeout": PATIENCE}
    settings = office.portal_settings(portal).model_copy(update=changed)
    with open_session(settings, purpose="preview") as session:
        yield session


def explain(office: Office, portal: str, key: str, name: str) -> list[Told]:
    """Return where the values of one property come from, on either side.

    Raises:
        Misconfigured: The mapping has no such property, or the platform no such key.
    """
    there = office.open(portal)
    with _looking(office, portal) as session:
        return list(why(session, there, email=None, key=key, name=name))


def _keys(query: str) -> list[str]:
    """Return the platform's keys that a query may mean; a bare word may be an order's id."""
    return [query] if ":" in query else [query, f"order:{query}"]


def _numbered(session: Session, number: str) -> list[str]:
    """Return the keys of the orders whose buyers see this number."""
    if "order_number" not in session.replica.columns("orders"):
        return []
    rows = session.database.execute(
        "SELECT order_id FROM replica.orders WHERE order_number = ? ORDER BY order_id", [number]
    ).fetchall()
    return [f"order:{row[0]}" for row in rows]


def _with_history(office: Office, portal: str, shown: Preview) -> FoundRecord:
    store, ref = office.store, shown.ref
    letters = store.dead_letters.list(
        portal, closed=True, object_type=ref.object_type, records=False
    )
    mine = [kept for kept in letters if kept.letter.key == ref.key]
    events = [
        entry
        for object_id in (shown.hubspot_id, ref.key)
        if object_id
        for entry in store.inbox(portal).history(RECENT, object_id=object_id)
    ]
    conflicts = [kept for kept in store.conflicts.list(portal) if kept.ref == ref]
    return FoundRecord(shown, mine[: -RECENT - 1 : -1], events[:RECENT], conflicts)


def sync_now(
    office: Office, portal: str, object_type: str, key: str, *, asked_by: str
) -> RunRecord:
    """Queue a run that reads the platform and sends one object.

    Raises:
        Problem: Its object type is switched off.
    """
    wanted = Wanted(object_types=(object_type,), ids=(key,))
    return ask_for_run(office, portal, OUTBOUND, wanted, asked_by=asked_by)
