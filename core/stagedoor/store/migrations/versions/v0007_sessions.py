"""Who is signed in to the console."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "stagedoor_sessions",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("begun_at", sa.String(32), nullable=False),
        sa.Column("ends_at", sa.Float(53), nullable=False),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("stagedoor_sessions")
