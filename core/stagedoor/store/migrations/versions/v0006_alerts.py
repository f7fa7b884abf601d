"""Changes that people are told of, and to whom each has been told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the two tables."""
    op.create_table(
        "stagedoor_alerts",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("portal", sa.String(64), nullable=False),
        sa.Column("condition", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.UniqueConstraint("portal", "condition", "number", name="stagedoor_alerts_once"),
    )
    op.create_table(
        "stagedoor_alert_deliveries",
        sa.Column("alert_id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("channel", sa.String(16), primary_key=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.Float(53), nullable=False),
        sa.Column("sent_at", sa.String(32)),
        sa.Column("error", sa.String(255)),
        sa.Index("stagedoor_alert_deliveries_waiting", "channel", "status", "alert_id"),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("stagedoor_alert_deliveries")
    op.drop_table("stagedoor_alerts")
