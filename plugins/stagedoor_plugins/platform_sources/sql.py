"""Platform source `sql`: any database that SQLAlchemy reaches."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from sqlalchemy import (
    ColumnElement,
    DateTime,
    Engine,
    FromClause,
    MetaData,
    String,
    Table,
    column,
    create_engine,
    event,
    inspect,
    text,
)
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from stagedoor.errors import Misconfigured, Unavailable
from stagedoor.streams import STREAMS, StreamSpec
from stagedoor_plugins.platform_sources.reader import StreamReader
from stagedoor_plugins.platform_sources.sql_writer import SqlWriter
from stagedoor_plugins.platform_sources.stream import PlatformStream
from stagedoor_plugins.platform_sources.writable_table import WritableTable

logger = logging.getLogger("stagedoor.platform")


class StreamSettings(BaseModel):
    """Where one stream comes from, when not from the default schema."""

    model_config = ConfigDict(extra="forbid")

    table: str | None = Field(None, description="Table or view; the stream's name by default.")
    query: str | None = Field(None, description="A SELECT instead of a table.")
    columns: dict[str, str] = Field(
        default_factory=dict, description="Field of the stream: column of the database."
    )

    @model_validator(mode="after")
    def _one_source(self) -> StreamSettings:
        if self.table and self.query:
            raise ValueError("give `table` or `query`, not both")
        return self


class SqlSettings(BaseModel):
    """Settings of the source `sql`."""

    model_config = ConfigDict(extra="forbid")

    url: SecretStr = Field(description="SQLAlchemy URL of the platform's database.")
    schema_: str | None = Field(None, alias="schema", description="Database schema.")
    streams: dict[str, StreamSettings] = Field(
        default_factory=dict, description="Streams that are not in the default schema."
    )
    writable: dict[str, list[str]] = Field(
        default_factory=dict,
        description="Fields by stream that `target-platform` may write; without it none.",
    )
    touch: bool = Field(
        default=False,
        description="Whether a write also sets `updated_at`, for others who follow the changes.",
    )


class SqlSource:
    """Reads the neutral streams from tables, views or queries."""

    name = "sql"
    description = "Any database that SQLAlchemy reaches: PostgreSQL, MySQL, MariaDB, SQLite."
    settings: type[BaseModel] = SqlSettings

    def streams(self, tap: Any, settings: Any) -> Sequence[PlatformStream]:
        """Return a stream for each table, view or query that the database has."""
        unknown = sorted(set(settings.streams) - set(STREAMS))
        if unknown:
            raise Misconfigured(
                f"`sql.streams` names {', '.join(unknown)}; streams are {', '.join(STREAMS)}."
            )
        database = Database(settings)
        found = []
        for spec in STREAMS.values():
            reader = database.reader(spec)
            if reader is None:
                logger.warning("Stream %s is skipped: there is no table for it.", spec.name)
            else:
                found.append(PlatformStream(tap, spec, reader.rows))
        return found

    def writer(self, settings: Any) -> SqlWriter:
        """Return what writes to the columns that the settings allow."""
        unknown = sorted(set(settings.writable) - set(STREAMS))
        if unknown:
            raise Misconfigured(
                f"`sql.writable` names {', '.join(unknown)}; streams are {', '.join(STREAMS)}."
            )
        database = Database(settings)
        return SqlWriter(database.engine, database.writable, touch=settings.touch)


class Database:
    """A platform's database and what is in it."""

    def __init__(self, settings: SqlSettings) -> None:
        """Keep the settings; the database is opened at first use."""
        self._settings = settings

    @cached_property
    def engine(self) -> Engine:
        """The engine, in UTC.

        Raises:
            Misconfigured: The URL is wrong or its driver is not installed.
        """
        try:
            engine = create_engine(self._settings.url.get_secret_value())
        except (ArgumentError, NoSuchModuleError, ImportError) as error:
            raise Misconfigured(
                f"The database URL cannot be used: {type(error).__name__}. Check `sql.url` (or "
                "`database_url`) and that the database's driver is installed, as with "
                "`stagedoor[postgres]`."
            ) from error
        _speak_utc(engine)
        return engine

    @cached_property
    def _tables(self) -> set[str]:
        try:
            there = inspect(self.engine)
            schema = self._settings.schema_
            return {*there.get_table_names(schema), *there.get_view_names(schema)}
        except SQLAlchemyError as error:
            raise Unavailable(
                f"The platform's database cannot be read: {type(error).__name__}. Check that it "
                "runs, and the user, password and database in its URL."
            ) from error

    def reader(self, spec: StreamSpec) -> StreamReader | None:
        """Return what reads a stream, or nothing when the database has no table for it.

        Raises:
            Misconfigured: Settings name a table or column that does not exist.
        """
        given = self._settings.streams.get(spec.name)
        source, offered = self._source(spec, given)
        if source is None:
            return None
        wanted = given.columns if given else {}
        names = {field.name for field in spec.fields}
        _check(spec, wanted, names, set(offered))
        columns = {
            name: offered[wanted.get(name, name)]
            for name in (field.name for field in spec.fields)
            if wanted.get(name, name) in offered
        }
        for needed in (spec.key, spec.replication_key):
            if needed not in columns:
                raise Misconfigured(
                    f"Stream {spec.name} needs a column for {needed!r}. Name it in "
                    f"`sql.streams.{spec.name}.columns`."
                )
        return StreamReader(self.engine, spec, source, columns)

    def writable(self, stream: str) -> WritableTable | str:
        """Return the table that takes a stream's writes, or why there is none."""
        given = self._settings.streams.get(stream)
        fields = self._settings.writable.get(stream)
        if fields is None:
            return f"{stream} may not be written: list its fields in `sql.writable.{stream}`"
        if given is not None and given.query is not None:
            return f"{stream} is read by a query, which takes no writes"
        name = (given.table if given else None) or stream
        if name not in self._tables:
            return f"the platform has no table {name}"
        table = Table(name, MetaData(), schema=self._settings.schema_, autoload_with=self.engine)
        target = WritableTable(STREAMS[stream], table, given.columns if given else {}, fields)
        lacking = [n for n in (target.spec.key, *fields) if not target.has(n)]
        return f"{name} has no column for {', '.join(lacking)}" if lacking else target

    def _source(
        self, spec: StreamSpec, given: StreamSettings | None
    ) -> tuple[FromClause | None, dict[str, ColumnElement[Any]]]:
        if given is not None and given.query is not None:
            return self._query(spec, given)
        name = (given.table if given else None) or spec.name
        if name not in self._tables:
            if given is not None and given.table is not None:
                raise Misconfigured(
                    f"`sql.streams.{spec.name}.table` names {name!r}, which the database lacks."
                )
            return None, {}
        table = Table(name, MetaData(), schema=self._settings.schema_, autoload_with=self.engine)
        return table, dict(table.columns.items())

    def _query(
        self, spec: StreamSpec, given: StreamSettings
    ) -> tuple[FromClause, dict[str, ColumnElement[Any]]]:
        changed = given.columns.get(spec.replication_key, spec.replication_key)
        key = given.columns.get(spec.key, spec.key)
        try:
            with self.engine.connect() as connection:
                probe = f"SELECT * FROM ({given.query}) AS q WHERE 1 = 0"
                names = list(connection.execute(text(probe)).keys())
        except SQLAlchemyError as error:
            raise Misconfigured(
                f"`sql.streams.{spec.name}.query` fails: {type(error).__name__}. Try it in the "
                "database; it must be one SELECT without a semicolon."
            ) from error
        types: dict[str, Any] = {changed: DateTime(), key: String()}
        typed = [column(name, types[name]) if name in types else column(name) for name in names]
        source = text(given.query or "").columns(*typed).subquery("q")
        return source, dict(source.columns.items())


def _check(spec: StreamSpec, wanted: dict[str, str], fields: set[str], offered: set[str]) -> None:
    for field, name in wanted.items():
        where = f"`sql.streams.{spec.name}.columns`"
        if field not in fields:
            known = ", ".join(sorted(fields))
            raise Misconfigured(f"{where} names the field {field!r}; the stream has {known}.")
        if name not in offered:
            raise Misconfigured(f"{where} maps {field!r} to {name!r}, which the database lacks.")


def _speak_utc(engine: Engine) -> None:
    statement = {"postgresql": "SET TIME ZONE 'UTC'", "mysql": "SET time_zone = '+00:00'"}.get(
        engine.dialect.name
    )
    if statement is None:
        return

    @event.listens_for(engine, "connect")
    def _set(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(statement)
        cursor.close()
        connection.commit()
