"""The SQLite file behind a portal: durable at each answered request."""

from __future__ import annotations

import sqlite3
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS objects (
    type TEXT NOT NULL, id INTEGER NOT NULL,
    properties TEXT NOT NULL,       -- JSON object of text; "" was cleared, absent was never set
    created INTEGER NOT NULL, updated INTEGER NOT NULL,   -- ms
    archived INTEGER NOT NULL DEFAULT 0,
    label TEXT NOT NULL,            -- what a person searches for, in lower case
    PRIMARY KEY (type, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS unique_values (
    type TEXT NOT NULL, property TEXT NOT NULL, value TEXT NOT NULL, id INTEGER NOT NULL,
    PRIMARY KEY (type, property, value)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS history (
    type TEXT NOT NULL, id INTEGER NOT NULL, property TEXT NOT NULL, at INTEGER NOT NULL,
    value TEXT NOT NULL, source TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS history_of ON history (type, id, property, at);
CREATE TABLE IF NOT EXISTS definitions (
    type TEXT NOT NULL, name TEXT NOT NULL, definition TEXT NOT NULL, PRIMARY KEY (type, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS groups (
    type TEXT NOT NULL, name TEXT NOT NULL, label TEXT NOT NULL, PRIMARY KEY (type, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pipelines (
    type TEXT NOT NULL, id TEXT NOT NULL, pipeline TEXT NOT NULL, PRIMARY KEY (type, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS associations (
    from_type TEXT NOT NULL, from_id INTEGER NOT NULL,
    to_type TEXT NOT NULL, to_id INTEGER NOT NULL,
    type_id INTEGER NOT NULL, category TEXT NOT NULL,
    PRIMARY KEY (from_type, from_id, to_type, to_id, type_id, category)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS merged (
    type TEXT NOT NULL, old_id INTEGER NOT NULL, new_id INTEGER NOT NULL,
    PRIMARY KEY (type, old_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS objects_by_label ON objects (type, archived, label);
"""


def connect(path: Path) -> sqlite3.Connection:
    """Return a connection whose commits survive a crash of the machine."""
    if not path.exists():
        path.touch(mode=0o600)
    connection = sqlite3.connect(
        path, timeout=30, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA cache_size=-65536")
    connection.executescript(_SCHEMA)
    return connection
