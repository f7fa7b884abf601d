"""Puts dead letters back on their way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from stagedoor.model import ObjectRef
from stagedoor.state.columns import schema_of
from stagedoor.store.dead_letters import DeadLetter, KeptLetter, replayable
from stagedoor.streams import STREAMS
from stagedoor.sync.absorption import StreamAbsorber
from stagedoor.sync.audience_push import STAGES
from stagedoor.sync.entries import mapped_key, remembered_keys
from stagedoor.sync.session import Session


def replay(session: Session, letters: Sequence[KeptLetter]) -> None:
    """Let refused objects be sent again, and take refused records in again.

    A letter is closed once what it holds is on its way; a record that is refused again keeps its
    letter open.
    """
    session.ledger.reconsider(
        ObjectRef(item.letter.object_type, item.letter.key)
        for item in letters
        if item.letter.stage in ("push", "mapping")
    )
    session.ledger.doubt(
        ObjectRef(item.letter.object_type, item.letter.key)
        for item in letters
        if item.letter.stage == "mapping"
    )
    if any(item.letter.stage in STAGES for item in letters):
        session.audience.reconsider()
    refused = {(letter.object_type, letter.key) for letter in _absorb_again(session, letters)}
    done = [i for i in letters if (i.letter.object_type, i.letter.key) not in refused]
    session.store.dead_letters.close([item.id for item in done], "replayed")


def _absorb_again(session: Session, letters: Sequence[KeptLetter]) -> list[DeadLetter]:
    """Take the records of letters in; return the letters of those that are refused again."""
    again: list[DeadLetter] = []
    records: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for stream, record in replayable(letters):
        records[stream].append(record)
    for stream, rows in records.items():
        schema, keys = _shape(session, stream)
        if schema["properties"]:
            absorber = StreamAbsorber(
                session.replica, again.extend, stream, schema, keys, session.transforms
            )
            absorber.absorb_records(rows)
    session.letters.bury(again)
    return again


def _shape(session: Session, stream: str) -> tuple[dict[str, Any], Sequence[str]]:
    """Return the schema and keys of a stream: the platform's own, or as a tap told them."""
    if stream in STREAMS:
        return STREAMS[stream].json_schema(), [STREAMS[stream].key]
    keys = remembered_keys(session.database, stream) or mapped_key(stream, session.document)
    return schema_of(session.replica.columns(stream)), keys
