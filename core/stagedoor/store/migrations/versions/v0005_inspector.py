"""Calls of HubSpot that were looked at for a while, and until when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the two tables."""
    op.create_table(
        "stagedoor_inspections",
        sa.Column("portal", sa.String(64), primary_key=True),
        sa.Column("until", sa.Float(53), nullable=False),
        sa.Column("begun_at", sa.String(32), nullable=False),
        sa.Column("begun_by", sa.String(128), nullable=False),
    )
    op.create_table(
        "stagedoor_inspected_calls",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("portal", sa.String(64), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("method", sa.String(8), nullable=False),
        sa.Column("route", sa.String(255), nullable=False),
        sa.Column("result", sa.String(64), nullable=False),
        sa.Column("ms", sa.Float(53), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("correlation_id", sa.String(64)),
        sa.Column("sent", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("redacted", sa.Text(), nullable=False),
        sa.Index("stagedoor_inspected_calls_portal", "portal", "id"),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("stagedoor_inspected_calls")
    op.drop_table("stagedoor_inspections")
