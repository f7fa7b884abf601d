"""The SQLite file behind a portal: durable at each answered request."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

_TOKEN_END = re.compile(r"[^\w@.*-]+")

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
CREATE INDEX IF NOT EXISTS objects_by_id ON objects (type, archived, id);
CREATE INDEX IF NOT EXISTS objects_by_update ON objects (type, archived, updated, created);
CREATE VIRTUAL TABLE IF NOT EXISTS labels USING fts5 (       -- rowid is the record's id
    label, tokenize = "unicode61 tokenchars '@.-_'"          -- an address is one word
);
CREATE TABLE IF NOT EXISTS association_types (
    type_id INTEGER NOT NULL, category TEXT NOT NULL,
    from_type TEXT NOT NULL, to_type TEXT NOT NULL,
    label TEXT, name TEXT, inverse INTEGER NOT NULL,
    PRIMARY KEY (type_id, category, from_type, to_type)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS documents (
    kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS server (      -- apps, tokens and portals: outlive a reset
    kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS list_members (
    list INTEGER NOT NULL, record INTEGER NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (list, record)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS attendance (
    event INTEGER NOT NULL, contact INTEGER NOT NULL, at INTEGER NOT NULL, state TEXT NOT NULL,
    properties TEXT NOT NULL,
    PRIMARY KEY (event, contact, at, state)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS occurrences (
    id TEXT PRIMARY KEY, event TEXT NOT NULL, object_type TEXT NOT NULL, object INTEGER NOT NULL,
    at INTEGER NOT NULL, properties TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS changes (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, action TEXT NOT NULL,
    type TEXT NOT NULL, id INTEGER NOT NULL, source TEXT NOT NULL, detail TEXT NOT NULL
);
CREATE TEMP TABLE IF NOT EXISTS unindexed (
    type TEXT NOT NULL, id INTEGER NOT NULL, until INTEGER NOT NULL, there INTEGER NOT NULL,
    properties TEXT NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL,
    archived INTEGER NOT NULL, label TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS temp.unindexed_of ON unindexed (type, id, until);
"""


TABLES = (
    *("objects", "labels", "unique_values", "history", "definitions", "groups", "pipelines"),
    *("associations", "association_types", "merged", "documents", "list_members"),
    *("attendance", "occurrences", "changes"),
)
"""All tables of a portal's content."""


def _folded(text: str | None) -> str | None:
    """Return text without case."""
    return None if text is None else str(text).lower()


def _has_token(text: str | None, pattern: str) -> bool:
    """Whether a word of the text, or all of it, is like the pattern, in which * is anything."""
    if not text:
        return False
    lowered = text.lower()
    found = re.compile(re.escape(pattern.lower()).replace(r"\*", ".*"))
    return any(found.fullmatch(token) for token in (lowered, *_TOKEN_END.split(lowered)))


def connect(path: Path) -> sqlite3.Connection:
    """Return a connection whose commits survive a crash of the machine."""
    if not path.exists():
        path.touch(mode=0o600)
    connection = sqlite3.connect(
        path, timeout=30, isolation_level=None, check_same_thread=False, cached_statements=512
    )
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA cache_size=-65536")
    connection.create_function("folded", 1, _folded, deterministic=True)
    connection.create_function("has_token", 2, _has_token, deterministic=True)
    connection.executescript(_SCHEMA)
    return connection
