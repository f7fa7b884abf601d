"""Stores of any age become what this version knows, and lose nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from stagedoor.config import HubSpotSettings
from stagedoor.errors import Misconfigured
from stagedoor.store import Store, migrations, open_store
from stagedoor.store.migrations.versions import v0001_baseline
from stagedoor.store.tables import metadata

FOLDER = Path(migrations.__file__).parent
ADVICE = "add a file to store/migrations/versions and raise HEAD"


def test_the_head_is_the_newest_revision() -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    assert ScriptDirectory.from_config(config).get_current_head() == migrations.HEAD, ADVICE


def test_the_migrations_make_the_tables_that_the_code_knows(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": migrations.VERSION_TABLE}
        )
        assert compare_metadata(context, metadata) == [], ADVICE


def test_a_store_from_before_migrations_keeps_its_rows(settings: HubSpotSettings) -> None:
    """It has the first tables, and nothing that says so."""
    old = open_store(settings)
    run = old.runs.start("outbound", "sandbox")
    with old.engine.begin() as connection:
        first = _tables_of_the_baseline()
        for name in inspect(connection).get_table_names():
            if name not in first:
                connection.execute(text(f"DROP TABLE {name}"))
        for index in ("slot", "status"):
            connection.execute(text(f"DROP INDEX stagedoor_runs_{index}"))
        for column in inspect(connection).get_columns("stagedoor_runs"):
            if column["name"] not in first["stagedoor_runs"]:
                connection.execute(text(f"ALTER TABLE stagedoor_runs DROP COLUMN {column['name']}"))
    old.close()
    new = open_store(settings)
    kept = new.runs.get(run.run_id)
    new.close()
    assert kept is not None
    assert (kept.status, kept.attempts) == ("running", 0)


def _tables_of_the_baseline() -> dict[str, set[str]]:
    """Return the columns of the first tables, from the text of the first revision."""
    found: dict[str, set[str]] = {}
    table = ""
    for line in Path(v0001_baseline.__file__).read_text("utf-8").splitlines():
        word = line.strip().strip(",")
        if word.startswith('"stagedoor_'):
            table = word.strip('"')
            found[table] = set()
        elif word.startswith("sa.Column("):
            found[table].add(word.split('"')[1])
    return found


def test_a_store_of_a_newer_revision_is_refused(settings: HubSpotSettings) -> None:
    store = open_store(settings)
    with store.engine.begin() as connection:
        connection.execute(text(f"UPDATE {migrations.VERSION_TABLE} SET version_num = '9999'"))
    store.close()
    with pytest.raises(Misconfigured, match="9999"):
        open_store(settings)
