"""Tables that only the service needs: what people look at, are told, and are signed in by."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from stagedoor.store.tables import metadata

inspections = Table(
    "stagedoor_inspections",
    metadata,
    Column("portal", String(64), primary_key=True),
    Column("until", Float(53), nullable=False),  # seconds since 1970
    Column("begun_at", String(32), nullable=False),
    Column("begun_by", String(128), nullable=False),
)

inspected_calls = Table(
    "stagedoor_inspected_calls",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("portal", String(64), nullable=False),
    Column("at", String(32), nullable=False),
    Column("method", String(8), nullable=False),
    Column("route", String(255), nullable=False),
    Column("result", String(64), nullable=False),  # HTTP status, or the exception's name
    Column("ms", Float(53), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("correlation_id", String(64)),
    Column("sent", BigInteger, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("redacted", Text, nullable=False),  # JSON
    Index("stagedoor_inspected_calls_portal", "portal", "id"),
)

alerts = Table(
    "stagedoor_alerts",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("portal", String(64), nullable=False),
    Column("condition", String(32), nullable=False),
    Column("number", Integer, nullable=False),  # counts the changes of a portal's condition
    Column("status", String(16), nullable=False),  # problem, recovered or test
    Column("at", String(32), nullable=False),
    Column("message", Text, nullable=False),
    UniqueConstraint("portal", "condition", "number", name="stagedoor_alerts_once"),
)

alert_deliveries = Table(
    "stagedoor_alert_deliveries",
    metadata,
    Column("alert_id", Integer, primary_key=True, autoincrement=False),
    Column("channel", String(16), primary_key=True),  # webhook or email
    Column("status", String(16), nullable=False),  # waiting, sent or given_up
    Column("attempts", Integer, nullable=False),
    Column("next_at", Float(53), nullable=False),  # seconds since 1970
    Column("sent_at", String(32)),
    Column("error", String(255)),
    Index("stagedoor_alert_deliveries_waiting", "channel", "status", "alert_id"),
)

sessions = Table(
    "stagedoor_sessions",
    metadata,
    Column("hash", String(64), primary_key=True),  # SHA-256 of what the browser brings
    Column("key_id", String(16), nullable=False),
    Column("begun_at", String(32), nullable=False),
    Column("ends_at", Float(53), nullable=False),  # seconds since 1970
)
