"""Notes which rows were touched since what is kept was brought up to date."""

from __future__ import annotations

from collections.abc import Sequence

from stagedoor.state.database import StateDatabase
from stagedoor.streams import STREAMS

STAMP = "kept"
"""Fact of a state that what is kept must share; without it, nothing is."""


def touch(database: StateDatabase, stream: str, keys: Sequence[str]) -> None:
    """Note the rows in `fresh` as touched, where anything kept may depend on them.

    It belongs in the transaction that takes them over.
    """
    if stream not in STREAMS or database.fact(STAMP) is None:
        return
    if tuple(keys) == (STREAMS[stream].key,):
        database.execute(f"INSERT INTO ledger.touched SELECT ?, {keys[0]} FROM fresh", [stream])
    else:
        forget(database)


def forget(database: StateDatabase) -> None:
    """Let everything kept be computed anew."""
    database.execute("DELETE FROM ledger.facts WHERE name = ?", [STAMP])
    database.execute("DELETE FROM ledger.touched")
