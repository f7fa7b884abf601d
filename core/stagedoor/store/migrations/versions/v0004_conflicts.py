"""The conflict inbox, and the log of decisions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the two tables."""
    op.create_table(
        "stagedoor_conflicts",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("portal", sa.String(64), nullable=False),
        sa.Column("object_type", sa.String(128), nullable=False),
        sa.Column("key", sa.String(512), nullable=False),
        sa.Column("hubspot_id", sa.String(64), nullable=False),
        sa.Column("property", sa.String(128), nullable=False),
        sa.Column("base", sa.Text()),
        sa.Column("ours", sa.Text()),
        sa.Column("theirs", sa.Text()),
        sa.Column("ours_at", sa.String(32)),
        sa.Column("theirs_at", sa.String(32)),
        sa.Column("rule", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("run_id", sa.String(40), nullable=False),
        sa.Column("opened_at", sa.String(32), nullable=False),
        sa.Column("closed_at", sa.String(32)),
        sa.Column("closed_as", sa.String(16)),
        sa.Column("decision_id", sa.Integer()),
        sa.Index("stagedoor_conflicts_open", "portal", "closed_at", "object_type", "key"),
    )
    op.create_table(
        "stagedoor_decisions",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("portal", sa.String(64), nullable=False),
        sa.Column("run_id", sa.String(40), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("object_type", sa.String(128), nullable=False),
        sa.Column("key", sa.String(512), nullable=False),
        sa.Column("hubspot_id", sa.String(64), nullable=False),
        sa.Column("property", sa.String(128), nullable=False),
        sa.Column("base", sa.Text()),
        sa.Column("ours", sa.Text()),
        sa.Column("theirs", sa.Text()),
        sa.Column("value", sa.Text()),
        sa.Column("rule", sa.String(16), nullable=False),
        sa.Column("by", sa.String(128), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("undone_at", sa.String(32)),
        sa.Index("stagedoor_decisions_of", "portal", "object_type", "key", "property"),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("stagedoor_decisions")
    op.drop_table("stagedoor_conflicts")
