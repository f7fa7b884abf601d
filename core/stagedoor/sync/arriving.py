"""Takes single rows of the platform in as they change, and sends what follows from them.

The same replica, difference, plan and calls as those of a run over the whole platform; only what
it is about is narrower: the objects that stand for the rows.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from stagedoor.engine.scope import Scope
from stagedoor.hubspot.outcomes import normal
from stagedoor.hubspot.portal import Portal
from stagedoor.state.replica import quoted
from stagedoor.streams import STREAMS
from stagedoor.sync import outbound
from stagedoor.sync.absorption import StreamAbsorber
from stagedoor.sync.session import Session

logger = logging.getLogger("stagedoor")

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
"""Rows by stream; what a row leaves out stays as it is."""

_NAMES = (
    *("customer_id", "company_id", "order_id", "support_request_id"),
    *("attendee_customer_id", "email", "attendee_email"),
)
"""Fields that name an object which stands for a row, or for its person."""


@dataclass
class Taken:
    """What became of rows."""

    ids: set[str] = field(default_factory=set)
    """By which the objects that stand for them are found."""
    changed: int = 0
    stale: int = 0
    """Rows that were older than what the replica has."""


def take_rows(session: Session, rows: Rows) -> Taken:
    """Put rows into the replica, durable on return; an older row never replaces a newer one."""
    taken = Taken()
    for stream, given in rows.items():
        known = _known(session, stream, given)
        fresh: dict[str, dict[str, Any]] = {}
        key_name = STREAMS[stream].key
        for row in given:
            key = str(row[key_name])
            held = fresh.get(key) or known.get(key, {})
            if _is_older(row, held):
                taken.stale += 1
                continue
            fresh[key] = {**held, **row}
            taken.ids |= _ids(fresh[key]) | _ids(held)
        if fresh:
            taken.changed += _absorb(session, stream, list(fresh.values()))
    return taken


def _absorb(session: Session, stream: str, rows: list[dict[str, Any]]) -> int:
    spec = STREAMS[stream]
    absorber = StreamAbsorber(
        session.replica,
        session.letters.bury,
        stream,
        spec.json_schema(),
        [spec.key],
        session.transforms,
    )
    absorber.absorb_records(rows)
    return absorber.changed


def _known(
    session: Session, stream: str, rows: Iterable[Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Return the rows that the replica has for the same keys."""
    key = STREAMS[stream].key
    cursor = session.database.execute(
        f"SELECT * FROM replica.{quoted(stream)} WHERE list_contains(?::VARCHAR[], {quoted(key)})",
        [[str(row[key]) for row in rows]],
    )
    names = [column[0] for column in cursor.description]
    fields = {field.name for field in STREAMS[stream].fields}
    return {
        str(found[key]): {n: _told(v) for n, v in found.items() if n in fields}
        for found in (dict(zip(names, row, strict=True)) for row in cursor.fetchall())
    }


def _told(value: Any) -> Any:
    """Return a value of the replica as a tap would tell it."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC).isoformat()
    return float(value) if isinstance(value, Decimal) else value


def _is_older(row: Mapping[str, Any], held: Mapping[str, Any]) -> bool:
    if not held.get("updated_at"):
        return False
    return _instant(row["updated_at"]) < _instant(held["updated_at"])


def _instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _ids(row: Mapping[str, Any]) -> set[str]:
    found = (row.get(name) for name in _NAMES)
    return {_name(value) for value in found if value}


def _name(value: Any) -> str:
    """Return an id, or an address as HubSpot compares it."""
    text = str(value)
    return normal(text) if "@" in text else text


def related(session: Session, ids: set[str]) -> set[str]:
    """Return the ids of objects that rows lead to: an order's buyer, a customer's company."""
    listed = sorted(ids)
    found = session.database.rows(
        "SELECT customer_id, company_id, email FROM replica.orders "
        "WHERE list_contains(?::VARCHAR[], order_id) "
        "UNION ALL SELECT NULL, company_id, email FROM replica.customers "
        "WHERE list_contains(?::VARCHAR[], customer_id) "
        "UNION ALL SELECT attendee_customer_id, NULL, attendee_email FROM replica.order_tickets "
        "WHERE list_contains(?::VARCHAR[], order_id)",
        [listed, listed, listed],
    )
    return ids | {_name(value) for row in found for value in row if value}


def send(session: Session, portal: Portal, taken: Taken) -> Session:
    """Write what is pending of the objects that stand for taken rows; return what it was about."""
    narrowed = replace(
        session, scope=Scope(ids=frozenset(related(session, taken.ids))), started=datetime.now(UTC)
    )
    if taken.ids:
        outbound.push_part(narrowed, portal)
    return narrowed
