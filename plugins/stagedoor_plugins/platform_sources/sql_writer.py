"""Writes back into a platform's database: guarded updates, one transaction a batch.

A field is written only where it still holds what the change was decided on. What the database
holds is compared as the tap reads it, so that `1` is `true` and spellings of an instant are one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from stagedoor.errors import Unavailable
from stagedoor.extension import PlatformChange, PlatformOutcome, Value
from stagedoor_plugins.platform_sources.writable_table import WritableTable, write_row

T = TypeVar("T")


@dataclass
class SqlWriter:
    """Writes to a database."""

    engine: Engine
    table_of: Callable[[str], WritableTable | str]
    """Gives the table of a stream, or why there is none to write to."""
    touch: bool = False
    """Whether a write also sets the row's `updated_at`."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    _known: dict[str, WritableTable | str] = field(default_factory=dict)

    def write(self, change: PlatformChange) -> PlatformOutcome:
        """Write one row's fields and say what became of each."""
        (outcome,) = self.write_batch([change])
        return outcome

    def write_batch(self, changes: Sequence[PlatformChange]) -> list[PlatformOutcome]:
        """Write changes in one transaction; give each its outcome, in their order.

        Raises:
            Unavailable: The database cannot be reached; nothing was written.
        """
        return self._in_transaction(lambda connection: self._write_all(connection, changes))

    def create(self, change: PlatformChange, unique: str | None = None) -> PlatformOutcome:
        """Make a row, unless another has its `unique` field; one with its key stays as it is.

        Raises:
            Unavailable: The database cannot be reached; nothing was written.
        """
        return self._in_transaction(lambda connection: self._create(connection, change, unique))

    def _in_transaction(self, work: Callable[[Connection], T]) -> T:
        try:
            with self.engine.begin() as connection:
                return work(connection)
        except DBAPIError as error:
            raise Unavailable(
                f"The platform's database cannot be written: {type(error.orig).__name__}. Nothing "
                "of the batch was written, and all of it is still to be made. Check that the "
                "database runs and takes writes, then run again."
            ) from error

    def _write_all(
        self, connection: Connection, changes: Sequence[PlatformChange]
    ) -> list[PlatformOutcome]:
        found = [self._attempt(connection, change) for change in changes]
        # Whoever waits for a unique value that was given up later in the batch: once more.
        found = [self._attempt(connection, o.change) if clash else (o, clash) for o, clash in found]
        if waiting := [o.change for o, clash in found if clash]:
            exchanged = self._exchange(connection, waiting)
            found = [(exchanged.pop(0), False) if clash else (o, clash) for o, clash in found]
        return [outcome for outcome, _ in found]

    def _exchange(
        self, connection: Connection, changes: Sequence[PlatformChange]
    ) -> list[PlatformOutcome]:
        """Write rows that wait for each other's values: all are emptied first, then filled."""
        point = connection.begin_nested()
        try:
            emptied = [
                self._written(connection, self._with(c, dict.fromkeys(c.values), c.expected))
                for c in changes
            ]
            filled = [
                self._written(connection, self._with(c, c.values, dict.fromkeys(c.values)))
                for c in changes
            ]
        except IntegrityError:
            emptied = filled = []
        if emptied and not any(o.conflicts or o.invalid for o in (*emptied, *filled)):
            point.commit()
            return [
                PlatformOutcome(change, outcome.written)
                for change, outcome in zip(changes, filled, strict=True)
            ]
        point.rollback()
        return [self._attempt(connection, change)[0] for change in changes]

    @staticmethod
    def _with(
        change: PlatformChange, values: Mapping[str, Value], expected: Mapping[str, Value]
    ) -> PlatformChange:
        return PlatformChange(change.stream, change.key, values, expected)

    def _attempt(
        self, connection: Connection, change: PlatformChange
    ) -> tuple[PlatformOutcome, bool]:
        """Write one row; return the outcome, and whether another row has one of its values.

        A refusal of the database costs that row and nothing else.
        """
        try:
            with self._point(connection):
                return self._written(connection, change), False
        except OperationalError:
            raise
        except DBAPIError as error:
            if error.connection_invalidated:
                raise
            why = f"the database refused it: {type(error.orig).__name__}"
            refused = PlatformOutcome(change, invalid=dict.fromkeys(change.values, why))
            return refused, isinstance(error, IntegrityError)

    def _written(self, connection: Connection, change: PlatformChange) -> PlatformOutcome:
        target = self._target(change.stream)
        if isinstance(target, str):
            return PlatformOutcome(change, invalid=dict.fromkeys(change.values, target))
        moment = self.clock() if self.touch else None
        return write_row(connection, target, change, moment)

    def _create(
        self, connection: Connection, change: PlatformChange, unique: str | None
    ) -> PlatformOutcome:
        target = self._target(change.stream)
        if isinstance(target, str):
            return PlatformOutcome(change, invalid=dict.fromkeys(change.values, target))
        key = target.key
        if connection.execute(select(key).where(key == change.key)).first() is not None:
            # Whatever was edited in it since it was made stays, and is told.
            return self._attempt(connection, self._with(change, change.values, change.values))[0]
        if unique is not None and target.is_taken(connection, unique, change.values.get(unique)):
            return PlatformOutcome(change, conflicts={unique: change.values[unique]})
        try:
            with self._point(connection):
                row, closed = target.new_row(change, self.clock())
                connection.execute(insert(target.table).values(row))
        except OperationalError:
            raise
        except DBAPIError as error:
            why = f"the database makes no such row: {type(error.orig).__name__}"
            return PlatformOutcome(change, invalid=dict.fromkeys(change.values, why))
        written = tuple(name for name in change.values if name not in closed)
        return PlatformOutcome(change, written, invalid=closed)

    def _target(self, stream: str) -> WritableTable | str:
        if stream not in self._known:
            self._known[stream] = self.table_of(stream)
        return self._known[stream]

    def _point(self, connection: Connection) -> AbstractContextManager[Any]:
        """Give what a refused statement is rolled back to; only PostgreSQL needs it."""
        return connection.begin_nested() if self.engine.name == "postgresql" else nullcontext()
