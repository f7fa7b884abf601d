"""Make the inbox.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table of what webhooks and journals tell."""
    tables = sa.MetaData()
    sa.Table(
        "stagedoor_inbox",
        tables,
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("portal", sa.String(64), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("event_key", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("object_type", sa.String(128), nullable=False),
        sa.Column("object_id", sa.String(255), nullable=False),
        sa.Column("occurred_at", sa.String(32), nullable=False),
        sa.Column("received_at", sa.String(32), nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("token", sa.String(64)),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("done_at", sa.String(32)),
        sa.UniqueConstraint("portal", "source", "event_key", name="stagedoor_inbox_once"),
        sa.Index("stagedoor_inbox_open", "portal", "source", "status", "id"),
        sa.Index("stagedoor_inbox_token", "token"),
    )
    tables.create_all(op.get_bind())
