"""The conflict inbox: properties that both sides changed, and that wait for a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, update

from stagedoor.engine.merge import Decision
from stagedoor.model import ObjectRef, Owner
from stagedoor.store.decisions import Decided
from stagedoor.store.runs import now
from stagedoor.store.tables import conflicts as table


@dataclass(frozen=True, slots=True)
class KeptConflict:
    """A conflict as the store holds it."""

    id: int
    portal: str
    run_id: str
    ref: ObjectRef
    hubspot_id: str
    property: str
    base: str | None
    ours: str | None
    theirs: str | None
    rule: Owner
    reason: str
    opened_at: str
    closed_at: str | None
    closed_as: str | None
    decision_id: int | None

    def decided(self, value: str | None, by: str, reason: str = "") -> Decided:
        """Return the decision that a person makes of it."""
        made = Decision(
            property=self.property,
            base=self.base,
            ours=self.ours,
            theirs=self.theirs,
            rule=self.rule,
            value=value,
            by=by,
            reason=reason,
        )
        return Decided(self.ref, self.hubspot_id, made)


class Conflicts:
    """The conflicts of all portals."""

    def __init__(self, engine: Engine) -> None:
        """Keep them in `engine`'s database."""
        self._engine = engine

    def waiting(self, portal: str) -> dict[ObjectRef, frozenset[str]]:
        """Return the properties with an open conflict, by object."""
        query = select(table.c.object_type, table.c.key, table.c.property).where(
            table.c.portal == portal, table.c.closed_at.is_(None)
        )
        found: dict[ObjectRef, set[str]] = {}
        with self._engine.connect() as connection:
            for object_type, key, name in connection.execute(query):
                found.setdefault(ObjectRef(object_type, key), set()).add(name)
        return {ref: frozenset(names) for ref, names in found.items()}

    def open(
        self,
        portal: str,
        run_id: str,
        items: Sequence[Decided],
        *,
        decision_id: int | None = None,
    ) -> list[int]:
        """Keep conflicts; one that is open already gets the values of now. Return their ids."""
        with self._engine.begin() as connection:
            return [
                self._open(connection, portal, run_id, item, decision_id=decision_id)
                for item in items
            ]

    def _open(
        self,
        connection: Connection,
        portal: str,
        run_id: str,
        item: Decided,
        *,
        decision_id: int | None,
    ) -> int:
        made = item.decision
        values = {
            "base": made.base,
            "ours": made.ours,
            "theirs": made.theirs,
            "rule": made.rule.value,
            "hubspot_id": item.hubspot_id,
            "run_id": run_id,
        }
        there = connection.execute(
            select(table.c.id).where(_is_open(portal, item.ref, made.property))
        ).scalar_one_or_none()
        if there is not None:
            connection.execute(update(table).where(table.c.id == there).values(values))
            return int(there)
        identity = {
            "portal": portal,
            "object_type": item.ref.object_type,
            "key": item.ref.key,
            "property": made.property,
            "reason": made.reason,
            "opened_at": now(),
            "decision_id": decision_id,
        }
        added = connection.execute(insert(table).values({**values, **identity}))
        return int(added.inserted_primary_key[0]) if added.inserted_primary_key else 0

    def close(
        self,
        portal: str,
        items: Iterable[tuple[ObjectRef, str]],
        how: str,
        *,
        decision_id: int | None = None,
    ) -> None:
        """Close the open conflicts of properties."""
        with self._engine.begin() as connection:
            for ref, name in items:
                values: dict[str, Any] = {"closed_at": now(), "closed_as": how}
                if decision_id is not None:
                    values["decision_id"] = decision_id
                connection.execute(update(table).where(_is_open(portal, ref, name)).values(values))

    def prune(self, before: str) -> int:
        """Forget conflicts that were closed before a time, and return how many those were."""
        with self._engine.begin() as connection:
            return connection.execute(delete(table).where(table.c.closed_at < before)).rowcount

    def list(self, portal: str, *, closed: bool = False) -> list[KeptConflict]:
        """Return the open conflicts, oldest first; closed ones too when asked."""
        query = select(table).where(table.c.portal == portal).order_by(table.c.id)
        if not closed:
            query = query.where(table.c.closed_at.is_(None))
        with self._engine.connect() as connection:
            return [_kept(row._mapping) for row in connection.execute(query)]

    def get(self, portal: str, conflict_id: int) -> KeptConflict | None:
        """Return one conflict."""
        query = select(table).where(table.c.portal == portal, table.c.id == conflict_id)
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        return _kept(row._mapping) if row else None


def _is_open(portal: str, ref: ObjectRef, name: str) -> Any:
    c = table.c
    return (
        (c.portal == portal)
        & (c.object_type == ref.object_type)
        & (c.key == ref.key)
        & (c.property == name)
        & c.closed_at.is_(None)
    )


def _kept(row: Mapping[Any, Any]) -> KeptConflict:
    own = {name: row[name] for name in KeptConflict.__slots__ if name not in ("ref", "rule")}
    ref = ObjectRef(row["object_type"], row["key"])
    return KeptConflict(ref=ref, rule=Owner(row["rule"]), **own)
