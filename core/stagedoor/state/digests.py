"""Digests of what a portal's state holds, to tell whether it moved."""

from __future__ import annotations

from stagedoor.state.database import StateDatabase
from stagedoor.state.replica import Replica, quoted

_LEDGER = ("ledger.objects", "ledger.associations", "ledger.refused", "sightings.missing")
"""What a plan depends on besides rows; cached calculations follow from those."""


def digests_of(database: StateDatabase) -> dict[str, str]:
    """Return a digest of each stream and of the ledger, by name."""
    streams = {
        f"platform stream {name}": _digest(database, f"replica.{quoted(name)}")
        for name in Replica(database).streams()
    }
    tables = "+".join(_digest(database, table) for table in _LEDGER)
    return {**streams, "ledger": tables}


def _digest(database: StateDatabase, table: str) -> str:
    """Return a digest of a table's rows, in whatever order they lie."""
    names = sorted(
        str(row[0])
        for row in database.rows(f"SELECT column_name FROM (DESCRIBE {table})")
        if row[0] != "run_id"
    )
    texts = ", ".join(f"coalesce({quoted(name)}::VARCHAR, chr(0))" for name in names)
    rows, mixed = database.rows(
        f"SELECT count(*), bit_xor(md5_number(concat_ws(chr(31), {texts})))::VARCHAR FROM {table}"
    )[0]
    return f"{rows}:{mixed or 0}"
