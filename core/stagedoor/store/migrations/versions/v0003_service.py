"""Make what the service keeps: API keys, consents, mapping versions, its log, and queued runs.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables, and let runs wait in a queue."""
    op.create_table(
        "stagedoor_api_keys",
        sa.Column("key_id", sa.String(16), primary_key=True),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("portal", sa.String(64)),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("last_used_at", sa.String(32)),
        sa.Column("revoked_at", sa.String(32)),
    )
    op.create_table(
        "stagedoor_consents",
        sa.Column("state_hash", sa.String(64), primary_key=True),
        sa.Column("portal", sa.String(64), nullable=False),
        sa.Column("verifier", sa.Text, nullable=False),
        sa.Column("redirect_uri", sa.Text, nullable=False),
        sa.Column("return_to", sa.Text),
        sa.Column("expires_at", sa.Float(53), nullable=False),
    )
    op.create_table(
        "stagedoor_mappings",
        sa.Column("portal", sa.String(64), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("saved_by", sa.String(128), nullable=False),
        sa.Column("saved_at", sa.String(32), nullable=False),
    )
    op.create_table(
        "stagedoor_log",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("portal", sa.String(64)),
        sa.Column("run_id", sa.String(40)),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
    )
    op.create_index("stagedoor_log_portal", "stagedoor_log", ["portal", "id"])
    with op.batch_alter_table("stagedoor_runs") as runs:
        runs.add_column(sa.Column("request", sa.Text))
        runs.add_column(sa.Column("slot", sa.String(128)))
        runs.add_column(sa.Column("asked_by", sa.String(128)))
        runs.add_column(sa.Column("claimed_by", sa.String(64)))
        runs.add_column(sa.Column("claimed_until", sa.Float(53)))
        runs.add_column(sa.Column("attempts", sa.Integer, nullable=False, server_default="0"))
        runs.add_column(sa.Column("progress", sa.Text))
        runs.add_column(sa.Column("result", sa.Text))
    op.create_index("stagedoor_runs_slot", "stagedoor_runs", ["slot"], unique=True)
    op.create_index("stagedoor_runs_status", "stagedoor_runs", ["status", "portal"])
