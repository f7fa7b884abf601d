"""Digests of what a portal's state holds, to tell whether it moved."""

from __future__ import annotations

import hashlib

from stagedoor.state.database import StateDatabase
from stagedoor.state.facts import known_facts
from stagedoor.state.replica import Replica, quoted

_SCHEMAS = ("ledger", "sightings")
_FOLLOWS = ("ledger.calculated", "ledger.facts", "ledger.touched")
"""Cached calculations, and what they have to look at, follow from rows; of the facts only those of
the portal decide."""


def digests_of(database: StateDatabase) -> dict[str, str]:
    """Return a digest of each stream and of the ledger, by name."""
    streams = {
        f"platform stream {name}": _digest(database, f"replica.{quoted(name)}")
        for name in Replica(database).streams()
    }
    tables = "+".join(_digest(database, table) for table in _tables(database))
    facts = hashlib.sha256(known_facts(database).to_json().encode()).hexdigest()
    return {**streams, "ledger": tables, "what is known of the portal": facts}


def _tables(database: StateDatabase) -> list[str]:
    """Return the tables that a plan depends on besides those of streams."""
    rows = database.rows(
        "SELECT schema_name || '.' || table_name FROM duckdb_tables() "
        "WHERE schema_name IN (SELECT unnest(?::VARCHAR[])) ORDER BY 1",
        [list(_SCHEMAS)],
    )
    return [str(row[0]) for row in rows if row[0] not in _FOLLOWS]


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
