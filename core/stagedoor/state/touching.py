"""Notes which rows were touched since what is kept was brought up to date.

Whoever writes to the replica says so here, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence

from stagedoor.state.database import StateDatabase
from stagedoor.streams import STREAMS

STAMP = "kept"
"""Fact of a state that what is kept must share; without it, nothing is."""


def touch(
    database: StateDatabase, stream: str, rows: str, parameters: Sequence[object] = ()
) -> None:
    """Note rows as touched, where anything kept may depend on them; `rows` selects their keys."""
    if stream in STREAMS and database.fact(STAMP) is not None:
        database.execute(
            f"INSERT INTO ledger.touched SELECT ?, row_key FROM ({rows}) AS rows (row_key)",
            [stream, *parameters],
        )


def touch_fresh(database: StateDatabase, stream: str, keys: Sequence[str]) -> None:
    """Note the rows in `fresh`, which a batch has changed; they are told apart by `keys`."""
    if stream in STREAMS and tuple(keys) != (STREAMS[stream].key,):
        forget(database)
    else:
        touch(database, stream, f'SELECT "{keys[0]}" FROM fresh')


def forget(database: StateDatabase) -> None:
    """Let everything kept be computed anew."""
    database.execute("DELETE FROM ledger.facts WHERE name = ?", [STAMP])
    database.execute("DELETE FROM ledger.touched")
