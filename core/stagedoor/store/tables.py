"""The tables of the operational store, as the newest migration leaves them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

SCHEMA_VERSION = 1

metadata = MetaData()

facts = Table(
    "stagedoor_facts",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

runs = Table(
    "stagedoor_runs",
    metadata,
    Column("run_id", String(40), primary_key=True),
    Column("portal", String(64), nullable=False),
    Column("purpose", String(32), nullable=False),
    Column("status", String(16), nullable=False),
    Column("started_at", String(32), nullable=False),
    Column("ended_at", String(32)),
    Column("exit_code", Integer),
    Column("error", Text),
    Column("counts", Text),  # JSON
    Column("request", Text),  # JSON: what a queued run is to do
    Column("slot", String(128)),  # names what may be queued once only
    Column("asked_by", String(128)),
    Column("claimed_by", String(64)),
    Column("claimed_until", Float(53)),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("progress", Text),  # JSON
    Column("result", Text),  # JSON
    Index("stagedoor_runs_slot", "slot", unique=True),
    Index("stagedoor_runs_status", "status", "portal"),
)

dead_letters = Table(
    "stagedoor_dead_letters",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("portal", String(64), nullable=False),
    Column("run_id", String(40), nullable=False),
    Column("stage", String(16), nullable=False),
    Column("object_type", String(128), nullable=False),
    Column("key", String(512), nullable=False),
    Column("code", String(64), nullable=False),
    Column("message", Text, nullable=False),
    Column("advice", Text, nullable=False),
    Column("properties", Text, nullable=False),  # JSON array of names
    Column("category", String(64)),
    Column("correlation_id", String(64)),
    Column("record", Text),
    Column("times", Integer, nullable=False),
    Column("first_at", String(32), nullable=False),
    Column("last_at", String(32), nullable=False),
    Column("closed_at", String(32)),
    Column("closed_as", String(16)),  # replayed or resolved
    Index("stagedoor_dead_letters_open", "portal", "object_type", "key", "closed_at"),
)

conflicts = Table(
    "stagedoor_conflicts",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("portal", String(64), nullable=False),
    Column("object_type", String(128), nullable=False),
    Column("key", String(512), nullable=False),
    Column("hubspot_id", String(64), nullable=False),
    Column("property", String(128), nullable=False),
    Column("base", Text),
    Column("ours", Text),
    Column("theirs", Text),
    Column("ours_at", String(32)),
    Column("theirs_at", String(32)),
    Column("rule", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("run_id", String(40), nullable=False),
    Column("opened_at", String(32), nullable=False),
    Column("closed_at", String(32)),
    Column("closed_as", String(16)),  # resolved, agreed or gone
    Column("decision_id", Integer),  # the decision that closed it, or that it was before an undo
    Index("stagedoor_conflicts_open", "portal", "closed_at", "object_type", "key"),
)

decisions = Table(
    "stagedoor_decisions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("portal", String(64), nullable=False),
    Column("run_id", String(40), nullable=False),
    Column("at", String(32), nullable=False),
    Column("object_type", String(128), nullable=False),
    Column("key", String(512), nullable=False),
    Column("hubspot_id", String(64), nullable=False),
    Column("property", String(128), nullable=False),
    Column("base", Text),
    Column("ours", Text),
    Column("theirs", Text),
    Column("value", Text),
    Column("rule", String(16), nullable=False),
    Column("by", String(128), nullable=False),
    Column("reason", Text, nullable=False),
    Column("undone_at", String(32)),
    Index("stagedoor_decisions_of", "portal", "object_type", "key", "property"),
)

erasures = Table(
    "stagedoor_erasures",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("portal", String(64), nullable=False),
    Column("at", String(32), nullable=False),
    Column("run_id", String(40), nullable=False),
    Column("who", String(128), nullable=False),
    Column("reason", String(16), nullable=False),
    Column("what", String(16), nullable=False),
    Column("hubspot_id_hash", String(64)),
    Column("counts", Text, nullable=False),  # JSON
)

blocked = Table(
    "stagedoor_blocked",
    metadata,
    Column("portal", String(64), primary_key=True),
    Column("hash", String(64), primary_key=True),
    Column("at", String(32), nullable=False),
)

connections = Table(
    "stagedoor_connections",
    metadata,
    Column("portal", String(64), primary_key=True),
    Column("status", String(16), nullable=False),  # connected or reconnect
    Column("reason", Text),
    Column("hub_id", BigInteger),
    Column("scopes", Text, nullable=False),  # JSON array
    Column("access_token", Text, nullable=False),  # encrypted
    Column("refresh_token", Text, nullable=False),  # encrypted
    Column("issued_at", Float(53), nullable=False),
    Column("expires_at", Float(53), nullable=False),
    Column("changed_at", String(32), nullable=False),
)

inbox = Table(
    "stagedoor_inbox",
    metadata,
    # SQLite numbers only what it calls INTEGER.
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("portal", String(64), nullable=False),
    Column("source", String(64), nullable=False),
    Column("event_key", String(255), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("object_type", String(128), nullable=False),
    Column("object_id", String(255), nullable=False),
    Column("occurred_at", String(32), nullable=False),
    Column("received_at", String(32), nullable=False),
    Column("payload", Text, nullable=False),  # JSON
    Column("status", String(16), nullable=False),  # waiting, taken or done
    Column("token", String(64)),  # of the run that took it last
    Column("attempts", Integer, nullable=False),
    Column("outcome", Text),
    Column("done_at", String(32)),
    UniqueConstraint("portal", "source", "event_key", name="stagedoor_inbox_once"),
    Index("stagedoor_inbox_open", "portal", "source", "status", "id"),
    Index("stagedoor_inbox_token", "token"),
)

api_keys = Table(
    "stagedoor_api_keys",
    metadata,
    Column("key_id", String(16), primary_key=True),
    Column("name", String(128), nullable=False),
    Column("hash", String(64), nullable=False),  # SHA-256
    Column("scopes", Text, nullable=False),  # JSON array
    Column("portal", String(64)),  # the only one it opens, if not all
    Column("created_at", String(32), nullable=False),
    Column("last_used_at", String(32)),
    Column("revoked_at", String(32)),
)

consents = Table(
    "stagedoor_consents",
    metadata,
    Column("state_hash", String(64), primary_key=True),
    Column("portal", String(64), nullable=False),
    Column("verifier", Text, nullable=False),  # encrypted
    Column("redirect_uri", Text, nullable=False),
    Column("return_to", Text),
    Column("expires_at", Float(53), nullable=False),
)

mappings = Table(
    "stagedoor_mappings",
    metadata,
    Column("portal", String(64), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("saved_by", String(128), nullable=False),
    Column("saved_at", String(32), nullable=False),
)

log = Table(
    "stagedoor_log",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", String(32), nullable=False),
    Column("level", String(16), nullable=False),
    Column("portal", String(64)),
    Column("run_id", String(40)),
    Column("source", String(64), nullable=False),
    Column("message", Text, nullable=False),
    Index("stagedoor_log_portal", "portal", "id"),
)
