"""Dead letters: records and objects that could not be taken or written, and why."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    and_,
    case,
    delete,
    func,
    insert,
    null,
    select,
    update,
)

from stagedoor.engine.batches import chunks
from stagedoor.store.runs import now
from stagedoor.store.tables import dead_letters as table

Identity: TypeAlias = tuple[str, str, str, str, str, str | None]

_CHUNK = 500
"""Values in one statement; databases allow a limited number."""
INVALID_TRANSFORM = "INVALID_TRANSFORM"
"""Code of a record that a plugin spoilt."""

_LONGEST_KEY = 500
_LONGEST_MESSAGE = 2_000
_REPLAYABLE = ("INVALID_RECORD", INVALID_TRANSFORM)


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

    def bury(self, letters: Iterable[DeadLetter], *, portal: str, run_id: str) -> None:
        """Keep letters; the same refusal of the same thing again is counted, not added."""
        at = now()
        for chunk in chunks(map(_tidy, letters), _CHUNK):
            with self._engine.begin() as connection:
                known = _open_ids(connection, portal, chunk)
                fresh: dict[Identity, dict[str, Any]] = {}
                for letter in chunk:
                    identity = _identity(letter)
                    if identity in known:
                        _repeat(connection, known[identity], letter, run_id, at)
                    elif identity in fresh:
                        fresh[identity]["times"] += 1
                    else:
                        fresh[identity] = _row(letter, portal, run_id, at)
                if fresh:
                    connection.execute(insert(table), [*fresh.values()])

    def resolve(
        self, portal: str, object_type: str, keys: Sequence[str], *, run_id: str | None = None
    ) -> None:
        """Close the open letters of objects that have been written since.

        A write answers HubSpot's refusals. With `run_id` it answers our own too, where that
        run, which has looked at the same objects, did not repeat them.
        """
        answered: ColumnElement[bool] = table.c.stage.in_(("push", "list", "event"))
        if run_id is not None:
            answered |= and_(table.c.stage == "mapping", table.c.run_id != run_id)
        for chunk in chunks(keys, _CHUNK):
            query = select(table.c.id).where(
                _is_open(portal), table.c.object_type == object_type, table.c.key.in_(chunk)
            )
            with self._engine.connect() as connection:
                ids = connection.execute(query.where(answered)).scalars().all()
            self.close(ids, "resolved")

    def close(self, ids: Iterable[int], how: str) -> None:
        """Close letters by id; those that are closed stay as they are."""
        for chunk in chunks(ids, _CHUNK):
            with self._engine.begin() as connection:
                connection.execute(
                    update(table)
                    .where(table.c.id.in_(chunk), table.c.closed_at.is_(None))
                    .values(closed_at=now(), closed_as=how)
                )

    def list(
        self,
        portal: str,
        *,
        closed: bool = False,
        object_type: str | None = None,
        records: bool = True,
    ) -> list[KeptLetter]:
        """Return open letters, oldest first; closed ones too when asked.

        Without `records` what was refused is left out: it may be large, and is personal data.
        """
        columns = [c for c in table.c if records or c.name != "record"]
        query = select(*columns).where(table.c.portal == portal).order_by(table.c.id)
        if not closed:
            query = query.where(table.c.closed_at.is_(None))
        if object_type is not None:
            query = query.where(table.c.object_type == object_type)
        with self._engine.connect() as connection:
            return [_kept(row._mapping) for row in connection.execute(query)]

    def count(self, portal: str) -> int:
        """Return how many letters are open."""
        query = select(func.count()).select_from(table).where(_is_open(portal))
        with self._engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def prune(self, before: str) -> int:
        """Forget letters that were closed before a time, and return how many those were."""
        with self._engine.begin() as connection:
            return connection.execute(delete(table).where(table.c.closed_at < before)).rowcount

    def get(self, letter_id: int) -> KeptLetter | None:
        """Return one letter."""
        with self._engine.connect() as connection:
            row = connection.execute(select(table).where(table.c.id == letter_id)).first()
        return _kept(row._mapping) if row else None


def _is_open(portal: str) -> Any:
    return and_(table.c.portal == portal, table.c.closed_at.is_(None))


def _tidy(letter: DeadLetter) -> DeadLetter:
    """Return the letter as any database can hold it."""
    return replace(
        letter,
        key=_storable(letter.key)[:_LONGEST_KEY],
        message=_storable(letter.message)[:_LONGEST_MESSAGE],
        record=None if letter.record is None else _storable(letter.record),
    )


def _storable(text: str) -> str:
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _identity(letter: DeadLetter) -> Identity:
    """Return what makes a refusal the same one; a record may have no key, so its content counts."""
    content = letter.record if letter.stage == "record" else None
    properties = json.dumps(letter.properties)
    return (letter.object_type, letter.key, letter.stage, letter.code, properties, content)


def _open_ids(
    connection: Connection, portal: str, letters: Sequence[DeadLetter]
) -> dict[Identity, int]:
    t = table.c
    content = case((t.stage == "record", t.record), else_=null())
    query = select(t.object_type, t.key, t.stage, t.code, t.properties, content, t.id).where(
        _is_open(portal),
        t.object_type.in_({letter.object_type for letter in letters}),
        t.key.in_({letter.key for letter in letters}),
    )
    return {tuple(row[:-1]): row[-1] for row in connection.execute(query)}


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
    fields = {name: row[name] for name in DeadLetter.__slots__ if name in row}
    letter = DeadLetter(**{**fields, "properties": tuple(json.loads(row["properties"]))})
    own = ("id", "portal", "run_id", "times", "first_at", "last_at", "closed_at", "closed_as")
    return KeptLetter(letter=letter, **{name: row[name] for name in own})


def replayable(letters: Sequence[KeptLetter]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield stream and record of the letters that hold a record which was not taken in."""
    for kept in letters:
        if kept.letter.stage == "record" and kept.letter.code in _REPLAYABLE:
            content = json.loads(kept.letter.record or "{}")
            if isinstance(content.get("record"), dict):
                yield content["stream"], content["record"]
