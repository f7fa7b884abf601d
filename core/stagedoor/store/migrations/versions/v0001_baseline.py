"""Make the tables of the first stores; one that has them already keeps them.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make what is absent: stores from before revisions have some of it, or all."""
    tables = sa.MetaData()
    sa.Table(
        "stagedoor_facts",
        tables,
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    sa.Table(
        "stagedoor_runs",
        tables,
        sa.Column("run_id", sa.String(40), primary_key=True),
        sa.Column("portal", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("started_at", sa.String(32), nullable=False),
        sa.Column("ended_at", sa.String(32)),
        sa.Column("exit_code", sa.Integer),
        sa.Column("error", sa.Text),
        sa.Column("counts", sa.Text),
    )
    sa.Table(
        "stagedoor_dead_letters",
        tables,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("portal", sa.String(64), nullable=False),
        sa.Column("run_id", sa.String(40), nullable=False),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("object_type", sa.String(128), nullable=False),
        sa.Column("key", sa.String(512), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("advice", sa.Text, nullable=False),
        sa.Column("properties", sa.Text, nullable=False),
        sa.Column("category", sa.String(64)),
        sa.Column("correlation_id", sa.String(64)),
        sa.Column("record", sa.Text),
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("first_at", sa.String(32), nullable=False),
        sa.Column("last_at", sa.String(32), nullable=False),
        sa.Column("closed_at", sa.String(32)),
        sa.Column("closed_as", sa.String(16)),
        sa.Index("stagedoor_dead_letters_open", "portal", "object_type", "key", "closed_at"),
    )
    _people(tables)
    sa.Table(
        "stagedoor_connections",
        tables,
        sa.Column("portal", sa.String(64), primary_key=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("hub_id", sa.BigInteger),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("access_token", sa.Text, nullable=False),
        sa.Column("refresh_token", sa.Text, nullable=False),
        sa.Column("issued_at", sa.Float(53), nullable=False),
        sa.Column("expires_at", sa.Float(53), nullable=False),
        sa.Column("changed_at", sa.String(32), nullable=False),
    )
    tables.create_all(op.get_bind())


def _people(tables: sa.MetaData) -> None:
    sa.Table(
        "stagedoor_erasures",
        tables,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("portal", sa.String(64), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("run_id", sa.String(40), nullable=False),
        sa.Column("who", sa.String(128), nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("hubspot_id_hash", sa.String(64)),
        sa.Column("counts", sa.Text, nullable=False),
    )
    sa.Table(
        "stagedoor_blocked",
        tables,
        sa.Column("portal", sa.String(64), primary_key=True),
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("at", sa.String(32), nullable=False),
    )
