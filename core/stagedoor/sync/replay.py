"""Puts dead letters back on their way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from stagedoor.model import ObjectRef
from stagedoor.store.dead_letters import KeptLetter, replayable
from stagedoor.streams import STREAMS
from stagedoor.sync.absorption import StreamAbsorber
from stagedoor.sync.session import Session


def replay(session: Session, letters: Sequence[KeptLetter]) -> None:
    """Let refused objects be sent again, and take refused records in again.

    A record that is refused again gets a new letter; every letter given here is closed.
    """
    session.store.dead_letters.close([item.id for item in letters], "replayed")
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
    records: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for stream, record in replayable(letters):
        records[stream].append(record)
    for stream, rows in records.items():
        if stream in STREAMS:
            spec = STREAMS[stream]
            absorber = StreamAbsorber(
                session.replica, session.letters.bury, stream, spec.json_schema(), [spec.key]
            )
            absorber.absorb_records(rows)
