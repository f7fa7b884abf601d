"""The log of decisions: what became of each property that HubSpot held otherwise than agreed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, update

from stagedoor.engine.batches import chunks
from stagedoor.engine.merge import Decision
from stagedoor.model import ObjectRef, Owner
from stagedoor.store.runs import now
from stagedoor.store.tables import conflicts
from stagedoor.store.tables import decisions as table

_CHUNK = 200


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision about one object."""

    ref: ObjectRef
    hubspot_id: str
    decision: Decision


@dataclass(frozen=True, slots=True)
class KeptDecision:
    """A decision as the store holds it."""

    id: int
    portal: str
    run_id: str
    at: str
    ref: ObjectRef
    hubspot_id: str
    decision: Decision
    undone_at: str | None


class Decisions:
    """The decisions of all portals."""

    def __init__(self, engine: Engine) -> None:
        """Keep them in `engine`'s database."""
        self._engine = engine

    def log(self, portal: str, run_id: str, made: Sequence[Decided]) -> list[int]:
        """Keep decisions before they are carried out; return their ids, in their order.

        The same decision again, as after a crash, is the one that is there.
        """
        ids: list[int] = []
        for chunk in chunks(made, _CHUNK):
            with self._engine.begin() as connection:
                known = _latest(connection, portal, chunk)
                for item in chunk:
                    row = _row(item)
                    there = known.get((item.ref, item.decision.property))
                    if there is not None and row.items() <= there.items():
                        ids.append(int(there["id"]))
                        continue
                    values = {**row, "portal": portal, "run_id": run_id, "at": now()}
                    made_id = connection.execute(insert(table).values(values)).inserted_primary_key
                    ids.append(int(made_id[0]) if made_id else 0)
        return ids

    def drop(self, ids: Iterable[int]) -> None:
        """Forget decisions that could not be carried out."""
        for chunk in chunks(ids, _CHUNK):
            with self._engine.begin() as connection:
                connection.execute(delete(table).where(table.c.id.in_(chunk)))

    def undone(self, decision_id: int) -> None:
        """Note that a decision was taken back."""
        with self._engine.begin() as connection:
            connection.execute(
                update(table).where(table.c.id == decision_id).values(undone_at=now())
            )

    def get(self, portal: str, decision_id: int) -> KeptDecision | None:
        """Return one decision."""
        query = select(table).where(table.c.portal == portal, table.c.id == decision_id)
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        return _kept(row._mapping) if row else None

    def of(self, portal: str, ref: ObjectRef, property_name: str) -> list[KeptDecision]:
        """Return the decisions about one property of one object, latest first."""
        query = (
            select(table)
            .where(
                table.c.portal == portal,
                table.c.object_type == ref.object_type,
                table.c.key == ref.key,
                table.c.property == property_name,
            )
            .order_by(table.c.id.desc())
        )
        with self._engine.connect() as connection:
            return [_kept(row._mapping) for row in connection.execute(query)]

    def prune(self, before: str) -> int:
        """Forget decisions from before a time, and return how many those were.

        The one that an open conflict was before it was taken back stays.
        """
        waits = select(conflicts.c.decision_id).where(
            conflicts.c.decision_id.is_not(None), conflicts.c.closed_at.is_(None)
        )
        old = delete(table).where(table.c.at < before, table.c.id.not_in(waits))
        with self._engine.begin() as connection:
            return connection.execute(old).rowcount

    def list(self, portal: str, limit: int = 50) -> list[KeptDecision]:
        """Return the latest decisions, newest first."""
        query = (
            select(table).where(table.c.portal == portal).order_by(table.c.id.desc()).limit(limit)
        )
        with self._engine.connect() as connection:
            return [_kept(row._mapping) for row in connection.execute(query)]


def _latest(
    connection: Connection, portal: str, made: Sequence[Decided]
) -> dict[tuple[ObjectRef, str], Mapping[Any, Any]]:
    query = (
        select(table)
        .where(
            table.c.portal == portal,
            table.c.undone_at.is_(None),
            table.c.object_type.in_({item.ref.object_type for item in made}),
            table.c.key.in_({item.ref.key for item in made}),
        )
        .order_by(table.c.id)
    )
    rows = [row._mapping for row in connection.execute(query)]
    return {(ObjectRef(row["object_type"], row["key"]), row["property"]): row for row in rows}


def _row(item: Decided) -> dict[str, Any]:
    made = item.decision
    return {
        "object_type": item.ref.object_type,
        "key": item.ref.key,
        "hubspot_id": item.hubspot_id,
        "property": made.property,
        "base": made.base,
        "ours": made.ours,
        "theirs": made.theirs,
        "value": made.value,
        "rule": made.rule.value,
        "by": made.by,
        "reason": made.reason,
    }


def _kept(row: Mapping[Any, Any]) -> KeptDecision:
    made = Decision(
        property=row["property"],
        base=row["base"],
        ours=row["ours"],
        theirs=row["theirs"],
        rule=Owner(row["rule"]),
        value=row["value"],
        by=row["by"],
        reason=row["reason"],
    )
    ref = ObjectRef(row["object_type"], row["key"])
    own = ("id", "portal", "run_id", "at", "hubspot_id", "undone_at")
    return KeptDecision(ref=ref, decision=made, **{name: row[name] for name in own})
