"""Our own writes to the platform that were begun, and of which nobody knows if they arrived.

The platform may hold a value of HubSpot's while the ledger does not say so yet. When the process
ends between the two, that value would look like somebody's edit on the platform.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from stagedoor.extension import Value
from stagedoor.model import ObjectRef
from stagedoor.state.database import StateDatabase
from stagedoor.state.platform_rows import Patch, PlatformRows


@dataclass(frozen=True, slots=True)
class Begun:
    """One field that is about to hold a value that was decided."""

    ref: ObjectRef
    property: str
    theirs: str | None
    """What HubSpot held when it was decided: what both agree on once it has arrived."""
    patch: Patch
    made_of: str | None = None
    """HubSpot id of the record that the row is made of, where it is a new one."""
    match_value: str = ""
    before: Value = None
    """What the field held when it was decided."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """What HubSpot held of a property whose field has our value."""

    theirs: str | None
    made_of: str | None
    match_value: str


class Writing:
    """The writes that were begun, on one portal's state."""

    def __init__(self, database: StateDatabase) -> None:
        """Keep them in `database`."""
        self._database = database
        self._rows = PlatformRows(database)

    def begin(self, begun: Sequence[Begun]) -> None:
        """Note writes before they are made; durable on return."""
        if not begun:
            return
        columns = {
            "object_type": [item.ref.object_type for item in begun],
            "key": [item.ref.key for item in begun],
            "property": [item.property for item in begun],
            "theirs": [item.theirs for item in begun],
            "stream": [item.patch.stream for item in begun],
            "row_key": [item.patch.row_key for item in begun],
            "field": [item.patch.field for item in begun],
            "value": [self._rows.text(item.patch) for item in begun],
            "made_of": [item.made_of for item in begun],
            "match_value": [item.match_value for item in begun],
            "before": [self._rows.text(replace(i.patch, value=i.before)) for i in begun],
        }
        table = pa.table({name: pa.array(told, pa.string()) for name, told in columns.items()})
        with self._database.registered("beginning", table):
            self._database.execute("INSERT INTO inbound.writing SELECT * FROM beginning")

    def is_begun(self, ref: ObjectRef) -> bool:
        """Whether something was begun for an object, and not settled."""
        found = self._database.scalar(
            "SELECT count(*) FROM inbound.writing WHERE object_type = ? AND key = ?",
            [ref.object_type, ref.key],
        )
        return bool(found)

    def arrived(self) -> dict[tuple[ObjectRef, str], Arrived]:
        """Return what HubSpot held, of properties whose field in the replica has our value."""
        found: dict[tuple[ObjectRef, str], Arrived] = {}
        rows = self._database.rows("SELECT * FROM inbound.writing ORDER BY rowid")
        for (
            object_type,
            key,
            name,
            theirs,
            stream,
            row_key,
            field,
            value,
            made_of,
            match,
            _,
        ) in rows:
            # A row of ours was made whole, whatever has been edited in it since.
            is_there = made_of is not None and self._rows.has(stream, row_key)
            if is_there or self._rows.holds(stream, row_key, field, value):
                found[ObjectRef(object_type, key), name] = Arrived(theirs, made_of, match)
        return found

    def doubted(self) -> dict[ObjectRef, frozenset[str]]:
        """Return properties whose field holds neither our value nor what that was to replace.

        Somebody has edited it since, and nobody can tell whether upon our value or beside it.
        """
        found: dict[ObjectRef, frozenset[str]] = {}
        for object_type, key, name, stream, row_key, field, *texts in self._database.rows(
            "SELECT object_type, key, property, stream, row_key, field, value, before "
            "FROM inbound.writing WHERE made_of IS NULL"
        ):
            if not any(self._rows.holds(stream, row_key, field, text) for text in texts):
                ref = ObjectRef(object_type, key)
                found[ref] = found.get(ref, frozenset()) | {name}
        return found

    def end(self, refs: Sequence[tuple[ObjectRef, str]]) -> None:
        """Forget writes of which the ledger knows."""
        if not refs:
            return
        table = pa.table(
            {
                "object_type": [ref.object_type for ref, _ in refs],
                "key": [ref.key for ref, _ in refs],
                "property": [name for _, name in refs],
            }
        )
        with self._database.registered("ended", table):
            self._database.execute(
                "DELETE FROM inbound.writing w USING ended e WHERE w.object_type = e.object_type "
                "AND w.key = e.key AND w.property = e.property"
            )
