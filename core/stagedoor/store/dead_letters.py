"""Dead letters: records and objects that could not be taken or written, and why."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, and_, insert, select, update

from stagedoor.store.runs import now
from stagedoor.store.tables import dead_letters as table


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One refusal, with what was refused."""

    stage: str
    """record (could not be taken in), mapping, push or association."""
    object_type: str
    """HubSpot's object type, or the platform stream of a record."""
    key: str
    code: str
    message: str
    advice: str
    properties: tuple[str, ...] = ()
    category: str | None = None
    correlation_id: str | None = None
    record: str | None = field(default=None, repr=False)
    """JSON of the record, or of the properties that were to be written. Personal data."""


@dataclass(frozen=True, slots=True)
class KeptLetter:
    """A dead letter as the store holds it."""

    id: int
    portal: str
    run_id: str
    letter: DeadLetter
    times: int
    first_at: str
    last_at: str
    closed_at: str | None
    closed_as: str | None


class DeadLetters:
    """The dead letters of all portals."""

    def __init__(self, engine: Engine) -> None:
        """Keep letters in `engine`'s database."""
        self._engine = engine

    def bury(self, letters: Sequence[DeadLetter], *, portal: str, run_id: str) -> None:
        """Keep letters; the same refusal of the same thing again is counted, not added."""
        at = now()
        with self._engine.begin() as connection:
            known = _open_ids(connection, portal, {letter.object_type for letter in letters})
            fresh = []
            for letter in letters:
                identity = _identity(letter)
                if identity in known:
                    _repeat(connection, known[identity], letter, run_id, at)
                else:
                    fresh.append(_row(letter, portal, run_id, at))
            if fresh:
                connection.execute(insert(table), fresh)

    def resolve(self, portal: str, object_type: str, keys: Sequence[str]) -> None:
        """Close the open letters of objects that have been written since."""
        with self._engine.begin() as connection:
            open_keys = {
                key
                for _, key, _, _ in _open_ids(connection, portal, {object_type})
            }
            for key in open_keys.intersection(keys):
                connection.execute(
                    update(table)
                    .where(_is_open(portal), table.c.object_type == object_type)
                    .where(table.c.key == key, table.c.stage == "push")
                    .values(closed_at=now(), closed_as="resolved")
                )

    def close(self, ids: Sequence[int], how: str) -> None:
        """Close letters by id."""
        with self._engine.begin() as connection:
            connection.execute(
                update(table).where(table.c.id.in_(ids)).values(closed_at=now(), closed_as=how)
            )

    def list(
        self,
        portal: str,
        *,
        closed: bool = False,
        object_type: str | None = None,
        limit: int = 10_000,
    ) -> list[KeptLetter]:
        """Return open letters, oldest first; closed ones too when asked."""
        query = select(table).where(table.c.portal == portal).order_by(table.c.id).limit(limit)
        if not closed:
            query = query.where(table.c.closed_at.is_(None))
        if object_type is not None:
            query = query.where(table.c.object_type == object_type)
        with self._engine.connect() as connection:
            return [_kept(row._mapping) for row in connection.execute(query)]  # noqa: SLF001

    def get(self, letter_id: int) -> KeptLetter | None:
        """Return one letter."""
        with self._engine.connect() as connection:
            row = connection.execute(select(table).where(table.c.id == letter_id)).first()
        return _kept(row._mapping) if row else None  # noqa: SLF001


def _is_open(portal: str) -> Any:
    return and_(table.c.portal == portal, table.c.closed_at.is_(None))


def _identity(letter: DeadLetter) -> tuple[str, str, str, str]:
    return (letter.object_type, letter.key, letter.stage, f"{letter.code} {letter.properties}")


def _open_ids(
    connection: Connection, portal: str, object_types: set[str]
) -> dict[tuple[str, str, str, str], int]:
    query = select(
        table.c.id, table.c.object_type, table.c.key, table.c.stage, table.c.code,
        table.c.properties,
    ).where(_is_open(portal), table.c.object_type.in_(object_types))
    return {
        (r.object_type, r.key, r.stage, f"{r.code} {tuple(json.loads(r.properties))}"): r.id
        for r in connection.execute(query)
    }


def _repeat(
    connection: Connection, letter_id: int, letter: DeadLetter, run_id: str, at: str
) -> None:
    connection.execute(
        update(table)
        .where(table.c.id == letter_id)
        .values(
            times=table.c.times + 1,
            last_at=at,
            run_id=run_id,
            message=letter.message,
            correlation_id=letter.correlation_id,
            record=letter.record,
        )
    )


def _row(letter: DeadLetter, portal: str, run_id: str, at: str) -> dict[str, Any]:
    fields = {name: getattr(letter, name) for name in DeadLetter.__slots__}
    return {
        **fields,
        "properties": json.dumps(letter.properties),
        "portal": portal,
        "run_id": run_id,
        "times": 1,
        "first_at": at,
        "last_at": at,
    }


def _kept(row: Mapping[Any, Any]) -> KeptLetter:
    fields = {name: row[name] for name in DeadLetter.__slots__}
    letter = DeadLetter(**{**fields, "properties": tuple(json.loads(row["properties"]))})
    own = ("id", "portal", "run_id", "times", "first_at", "last_at", "closed_at", "closed_as")
    return KeptLetter(letter=letter, **{name: row[name] for name in own})


def replayable(letters: Sequence[KeptLetter]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield stream and record of the letters that hold a record which was not taken in."""
    for kept in letters:
        if kept.letter.stage == "record" and kept.letter.code == "INVALID_RECORD":
            content = json.loads(kept.letter.record or "{}")
            if isinstance(content.get("record"), dict):
                yield content["stream"], content["record"]
