"""Alembic's way in: migrates over the connection that `upgrade` hands it, in its transaction."""

from __future__ import annotations

from alembic import context

from stagedoor.store.migrations import VERSION_TABLE
from stagedoor.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,
)
context.run_migrations()
